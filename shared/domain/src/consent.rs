//! What a shopper agreed to: entries that are only ever added.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use crate::id::{ConsentId, SignupId, UserId};

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

/// What an entry of the ledger says, of a sign-up or of a withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What for.
    pub purpose: String,
    /// By which channel.
    pub channel: String,
    /// Yes or no.
    pub granted: bool,
    /// When.
    pub occurred_at: Timestamp,
}

/// An entry that takes a consent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Derived from what took it back, so that no withdrawal is ever written twice.
    pub id: ConsentId,
    /// Who.
    pub user: UserId,
    /// What is no longer agreed to.
    pub purpose: String,
    /// By which channel.
    pub channel: String,
    /// How, such as `sms_stop`.
    pub method: String,
    /// When.
    pub occurred_at: Timestamp,
}

/// The purposes that a user agreed to by this channel before `at` and has not taken back since.
/// Of a yes and a no at the same time, the no wins.
#[must_use]
pub fn live<'a>(entries: &'a [Entry], channel: &str, at: Timestamp) -> Vec<&'a str> {
    let mut newest = BTreeMap::<&str, &Entry>::new();
    for entry in entries.iter().filter(|entry| entry.channel == channel) {
        let known = newest.entry(&entry.purpose).or_insert(entry);
        let order = |entry: &Entry| (entry.occurred_at, !entry.granted);
        if order(entry) > order(known) {
            *known = entry;
        }
    }
    newest.retain(|_, entry| entry.granted && entry.occurred_at < at);
    newest.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(purpose: &str, granted: bool, second: i64) -> Entry {
        let occurred_at = Timestamp::from_second(second).unwrap();
        Entry { purpose: purpose.to_owned(), channel: "sms".to_owned(), granted, occurred_at }
    }

    #[test]
    fn a_yes_counts_for_its_purpose_and_channel_alone() {
        let yes = [entry("offers", true, 1)];
        assert_eq!(live(&[], "sms", Timestamp::MAX), [""; 0]);
        assert_eq!(live(&yes, "sms", Timestamp::MAX), ["offers"]);
        assert_eq!(live(&yes, "email", Timestamp::MAX), [""; 0]);
    }

    proptest! {
        /// However entries come, the newest decides, and of two at once the no.
        #[test]
        fn the_newest_word_decides(words in prop::collection::vec((any::<bool>(), 0..5_i64), 1..8)) {
            let newest = words.iter().map(|(_, at)| *at).max().unwrap();
            let yes = words.iter().all(|(granted, at)| *at < newest || *granted);
            let all: Vec<_> = words.iter().map(|(yes, at)| entry("offers", *yes, *at)).collect();
            prop_assert_eq!(live(&all, "sms", Timestamp::MAX).contains(&"offers"), yes);
        }
    }
}
