//! What a carrier account is made of, and what each of its fields may be.

use super::CarrierName;

/// A field of an [`Account`](super::Account) that its carrier's adapter reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether nothing can be sent without it.
    pub required: bool,
    /// Whether it is write-only: never shown again.
    pub secret: bool,
    /// What it may be.
    pub values: Values,
}

/// What a field may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Anything.
    Any,
    /// ASCII of at most so many characters.
    Ascii(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number from 1 to this.
    UpTo(u32),
    /// Who a text is from: `+` and 9 to 15 digits, a short code of 3 to 8, or a name.
    Sender,
    /// Certificates in PEM. Line breaks may be left out: JSON members here have none.
    Certificates,
}

impl Field {
    /// What it must be, as a sentence without its subject, if this value is none.
    #[must_use]
    pub fn refuses(&self, value: &str) -> Option<String> {
        let (good, wanted) = match self.values {
            Values::Any => return None,
            Values::Ascii(most) => {
                let good = value.len() <= most && value.bytes().all(|b| matches!(b, 0x20..=0x7E));
                (good, format!("must have at most {most} characters, all of them ASCII"))
            }
            Values::OneOf(words) => {
                (words.contains(&value), format!("must be one of {}", words.join(", ")))
            }
            Values::UpTo(most) => {
                let good = value.parse().is_ok_and(|number| (1..=most).contains(&number));
                (good, format!("must be a whole number from 1 to {most}, written as a text"))
            }
            Values::Sender => {
                let wanted = "must be a number such as +447400123456, a short code, or a name of 1 to 11 ASCII characters with a letter";
                (is_sender(value), wanted.to_owned())
            }
            Values::Certificates => {
                let value = value.trim();
                let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
                let good = value.starts_with(begin) && value.ends_with(end);
                (good, format!("must be certificates in PEM, {begin} … {end}"))
            }
        };
        (!good).then_some(wanted)
    }
}

fn is_sender(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let least = if digits.len() == text.len() { 3 } else { 9 };
        return (least..=15).contains(&digits.len());
    }
    let printable = text.bytes().all(|b| matches!(b, 0x20..=0x7E));
    printable && text.len() <= 11 && text.bytes().any(|b| b.is_ascii_alphabetic())
}

const fn field(name: &'static str, required: bool, secret: bool) -> Field {
    Field { name, required, secret, values: Values::Any }
}

const fn choice(name: &'static str, values: Values) -> Field {
    Field { name, required: false, secret: false, values }
}

const TWILIO: [Field; 5] = [
    field("auth_token", true, true),
    field("from", false, false),
    field("messaging_service_sid", false, false),
    field("voice_from", false, false),
    field("webhook_secret", false, true),
];
const VONAGE: [Field; 6] = [
    field("api_secret", true, true),
    field("from", false, false),
    field("signature_secret", false, true),
    field("signature_method", false, false),
    field("sign_requests", false, false),
    field("webhook_secret", false, true),
];
const HTTP: [Field; 4] = [
    field("shape", true, false),
    field("url", false, false),
    field("from", false, false),
    field("webhook_secret", false, true),
];
const ID_BASES: Values = Values::OneOf(&["as-is", "decimal", "hex"]);
/// SMPP 3.4, 5.2.2 and 5.2.3, for the lengths. The account's id is the `system_id`.
const SMPP: [Field; 10] = [
    Field { values: Values::Ascii(8), ..field("password", true, true) },
    Field { values: Values::Sender, ..field("from", true, false) },
    choice("system_type", Values::Ascii(12)),
    choice("alphabet", Values::OneOf(&["gsm7", "ascii", "latin1", "latin1-named", "ucs2"])),
    choice("response_ids", ID_BASES),
    choice("receipt_ids", ID_BASES),
    choice("long", Values::OneOf(&["udh", "sar", "payload"])),
    choice("window", Values::UpTo(1_000)),
    choice("rate", Values::UpTo(1_000)),
    choice("ca_pem", Values::Certificates),
];

/// The fields of a carrier's accounts. An `http` account has those besides that its shape names:
/// each of them is a secret.
#[must_use]
pub const fn fields(carrier: CarrierName) -> &'static [Field] {
    match carrier {
        CarrierName::Twilio => &TWILIO,
        CarrierName::Vonage => &VONAGE,
        CarrierName::Http => &HTTP,
        CarrierName::Smpp => &SMPP,
        CarrierName::Sandbox | CarrierName::Sandbox2 | CarrierName::Eum | CarrierName::Sns => &[],
    }
}

/// How long an account's id may be: a `system_id` has up to 15 characters (SMPP 3.4, 5.2.1).
#[must_use]
pub const fn longest_id(carrier: CarrierName) -> usize {
    if matches!(carrier, CarrierName::Smpp) { 15 } else { 64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(carrier: CarrierName, name: &str, value: &str) -> Option<String> {
        fields(carrier).iter().find(|field| field.name == name).unwrap().refuses(value)
    }

    #[test]
    fn a_refusal_says_what_the_value_must_be() {
        let refused = |name, value| refused(CarrierName::Smpp, name, value).unwrap();
        assert_eq!(refused("long", "long"), "must be one of udh, sar, payload");
        let number = "must be a whole number from 1 to 1000, written as a text";
        for value in ["0", "1001", "-1", "ten", "", "1.5"] {
            assert_eq!(refused("window", value), number);
        }
        let ascii = "must have at most 8 characters, all of them ASCII";
        for value in ["123456789", "pässwd"] {
            assert_eq!(refused("password", value), ascii);
        }
        for value in ["Twelve chars", "+123", "12", "--", "Tée"] {
            assert!(refused("from", value).starts_with("must be a number such as"), "{value}");
        }
        assert!(refused("ca_pem", "hello").starts_with("must be certificates in PEM"));
    }

    #[test]
    fn a_refusal_never_shows_the_value() {
        let refused = refused(CarrierName::Smpp, "password", "a-long-secret").unwrap();
        assert!(!refused.contains("a-long-secret"));
    }

    #[test]
    fn what_a_carrier_takes_is_not_refused() {
        for (name, value) in [
            ("password", "s3cr3t"),
            ("from", "Tea & Co"),
            ("from", "60777"),
            ("from", "+447400123456"),
            ("alphabet", "latin1-named"),
            ("rate", "1000"),
            ("ca_pem", "-----BEGIN CERTIFICATE-----MII=-----END CERTIFICATE-----"),
        ] {
            assert_eq!(refused(CarrierName::Smpp, name, value), None, "{name} {value}");
        }
    }
}
