//! What a shopper agreed to: entries that are only ever added.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use crate::id::{ConsentId, SignupId, UserId};

/// The very words that a shopper was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording(pub String);

impl Wording {
    /// The hash that names it: SHA-256 of its UTF-8 text.
    #[must_use]
    pub fn hash(&self) -> WordingHash {
        let digest = digest(&SHA256, self.0.as_bytes());
        let hex = |text: String, byte: &u8| text + &format!("{byte:02x}");
        WordingHash(digest.as_ref().iter().fold(String::new(), hex))
    }
}

/// SHA-256 of a wording, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WordingHash(pub String);

/// A consent as a sign-up asks for it. It counts only once the number is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentAsked {
    /// What for, such as `marketing`.
    pub purpose: String,
    /// By which channel, such as `sms`; never several at once.
    pub channel: String,
    /// Yes or no: refusals are kept too.
    pub granted: bool,
    /// The shop's own version of the words shown.
    pub wording_version: String,
    /// The words themselves, by hash, when the shop sent them.
    pub wording: Option<WordingHash>,
}

/// One immutable entry of the consent ledger: who, when, told what, how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptInConsent {
    /// Derived from the sign-up, so that no consent is ever written twice.
    pub id: ConsentId,
    /// Who.
    pub user: UserId,
    /// What was agreed to or refused.
    pub asked: ConsentAsked,
    /// When, by our clock: the moment the number was verified.
    pub occurred_at: Timestamp,
    /// The sign-up that proved the number.
    pub signup: SignupId,
    /// The page it was asked on.
    pub page_url: Option<String>,
    /// The language it was asked in.
    pub locale: String,
    /// The address it came from, shortened to a network.
    pub ip_network: Option<String>,
}
