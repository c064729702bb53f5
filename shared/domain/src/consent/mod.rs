//! What a shopper agreed to: entries that are only ever added, each linked to the one before.
//!
//! An entry answers what the ICO asks of a record of consent (its guide to consent, "How should we
//! record consent?"): who, when, what they were told, how, and whether and when they took it back.

mod ledger;
mod standing;
mod withdraw;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

pub use self::{
    ledger::{Linked, after, intact, link, record},
    standing::{Standing, live, standing},
    withdraw::{How, object, opt_out, withdraw},
};
use crate::{
    Fault,
    access::names,
    id::{ConsentId, SignupId, UserId},
    keys::DataKeys,
    ports::Wordings,
};

/// The purpose of texts that need no consent: what a shopper must know.
pub const TRANSACTIONAL: &str = "transactional";

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

/// The very words of this hash; `None` when they were never kept, or are others by now.
///
/// # Errors
/// When storage is broken.
pub async fn words(
    ports: &impl Wordings,
    keys: &DataKeys,
    hash: &WordingHash,
) -> Result<Option<Wording>, Fault> {
    let found = ports.find(keys, hash).await?;
    Ok(found.filter(|wording| wording.hash() == *hash))
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

names!(
    /// What an entry says.
    Event {
        /// Yes.
        Granted = "granted",
        /// No, where it was asked for.
        Refused = "refused",
        /// No longer.
        Withdrawn = "withdrawn",
        /// The shopper was forgotten; nothing follows.
        Erased = "erased",
    }
);

names!(
    /// On what marketing may rest (PECR reg. 22(2) and 22(3)).
    Basis {
        /// The shopper agreed.
        Consent = "consent",
        /// The number was obtained in a sale, and the shopper could refuse there.
        SoftOptIn = "soft_opt_in",
    }
);

names!(
    /// How an entry came to be.
    Door {
        /// A sign-up whose code was typed.
        Code = "signup_code",
        /// A sign-up whose link was confirmed.
        Link = "signup_link",
        /// The page of preferences.
        Page = "preference_page",
        /// A text to the store.
        Stop = "sms_stop",
        /// The store's server.
        Api = "api",
        /// A list of the store's.
        Import = "import",
        /// A webhook of the store's platform.
        Store = "store",
        /// A carrier that knows of an opt-out.
        Carrier = "carrier_opt_out",
        /// An erasure.
        Erasure = "erasure",
    }
);

impl Door {
    /// Whether the shopper proved there that the number is theirs.
    #[must_use]
    pub const fn is_proven(self) -> bool {
        matches!(self, Self::Code | Self::Link)
    }
}

/// What a shopper was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The shop's own version of the words.
    pub wording_version: String,
    /// The words themselves, by hash, when they are known.
    pub wording: Option<WordingHash>,
    /// Who relies on the consent, by the names shown.
    pub controllers: Vec<String>,
    /// The privacy notice.
    pub privacy_url: Option<String>,
}

/// The sale that a soft opt-in rests on; a way to refuse was offered there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Whether it was negotiated only.
    pub negotiation: bool,
    /// The shop's own name of it, such as an order number.
    pub reference: String,
}

/// One immutable entry of the consent ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptInConsent {
    /// Derived from what caused it, so that nothing is ever written twice.
    pub id: ConsentId,
    /// Who.
    pub user: UserId,
    /// Yes, no, or no longer.
    pub event: Event,
    /// What for.
    pub purpose: String,
    /// By which channel.
    pub channel: String,
    /// On what it rests.
    pub basis: Basis,
    /// How it came.
    pub door: Door,
    /// When the shopper said so.
    pub occurred_at: Timestamp,
    /// When we heard it, by our clock.
    pub recorded_at: Timestamp,
    /// What they were told.
    pub told: Option<Told>,
    /// The sign-up that proved the number.
    pub signup: Option<SignupId>,
    /// The page it was asked on.
    pub page_url: Option<String>,
    /// The language it was asked in.
    pub locale: Option<String>,
    /// The address it came from, shortened to a network.
    pub ip_network: Option<String>,
    /// For a soft opt-in.
    pub sale: Option<Sale>,
    /// Why, in the shopper's words.
    pub reason: Option<String>,
    /// Who wrote it down, such as a key or an import.
    pub actor: Option<String>,
}

impl OptInConsent {
    /// An entry with nothing but what every entry has.
    #[must_use]
    pub fn new(
        id: ConsentId,
        user: UserId,
        what: (Event, &str, &str),
        how: (Door, Timestamp),
    ) -> Self {
        let ((event, purpose, channel), (door, at)) = (what, how);
        Self {
            id,
            user,
            event,
            purpose: purpose.to_owned(),
            channel: channel.to_owned(),
            basis: Basis::Consent,
            door,
            occurred_at: at,
            recorded_at: at,
            told: None,
            signup: None,
            page_url: None,
            locale: None,
            ip_network: None,
            sale: None,
            reason: None,
            actor: None,
        }
    }
}
