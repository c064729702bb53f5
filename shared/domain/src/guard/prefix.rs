//! What was sent to numbers that share all but their last four digits.
//!
//! One record holds both limits that are about numbers: those of each number, over the whole
//! deployment, and the velocity of its prefix, which a pumping attack cannot hide: the numbers
//! that earn for an attacker come in ranges.

use jiff::{SignedDuration, Timestamp};

use super::pack::{Reader, Writer};
use crate::{Fault, id::SignupId};

/// How long a send counts.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The shorter window.
pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How long sends are remembered: whether anybody of a range ever verified one tells it from an
/// attack.
pub(super) const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many sends older than a day are remembered.
const OLD: usize = 20;
/// How long a range is refused after a carrier called a text to it fraud. Twilio blocks a prefix
/// for as long (its documentation of Verify's Fraud Guard).
pub(super) const FRAUD: SignedDuration = SignedDuration::from_hours(12);

/// A number of a prefix, under a keyed HMAC: 64 bits.
pub(super) type Tag = u64;

/// One send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// To which number.
    pub number: Tag,
    /// For which sign-up.
    pub signup: SignupId,
    /// Which of its hand-overs, from 0.
    pub send: u8,
    /// When, to the second.
    pub at: Timestamp,
    /// Whether its sign-up was verified since.
    pub verified: bool,
}

/// What is known of a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrefixRecord {
    /// Sends, oldest first.
    pub sent: Vec<Sent>,
    /// When a carrier last called a text to it fraud.
    pub fraud: Option<Timestamp>,
}

impl PrefixRecord {
    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(bytes)?;
        let mut record = Self::default();
        if reader.is_empty() {
            return Ok(record);
        }
        record.fraud = Some(time(reader.u32()?)).filter(|at| *at != Timestamp::UNIX_EPOCH);
        while !reader.is_empty() {
            let (number, signup) =
                (reader.u64()?, SignupId::from_bits(u128::from_be_bytes(reader.bytes()?)));
            let (at, flags) = (time(reader.u32()?), reader.u8()?);
            record.sent.push(Sent {
                number,
                signup,
                send: flags & 15,
                at,
                verified: flags & 16 != 0,
            });
        }
        Ok(record)
    }

    /// As it is kept: 29 bytes for each send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.bytes(&seconds(self.fraud.unwrap_or(Timestamp::UNIX_EPOCH)).to_be_bytes());
        for sent in &self.sent {
            let flags = sent.send & 15 | if sent.verified { 16 } else { 0 };
            writer
                .bytes(&sent.number.to_be_bytes())
                .bytes(&sent.signup.bits().to_be_bytes())
                .bytes(&seconds(sent.at).to_be_bytes())
                .bytes(&[flags]);
        }
        writer.finish()
    }

    /// Whether this hand-over to this number was counted before. The same request with another
    /// number is another send.
    #[must_use]
    pub fn has(&self, number: Tag, (signup, send): (SignupId, u8)) -> bool {
        let it = |sent: &Sent| sent.number == number && sent.signup == signup && sent.send == send;
        self.sent.iter().any(it)
    }

    /// Sends to this number since `since`, oldest first.
    pub fn to_number(&self, number: Tag, since: Timestamp) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(move |sent| sent.number == number && sent.at > since)
    }

    /// How many sends since then to others than this number have not been verified. How often one
    /// number is written to is its own limit's business, and nothing against its range.
    #[must_use]
    pub fn unverified_others(&self, number: Tag, since: Timestamp) -> u32 {
        let open = |sent: &&Sent| sent.at > since && !sent.verified && sent.number != number;
        count(self.sent.iter().filter(open))
    }

    /// How many sends since then have been verified.
    #[must_use]
    pub fn verified(&self, since: Timestamp) -> u32 {
        count(self.sent.iter().filter(|sent| sent.at > since && sent.verified))
    }

    /// The sign-ups that texts went to this number for, newest first.
    #[must_use]
    pub fn signups(&self, number: Tag) -> Vec<SignupId> {
        let mut found = Vec::new();
        for sent in self.sent.iter().rev().filter(|sent| sent.number == number) {
            if !found.contains(&sent.signup) {
                found.push(sent.signup);
            }
        }
        found
    }

    /// Adds a send, and forgets what is neither counted nor of the newest old ones.
    pub fn add(&mut self, sent: Sent) {
        let (day, month) = (sent.at - DAY, sent.at - REMEMBERED);
        let old = self.sent.iter().filter(|known| known.at <= day).count();
        let mut surplus = old.saturating_sub(OLD);
        self.sent.retain(|known| {
            let drop = known.at <= month || (known.at <= day && surplus > 0);
            surplus = surplus.saturating_sub(usize::from(known.at <= day));
            !drop
        });
        self.sent.push(sent);
    }

    /// Notes that a sign-up was verified, and tells how many of its sends were not so before.
    pub fn verify(&mut self, signup: SignupId) -> u32 {
        let open = |sent: &&mut Sent| sent.signup == signup && !sent.verified;
        count(self.sent.iter_mut().filter(open).map(|sent| sent.verified = true))
    }
}

