//! Phone numbers, parsed once at the edge.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region as LibRegion};

use crate::Mode;

/// Longest input that is looked at: E.164 has 15 digits, the rest is punctuation.
const MAX_INPUT: usize = 32;
/// Ofcom's numbers for drama: +447700900000 to +447700900999.
const DRAMA: &str = "+447700900";

/// A country or territory, ISO 3166-1 alpha-2, such as `GB` or `JE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region([u8; 2]);

impl Region {
    /// The United Kingdom.
    pub const GB: Self = Self(*b"GB");

    /// Two upper-case letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes().try_into().ok()?)
    }

    /// Two upper-case letters, as bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 2]) -> Option<Self> {
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What a number is for, as the numbering plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberType {
    /// Can receive texts. Includes plans where fixed and mobile look alike.
    Mobile,
    /// A landline.
    FixedLine,
    /// Anything else: premium, personal (070), pager (076), VoIP, freephone, UAN.
    Other,
}

impl NumberType {
    /// The name in the API and at rest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::FixedLine => "fixed_line",
            Self::Other => "other",
        }
    }

    /// Reads back what [`Self::as_str`] wrote; what is unknown is other.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "mobile" => Self::Mobile,
            "fixed_line" => Self::FixedLine,
            _ => Self::Other,
        }
    }
}

/// A phone number with its region and type. It can be made by [`PhoneNumber::parse`] only, has no
/// `Display` and no `Serialize`, and shows its last two digits to `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    e164: String,
    region: Region,
    kind: NumberType,
}

/// Why text is not a phone number for this mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// No number at all, or none that exists.
    #[error(
        "this is not a valid phone number; send it in international form, such as +447400123456, or with `country`"
    )]
    Invalid,
    /// Digits other than 0 to 9, letters, or something too long.
    #[error(
        "a phone number has up to 15 digits 0-9, an optional leading + and spaces, dots, hyphens or brackets"
    )]
    Malformed,
    /// Test mode takes drama numbers only.
    #[error("test mode takes the drama numbers +447700900000 to +447700900999 only")]
    NotADramaNumber,
    /// Live mode refuses drama numbers.
    #[error("this is a drama number, which rings nowhere; use a test key with it")]
    DramaNumber,
}

impl PhoneNumber {
    /// Parses an international number, or a national one of `country`, for this mode.
    ///
    /// # Errors
    /// When the number does not exist by the numbering plan, or belongs to the other mode.
    pub fn parse(text: &str, country: Option<Region>, mode: Mode) -> Result<Self, PhoneError> {
        if !well_formed(text) {
            return Err(PhoneError::Malformed);
        }
        let country = country.and_then(|region| LibRegion::try_from(region.as_str()).ok());
        let number = PHONE_NUMBER_UTIL.parse(text, country).map_err(|_| PhoneError::Invalid)?;
        let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
        match (mode, is_drama(&e164)) {
            (Mode::Test, true) => {
                return Ok(Self { e164, region: Region::GB, kind: NumberType::Mobile });
            }
            (Mode::Test, false) => return Err(PhoneError::NotADramaNumber),
            (Mode::Live, true) => return Err(PhoneError::DramaNumber),
            (Mode::Live, false) => {}
        }
        let region = PHONE_NUMBER_UTIL
            .get_region_for_number(&number)
            .and_then(|region| Region::parse(&region.to_string()))
            .ok_or(PhoneError::Invalid)?;
        let kind = match PHONE_NUMBER_UTIL.get_number_type(&number) {
            PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile => NumberType::Mobile,
            PhoneNumberType::FixedLine => NumberType::FixedLine,
            PhoneNumberType::Unknown => return Err(PhoneError::Invalid),
            _ => NumberType::Other,
        };
        Ok(Self { e164, region, kind })
    }

    /// Brings back a number that was parsed before and kept sealed.
    #[must_use]
    pub fn restore(e164: String, region: Region, kind: NumberType) -> Self {
        Self { e164, region, kind }
    }

