//! Whom the shopper sees: a name, a short code or a number.

use rusmpp::values::{Npi, Ton};

use crate::settings::SettingsError;

/// Short codes have 3 to 8 digits.
const SHORT_CODE: std::ops::RangeInclusive<usize> = 3..=8;
/// 3GPP TS 23.040: an alphanumeric address has up to 11 characters.
const LONGEST_NAME: usize = 11;
/// E.164.
const LONGEST_NUMBER: usize = 15;

/// The sender of a text, with the type and plan that its form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    address: String,
    ton: Ton,
    npi: Npi,
}

impl Source {
    /// Reads `+447…` as an international number (TON 1, NPI 1), 3 to 8 digits as a short code
    /// (3, 0), longer digits as an international number without its plus, and anything else of up
    /// to 11 printable ASCII characters as a name (5, 0).
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let numeric = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let (address, ton, npi) =
            if numeric && digits.len() == text.len() && SHORT_CODE.contains(&digits.len()) {
                (digits, Ton::NetworkSpecific, Npi::Unknown)
            } else if numeric && SHORT_CODE.end() < &digits.len() && digits.len() <= LONGEST_NUMBER
            {
                (digits, Ton::International, Npi::Isdn)
            } else if !numeric && is_name(text) {
                (text, Ton::Alphanumeric, Npi::Unknown)
            } else {
                return Err(SettingsError::Source);
            };
        Ok(Self { address: address.to_owned(), ton, npi })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) const fn plan(&self) -> (Ton, Npi) {
        (self.ton, self.npi)
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        && text.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_sender_decides_its_type_and_plan() {
        for (text, address, ton, npi) in [
            ("+447400123456", "447400123456", Ton::International, Npi::Isdn),
            ("447400123456", "447400123456", Ton::International, Npi::Isdn),
            ("60777", "60777", Ton::NetworkSpecific, Npi::Unknown),
            ("Teashop", "Teashop", Ton::Alphanumeric, Npi::Unknown),
            ("Tea & Co", "Tea & Co", Ton::Alphanumeric, Npi::Unknown),
        ] {
            let source = Source::parse(text).unwrap();
            assert_eq!((source.address(), source.plan()), (address, (ton, npi)), "{text}");
        }
    }

    #[test]
    fn what_no_handset_could_show_is_no_sender() {
        for text in ["", "+", "12", "+123", "1234567890123456", "Twelve chars", "Tée", "--"] {
            assert_eq!(Source::parse(text), Err(SettingsError::Source), "{text}");
        }
    }
}
