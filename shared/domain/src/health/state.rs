//! The health of one carrier in one country: what is stored.

use std::{collections::BTreeMap, ops::RangeInclusive};

use jiff::{SignedDuration, Timestamp};

use super::{Observation, Seen, Share, Sign};
use crate::{carrier::CarrierName, phone::Region};

/// Seconds of sending in one bucket.
pub(super) const BUCKET: i64 = 5;
/// Buckets kept: five minutes, the longest anything looks back (conversion: 65 s of settling and
/// two minutes) and as much again for words that come late.
pub(super) const KEPT: i64 = 60;
/// A receipt after this is late. GOV.UK Notify promises 95 % of texts within 10 s; at 30 s our
/// shopper is offered a resend.
pub(super) const IN_TIME: SignedDuration = SignedDuration::from_secs(15);
/// Points of a carrier that was given none: two such carriers share a country evenly.
pub const RESTING: u8 = 50;

/// What became of the texts handed to a carrier within one bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// First tries that chance gave to the carrier, whatever it answered: a carrier that filters
    /// an attacker's texts must not look better than one that sends them.
    pub drawn: u32,
    /// Those whose code was typed.
    pub verified: u32,
    /// Texts that it took.
    pub accepted: u32,
    /// Receipts within 15 s.
    pub in_time: u32,
    /// Later receipts, and those of failures that count against a carrier.
    pub late: u32,
    /// Receipts of failures that do not count against a carrier.
    pub excused: u32,
    /// Texts that it failed to take, by a class that counts.
    pub failed: u32,
}

/// Whether a carrier gets texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// By its weight.
    Closed,
    /// None, if there is another carrier, until then.
    Open {
        /// The end of the back-off.
        until: Timestamp,
    },
    /// A few, to see.
    HalfOpen,
}

impl Breaker {
    /// Its name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// How one carrier does in one country. All fields are as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whose.
    pub carrier: CarrierName,
    /// Where.
    pub region: Region,
    /// Points when all is well, 0–100, relative to the other carriers of the country. With 0 it
    /// stands by for failover.
    pub resting: u8,
    /// Points now; 0 while the breaker is not closed.
    pub weight: u8,
    /// Whether it gets texts.
    pub breaker: Breaker,
    /// How often the breaker opened without a lasting recovery: the exponent of the back-off.
    pub trips: u8,
    /// What the newest decision was about; recovery is judged by the same.
    pub blamed: Sign,
    /// Whether it ever gave a receipt here. A carrier that gives none is not judged by them.
    pub heard: bool,
    /// Texts sent before this prove nothing any more: when it was last given a new chance.
    pub since: Timestamp,
    /// When the newest decision was taken.
    pub decided_at: Timestamp,
    /// Counts by the number of the bucket: Unix seconds divided by 5. Empty ones are left out.
    pub buckets: BTreeMap<i64, Counts>,
}

impl Health {
    /// A carrier that nothing is known of.
    #[must_use]
    pub const fn new(carrier: CarrierName, region: Region, resting: u8, now: Timestamp) -> Self {
        Self {
            carrier,
            region,
            resting,
            weight: resting,
            breaker: Breaker::Closed,
            trips: 0,
            blamed: Sign::Errors,
            heard: false,
            since: now,
            decided_at: now,
            buckets: BTreeMap::new(),
        }
    }

    /// Rests at these points from now on. Its own follow if it is at rest.
    pub fn rest_at(&mut self, resting: u8) {
        if self.breaker == Breaker::Closed && (self.weight == self.resting || self.weight > resting)
        {
            self.weight = resting;
        }
        self.resting = resting;
    }

    /// Counts what was seen of this carrier in this country, and skips the rest. Whoever calls
    /// makes sure that nothing is folded twice.
    pub fn fold(&mut self, seen: &[Observation]) {
        for one in seen {
            if (one.carrier, one.region) == (self.carrier, self.region) {
                self.heard |= matches!(one.what, Seen::Delivered { .. } | Seen::Undelivered { .. });
                self.buckets.entry(bucket(one.sent_at)).or_default().count(one.what);
            }
        }
    }

    /// Drops what is too old to be looked at.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let oldest = bucket(now) - KEPT;
        self.buckets.retain(|number, _| *number > oldest);
    }

    /// The counts of some buckets, without those before the carrier's new chance.
    pub(super) fn counts(&self, buckets: RangeInclusive<i64>) -> Counts {
        let first = (*buckets.start()).max(bucket(self.since));
        let mut sum = Counts::default();
        if first <= *buckets.end() {
            for counts in self.buckets.range(first..=*buckets.end()).map(|(_, counts)| counts) {
                sum.add(*counts);
            }
        }
        sum
    }

    /// The bad ones of the texts in some buckets, by one sign.
    pub(super) fn share(&self, sign: Sign, buckets: RangeInclusive<i64>) -> Share {
        let Counts { drawn, verified, accepted, in_time, excused, failed, .. } =
            self.counts(buckets);
        match sign {
            Sign::Conversion => Share::missing(verified, drawn),
            Sign::Receipts if !self.heard => Share::default(),
            // A typed code is as good as a receipt.
            Sign::Receipts => {
                Share::missing(in_time.max(verified), accepted.saturating_sub(excused))
            }
            Sign::Errors => Share::missing(accepted, accepted + failed),
        }
    }
}