pub(super) fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

pub(super) fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_second()).unwrap_or_default()
}

pub(super) fn time(second: u32) -> Timestamp {
    Timestamp::from_second(second.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent() -> impl Strategy<Value = Sent> {
        let parts = (any::<u64>(), any::<u128>(), 0..16_u8, 1..2_000_000_000_u32, any::<bool>());
        parts.prop_map(|(number, signup, send, at, verified)| Sent {
            number,
            signup: SignupId::derived(signup),
            send,
            at: time(at),
            verified,
        })
    }

    proptest! {
        #[test]
        fn a_record_reads_back_as_it_was(all in prop::collection::vec(sent(), 0..40), fraud in any::<bool>()) {
            let fraud = fraud.then(|| time(1_700_000_000));
            let record = PrefixRecord { sent: all, fraud };
            prop_assert_eq!(PrefixRecord::parse(&record.to_bytes()).unwrap(), record);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = PrefixRecord::parse(&bytes);
        }

        /// What counts is never forgotten, whatever else is.
        #[test]
        fn a_day_of_sends_is_kept(pauses in prop::collection::vec(0..40_000_u32, 1..80)) {
            let (mut record, mut now, mut times) = (PrefixRecord::default(), 1_700_000_000, Vec::new());
            for pause in pauses {
                now += pause;
                times.push(now);
                record.add(Sent { number: 7, signup: SignupId::derived(u128::from(now) << 8), send: 0, at: time(now), verified: false });
                let fresh = times.iter().filter(|at| time(**at) > time(now) - DAY).count();
                prop_assert_eq!(record.to_number(7, time(now) - DAY).count(), fresh);
                prop_assert!(record.sent.len() <= fresh + OLD);
            }
        }
    }

    #[test]
    fn a_request_that_comes_with_another_number_is_another_send() {
        let (signup, at) = (SignupId::derived(16), time(1_700_000_000));
        let sent = Sent { number: 1, signup, send: 0, at, verified: false };
        let record = PrefixRecord { sent: vec![sent], fraud: None };
        assert!(record.has(1, (signup, 0)));
        assert!(!record.has(2, (signup, 0)) && !record.has(1, (signup, 1)));
    }

    #[test]
    fn verifying_counts_once() {
        let mut record = PrefixRecord::default();
        let signup = SignupId::derived(16);
        for send in 0..2 {
            record.add(Sent { number: 1, signup, send, at: time(1_700_000_000), verified: false });
        }
        assert_eq!([record.verify(signup), record.verify(signup)], [2, 0]);
        assert_eq!(record.verify(SignupId::derived(32)), 0);
        assert_eq!((record.unverified_others(9, time(0)), record.verified(time(0))), (0, 2));
        assert_eq!(record.signups(1), [signup]);
    }
}
