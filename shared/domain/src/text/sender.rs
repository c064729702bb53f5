//! Whether networks will take a sender's name.

mod generic;

use crate::{access::names, phone::Region};

names!(
    /// How bad it is.
    Level {
        /// Networks block it: texts from this name do not arrive.
        Refuse = "refuse",
        /// Some carrier or network may refuse it, or a shopper may take it for somebody else.
        Warn = "warn",
    }
);

/// One thing about a sender's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its stable name.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What it is and what to do.
    pub sentence: String,
}

/// Names that British registries and networks protect, or that are often abused. A deployment may
/// give its own list instead.
pub const PROTECTED: &[&str] = &[
    "HMRC",
    "GOVUK",
    "NHS",
    "NHSNoReply",
    "DVLA",
    "DWP",
    "TVLicensing",
    "RoyalMail",
    "PostOffice",
    "Evri",
    "DPD",
    "Barclays",
    "HSBC",
    "Lloyds",
    "Halifax",
    "NatWest",
    "Santander",
    "Nationwide",
    "Monzo",
    "Revolut",
    "PayPal",
    "Amazon",
    "Apple",
    "Netflix",
    "WhatsApp",
];

/// Looks at a sender's name as networks of a region do. Empty where nothing is wrong.
///
/// Rules of British networks since 12 September and 31 October 2023, as `MessageMedia` ("UK Sender
/// ID requirements"), Puzzel and Twilio (error 30042) publish them: no generic names and no
/// variations of them, few special characters, no foreign numbers. `protected` is usually
/// [`PROTECTED`].
#[must_use]
pub fn check(id: &str, region: Region, protected: &[&str]) -> Vec<Finding> {
    let digits = id.strip_prefix('+').unwrap_or(id);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return number(digits, region).into_iter().collect();
    }
    let british = (region == Region::GB).then(|| generic(id)).flatten();
    let findings = [
        unsupported(region),
        length(id),
        characters(id),
        british,
        brand(id, protected),
        look_alike(id),
    ];
    findings.into_iter().flatten().collect()
}

fn refuse(code: &'static str, sentence: impl Into<String>) -> Finding {
    Finding { code, level: Level::Refuse, sentence: sentence.into() }
}

fn warn(code: &'static str, sentence: impl Into<String>) -> Finding {
    Finding { code, level: Level::Warn, sentence: sentence.into() }
}

/// British networks take British mobile numbers and short codes of five digits from 6, 7 or 8.
fn number(digits: &str, region: Region) -> Option<Finding> {
    let mobile = digits.len() == 12 && digits.starts_with("447")
        || digits.len() == 11 && digits.starts_with("07");
    let short = digits.len() == 5 && digits.starts_with(['6', '7', '8']);
    (region == Region::GB && !mobile && !short).then(|| {
        refuse(
            "numeric_sender",
            "British networks block this number: use the shop's name, a British mobile number or a short code of five digits that begins with 6, 7 or 8",
        )
    })
}

/// Telnyx, "Alphanumeric Sender ID": not in the United States, Canada and Puerto Rico.
fn unsupported(region: Region) -> Option<Finding> {
    let numbers_only = ["US", "CA", "PR"].contains(&region.as_str());
    numbers_only.then(|| {
        refuse("not_supported", format!("names do not work in {}: use a number", region.as_str()))
    })
}

/// Eleven characters are what the field holds (3GPP TS 23.040 §9.1.2.5); three what AWS asks for.
fn length(id: &str) -> Option<Finding> {
    let length = id.chars().count();
    (!(3..=11).contains(&length))
        .then(|| refuse("length", format!("use 3 to 11 characters: this name has {length}")))
}

fn characters(id: &str) -> Option<Finding> {
    let bad = |c: char| !(c.is_ascii_alphanumeric() || " .&_-".contains(c));
    if let Some(c) = id.chars().find(|c| bad(*c)) {
        let sentence = format!("remove {c:?}: networks take letters, digits and - only");
        return Some(refuse("characters", sentence));
    }
    if !id.contains(|c: char| c.is_ascii_alphabetic()) {
        return Some(refuse("no_letter", "use at least one letter"));
    }
    if id.trim() != id {
        return Some(refuse("characters", "remove the space at the beginning or the end"));
    }
    id.chars().find(|c| " .&_".contains(*c)).map(|c| {
        warn("characters", format!("some carriers refuse {c:?}: letters, digits and - are safe"))
    })
}

fn generic(id: &str) -> Option<Finding> {
    let spaceless: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let is = |text: &str| generic::WORDS.split(", ").any(|word| skeleton(word) == text);
    if generic::WORDS.split(", ").any(|word| word.eq_ignore_ascii_case(&spaceless)) {
        let sentence = format!(
            "British networks block {id:?}, since anybody could be meant: use the shop's name"
        );
        return Some(refuse("generic", sentence));
    }
    let letters: String = id.chars().filter(|c| !c.is_ascii_digit()).collect();
    let padded = !at_end(id) && is(&skeleton(&letters));
    if is(&skeleton(id)) || padded {
        let sentence = format!(
            "British networks block {id:?} as a variation of a generic name: use the shop's name"
        );
        return Some(refuse("generic_variation", sentence));
    }
    let mut parts = id.split(|c: char| !c.is_ascii_alphabetic());
    parts.find(|part| is(&skeleton(part))).map(|part| {
        warn("generic_part", format!("some networks block names with {part:?} in them"))
    })
}

/// Whether a digit begins or ends the name, as in `Shop24`.
fn at_end(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_digit()) || id.ends_with(|c: char| c.is_ascii_digit())
}

fn brand(id: &str, protected: &[&str]) -> Option<Finding> {
    let name = skeleton(id);
    let brand = protected.iter().find(|brand| {
        let brand = skeleton(brand);
        name == brand || brand.len() > 4 && name.contains(&brand)
    })?;
    Some(warn(
        "protected_brand",
        format!("{brand} is a protected name: networks ask for proof that it is yours"),
    ))
}

/// A digit between letters that looks like one of them.
fn look_alike(id: &str) -> Option<Finding> {
    let characters: Vec<char> = id.chars().collect();
    let found = characters.windows(3).find(|three| {
        let among = three[0].is_ascii_alphabetic() && three[2].is_ascii_alphabetic();
        among && letter(three[1]).is_some()
    })?;
    let sentence =
        format!("write the letter that {:?} stands for: such names are taken for fraud", found[1]);
    Some(warn("look_alike", sentence))
}

/// The letter that a digit looks like.
const fn letter(digit: char) -> Option<char> {
    match digit {
        '0' => Some('o'),
        '1' => Some('i'),
        '3' => Some('e'),
        '4' => Some('a'),
        '5' => Some('s'),
        '7' => Some('t'),
        _ => None,
    }
}

/// What a name looks like: without case and separators, look-alikes as one.
fn skeleton(id: &str) -> String {
    let characters = id.chars().filter(char::is_ascii_alphanumeric);
    let lower = characters.map(|c| c.to_ascii_lowercase()).map(|c| letter(c).unwrap_or(c));
    lower
        .map(|c| {
            if c == 'l' {
                'i'
            } else if c == 'u' {
                'v'
            } else {
                c
            }
        })
        .collect()
}
