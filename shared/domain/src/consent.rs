//! What a shopper agreed to: entries that are only ever added.

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

/// What one entry of the ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What for.
    pub purpose: String,
    /// By which channel.
    pub channel: String,
    /// Yes or no.
    pub granted: bool,
    /// When.
    pub at: Timestamp,
}

/// All that a user agreed to or refused, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsentState(pub Vec<Said>);

impl ConsentState {
    /// Whether the newest word on this purpose and channel is yes. A no of the same time wins.
    #[must_use]
    pub fn is_live(&self, purpose: &str, channel: &str) -> bool {
        let about = |said: &&Said| said.purpose == purpose && said.channel == channel;
        let newest = self.0.iter().filter(about).map(|said| said.at).max();
        let mut last = self.0.iter().filter(about).filter(|said| Some(said.at) == newest);
        newest.is_some() && last.all(|said| said.granted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(purpose: &str, granted: bool, second: i64) -> Said {
        let at = Timestamp::from_second(second).unwrap();
        Said { purpose: purpose.to_owned(), channel: "sms".to_owned(), granted, at }
    }

    #[test]
    fn nothing_said_is_no() {
        assert!(!ConsentState::default().is_live("offers", "sms"));
        let yes = ConsentState(vec![said("offers", true, 1)]);
        assert!(yes.is_live("offers", "sms"));
        assert!(!yes.is_live("offers", "email") && !yes.is_live("news", "sms"));
    }

    proptest! {
        /// However entries come, the newest decides, and of two at once the no.
        #[test]
        fn the_newest_word_decides(words in prop::collection::vec((any::<bool>(), 0..5_i64), 1..8)) {
            let newest = words.iter().map(|(_, at)| *at).max().unwrap();
            let live = words.iter().all(|(granted, at)| *at < newest || *granted);
            let all = words.iter().map(|(granted, at)| said("offers", *granted, *at));
            prop_assert_eq!(ConsentState(all.collect()).is_live("offers", "sms"), live);
        }
    }
}
