//! How long texts wait for a sender: when they wait too long, nothing more is taken.
//!
//! The timers get each hand-over five seconds after it was asked for, and see whether a sender has
//! claimed it. So even senders that are all dead are noticed, which tell nothing of themselves.

use jiff::{SignedDuration, Timestamp};

use crate::{message::Message, store::Settings};

/// How long a store lets its texts wait that says nothing: a shopper has the page open, and looks
/// for the text within half a minute.
pub const USUAL: SignedDuration = SignedDuration::from_secs(30);
/// How often a text that waits is looked at.
pub const LOOK: SignedDuration = SignedDuration::from_secs(5);
/// For how long what was seen holds: longer than two looks.
pub const HOLDS: SignedDuration = SignedDuration::from_secs(15);

/// A text that waits for a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// Since when.
    pub since: Timestamp,
    /// When that was seen.
    pub seen: Timestamp,
    /// When the newest text was asked for that a sender has claimed since: one that is stuck alone
    /// is nobody's queue.
    pub flowed: Option<Timestamp>,
}

impl Lag {
    /// The lag of a message that no sender has claimed.
    #[must_use]
    pub fn of(message: &Message, asked: Timestamp, now: Timestamp) -> Option<Self> {
        let waits = !is_claimed(message) && now >= asked + LOOK;
        waits.then_some(Self { since: asked, seen: now, flowed: None })
    }

    /// Whether a text that was asked for then, and is claimed, tells something new of it.
    #[must_use]
    pub fn is_news(&self, asked: Timestamp, now: Timestamp) -> bool {
        now < self.seen + HOLDS && asked > self.flowed.unwrap_or(self.since)
    }

    /// When to come again, if texts wait too long for this store.
    #[must_use]
    pub fn closes(&self, settings: &Settings, now: Timestamp) -> Option<Timestamp> {
        let patience = settings.busy_after_seconds.map(|s| SignedDuration::from_secs(s.into()));
        let waited = self.seen.duration_since(self.since.max(self.flowed.unwrap_or(self.since)));
        // A clock that is far ahead of ours tells nothing.
        let holds = now < self.seen + HOLDS && self.seen < now + HOLDS;
        (holds && waited >= patience.unwrap_or(USUAL)).then_some(self.seen + HOLDS)
    }
}

/// Whether a sender has had this message.
#[must_use]
pub fn is_claimed(message: &Message) -> bool {
    message.take > 0 || message.history.iter().any(|happening| happening.carrier.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_store_closes_when_texts_wait_longer_than_it_says_and_opens_again() {
        let settings = |seconds| Settings { busy_after_seconds: seconds, ..Settings::default() };
        let lag = Lag { since: at(0), seen: at(20), flowed: None };
        assert_eq!(lag.closes(&settings(None), at(20)), None);
        assert_eq!(lag.closes(&settings(Some(20)), at(20)), Some(at(35)));
        assert_eq!(lag.closes(&settings(Some(20)), at(34)), Some(at(35)));
        assert_eq!(lag.closes(&settings(Some(20)), at(35)), None, "nobody saw it wait since");
        assert_eq!(lag.closes(&settings(Some(20)), at(4)), None, "it was seen in the future");
        assert_eq!(lag.closes(&settings(Some(21)), at(20)), None);
    }

    #[test]
    fn a_text_that_is_stuck_alone_closes_nothing() {
        let stuck = Lag { since: at(0), seen: at(60), flowed: Some(at(50)) };
        assert_eq!(stuck.closes(&Settings::default(), at(60)), None);
        let slow = Lag { flowed: Some(at(20)), ..stuck };
        assert!(slow.closes(&Settings::default(), at(60)).is_some(), "senders are far behind");
        assert!(stuck.is_news(at(51), at(60)) && !stuck.is_news(at(50), at(60)));
        assert!(!stuck.is_news(at(70), at(75)), "nobody waits any more");
    }
}