impl Counts {
    fn count(&mut self, what: Seen) {
        match what {
            Seen::Accepted { drawn } => {
                self.drawn += u32::from(drawn);
                self.accepted += 1;
            }
            Seen::Refused { class, drawn } => {
                self.drawn += u32::from(drawn);
                self.failed += u32::from(class.counts_against_carrier());
            }
            Seen::Delivered { after } if after <= IN_TIME => self.in_time += 1,
            Seen::Undelivered { class, .. } if !class.counts_against_carrier() => {
                self.excused += 1;
            }
            Seen::Delivered { .. } | Seen::Undelivered { .. } => self.late += 1,
            Seen::Verified { .. } => self.verified += 1,
        }
    }

    const fn add(&mut self, other: Self) {
        self.drawn += other.drawn;
        self.verified += other.verified;
        self.accepted += other.accepted;
        self.in_time += other.in_time;
        self.late += other.late;
        self.excused += other.excused;
        self.failed += other.failed;
    }
}

/// The number of the bucket that this moment falls into.
pub(super) fn bucket(at: Timestamp) -> i64 {
    at.as_second().div_euclid(BUCKET)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::FailureClass;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn health(words: &[&str]) -> Health {
        let mut health = Health::new(CarrierName::Eum, Region::GB, RESTING, at(0));
        let seen = |text: &&str| Observation::parse(text, at(4)).unwrap();
        health.fold(&words.iter().map(seen).collect::<Vec<_>>());
        health
    }

    fn shares(words: &[&str]) -> [Share; 3] {
        let first = bucket(at(0));
        [Sign::Conversion, Sign::Receipts, Sign::Errors]
            .map(|sign| health(words).share(sign, first..=first))
    }

    const fn share(bad: u32, of: u32) -> Share {
        Share { bad, of }
    }

    #[test]
    fn each_text_counts_by_what_was_seen_of_it() {
        let accepted = "eum/GB/accepted/drawn";
        let heard = ["eum/GB/accepted", "eum/GB/delivered/9"];
        for (words, expected) in [
            (vec![], [share(0, 0), share(0, 0), share(0, 0)]),
            (vec![accepted], [share(1, 1), share(0, 0), share(0, 1)]),
            (vec![heard[0], heard[1], accepted], [share(1, 1), share(1, 2), share(0, 2)]),
            (vec![accepted, "eum/GB/delivered/0"], [share(1, 1), share(0, 1), share(0, 1)]),
            (vec![accepted, "eum/GB/verified/0"], [share(0, 1), share(0, 0), share(0, 1)]),
            (vec!["eum/GB/refused/throttled/drawn"], [share(1, 1), share(0, 0), share(1, 1)]),
            (vec!["eum/GB/refused/policy/drawn"], [share(1, 1), share(0, 0), share(0, 0)]),
            (vec!["sns/GB/accepted", "eum/JE/accepted"], [share(0, 0); 3]),
        ] {
            assert_eq!(shares(&words), expected, "{words:?}");
        }
    }

    #[test]
    fn a_receipt_is_good_bad_or_excused() {
        let eum = |what| Observation {
            carrier: CarrierName::Eum,
            region: Region::GB,
            sent_at: at(4),
            what,
        };
        let after = SignedDuration::from_secs(15);
        let late = SignedDuration::from_millis(15_001);
        for (what, expected) in [
            (Seen::Delivered { after }, share(0, 1)),
            (Seen::Delivered { after: late }, share(1, 1)),
            (Seen::Undelivered { class: FailureClass::Unknown, after }, share(1, 1)),
            (Seen::Undelivered { class: FailureClass::HandsetAbsent, after }, share(0, 0)),
        ] {
            let mut health = health(&["eum/GB/accepted"]);
            health.fold(&[eum(what)]);
            let first = bucket(at(0));
            assert_eq!(health.share(Sign::Receipts, first..=first), expected, "{what:?}");
        }
    }

    #[test]
    fn what_was_sent_before_a_new_chance_proves_nothing() {
        let mut health = health(&["eum/GB/refused/carrier_down"]);
        let range = bucket(at(0))..=bucket(at(30));
        assert_eq!(health.share(Sign::Errors, range.clone()), share(1, 1));
        health.since = at(5);
        assert_eq!(health.share(Sign::Errors, range), share(0, 0));
    }

    #[test]
    fn five_minutes_are_kept() {
        let mut health = health(&["eum/GB/accepted"]);
        health.forget(at(299));
        assert_eq!(health.buckets.len(), 1);
        health.forget(at(300));
        assert!(health.buckets.is_empty());
    }
}