    /// The number in E.164. The one way out: look for its callers when reviewing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.e164
    }

    /// The number as its owner recognises it: `+44•••••••678`.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = self.e164.len();
        let (head, tail) = (3.min(digits), digits.saturating_sub(3));
        format!("{}{}{}", &self.e164[..head], "•".repeat(tail - head), &self.e164[tail..])
    }

    /// The country or territory by the numbering plan; Jersey is not GB.
    #[must_use]
    pub const fn region(&self) -> Region {
        self.region
    }

    /// What the number is for.
    #[must_use]
    pub const fn kind(&self) -> NumberType {
        self.kind
    }

    /// The last two digits of a drama number, which pick the outcome in test mode.
    #[must_use]
    pub fn outcome_digits(&self) -> Option<u8> {
        is_drama(&self.e164).then(|| self.e164[self.e164.len() - 2..].parse().ok()).flatten()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber(…{})", &self.e164[self.e164.len().saturating_sub(2)..])
    }
}

/// Only what a person writes; libphonenumber would also take letters, extensions and digits of
/// other scripts.
fn well_formed(text: &str) -> bool {
    text.len() <= MAX_INPUT
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b" +-.()".contains(&b))
}

fn is_drama(e164: &str) -> bool {
    e164.len() == DRAMA.len() + 3 && e164.starts_with(DRAMA)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn live(text: &str) -> Result<PhoneNumber, PhoneError> {
        PhoneNumber::parse(text, Some(Region::GB), Mode::Live)
    }

    #[test]
    fn one_mobile_in_many_spellings() {
        for text in ["+447400123456", "07400 123456", "+44 (0)7400 123456", "0044 7400 123-456"] {
            let phone = live(text).unwrap();
            assert_eq!(phone.expose(), "+447400123456", "{text}");
            assert_eq!((phone.region(), phone.kind()), (Region::GB, NumberType::Mobile));
        }
    }

    #[test]
    fn the_region_is_the_plans_and_not_the_prefix() {
        assert_eq!(live("+447797712345").unwrap().region().as_str(), "JE");
        assert_eq!(live("+447624123456").unwrap().region().as_str(), "IM");
    }

    #[test]
    fn what_cannot_take_a_text_says_so() {
        assert_eq!(live("+442071838750").unwrap().kind(), NumberType::FixedLine);
        for other in ["+449098790000", "+447012345678", "+447640123456", "+443001234567"] {
            assert_eq!(live(other).unwrap().kind(), NumberType::Other, "{other}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        let long = "7".repeat(4096);
        for text in [
            "",
            "+",
            "0800 FLOWERS",
            "٠٧٤٠٠١٢٣٤٥٦",
            "+44740012345６",
            &long,
            "+447400123456;ext=1",
            "tel:+447400123456",
            "\u{202e}+447400123456",
        ] {
            assert_eq!(live(text), Err(PhoneError::Malformed), "{text}");
        }
        for text in ["+44", "12", "+999123456789", "+4474001234567890"] {
            assert_eq!(live(text), Err(PhoneError::Invalid), "{text}");
        }
    }

    #[test]
    fn test_mode_takes_drama_numbers_and_live_refuses_them() {
        let drama = "+447700900142";
        assert_eq!(live(drama), Err(PhoneError::DramaNumber));
        let phone = PhoneNumber::parse(drama, None, Mode::Test).unwrap();
        assert_eq!(phone.outcome_digits(), Some(42));
        let real = PhoneNumber::parse("+447400123456", None, Mode::Test);
        assert_eq!(real, Err(PhoneError::NotADramaNumber));
    }

    #[test]
    fn debug_and_mask_keep_the_number() {
        let phone = live("+447400123456").unwrap();
        assert_eq!(format!("{phone:?}"), "PhoneNumber(…56)");
        assert_eq!(phone.masked(), "+44•••••••456");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = live(&text);
            let _ = PhoneNumber::parse(&text, None, Mode::Test);
        }

        #[test]
        fn what_parses_parses_to_itself(digits in "7[1-57-9][0-9]{8}") {
            if let Ok(phone) = live(&format!("0{digits}")) {
                prop_assert_eq!(&live(phone.expose()).unwrap(), &phone);
            }
        }
    }
}
