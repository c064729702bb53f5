//! The rules that move traffic between the carriers of one country.
//!
//! The numbers start from GOV.UK Notify's, which has run two carriers for years
//! (`alphagov/notifications-api`, `app/dao/provider_details_dao.py` and
//! `app/celery/scheduled_tasks.py`): 10 points at a time, at 15 % of bad texts in 15 minutes, every
//! 5 minutes at most, never when all carriers are slow, and back to rest after 15 quiet minutes.
//! A code lives for minutes, so that ours are as many times smaller as the evidence allows.

use jiff::{SignedDuration, Timestamp};

use super::{
    Breaker, Compared, Decision, Health, Reason, Share, Sign,
    state::{BUCKET, bucket},
};

/// Points moved at a time (GOV.UK Notify).
const STEP: u8 = 10;
/// A share this many percentage points above the others' is worse (GOV.UK Notify: 15 %)…
const WORSE: f64 = 15.0;
/// …and by so many standard deviations: at 4, a week of looks every ten seconds took several steps
/// by chance; at 5, `tests/health/noise.rs` allows one.
const SURELY_WORSE: f64 = 5.0;
/// A share less than this above the others' has recovered: half, so that nothing moves to and fro.
const RECOVERED: f64 = WORSE / 2.0;
/// Two minutes of sending are looked at before points move.
const WINDOW: i64 = 120 / BUCKET;
/// Points move at most this often: a third of the window, as GOV.UK Notify's 5 of 15 minutes.
const PAUSE: SignedDuration = SignedDuration::from_secs(40);
/// Fewer texts than this take no points.
const ENOUGH: u32 = 20;
/// Points never fall below this one by one, so that evidence keeps coming.
const FLOOR: u8 = 5;
/// Without enough texts to tell, a carrier gets the benefit of the doubt after this (GOV.UK Notify).
const QUIET: SignedDuration = SignedDuration::from_mins(15);

/// The breaker opens when so many texts failed, and three more for each that went well…
const FAILING: u32 = 5;
/// …in the newest 30 s, or fewer.
const NEWEST: i64 = 30 / BUCKET;
/// By so many standard deviations must that be worse than the others: ten of ten against none of
/// ten is enough, seven against none of six, which chance makes of an attack, is not.
const SURELY_FAILING: f64 = 4.0;
/// The other carriers must have had as many texts, to be the better choice.
const BETTER_CHOICE: u32 = 5;
/// Whether codes come is asked of so many seconds at least: of the newest, few are typed yet.
const TYPED: i64 = 15 / BUCKET;
/// The first back-off. It doubles with each failure…
const BACK_OFF: i64 = 30;
/// …up to five minutes.
const LONGEST: i64 = 300;
/// So many good probes close the breaker, if…
const GOOD_PROBES: u32 = 5;
/// …so many percentage points more than by the others are bad, at most: one in five.
const SOME_BAD: f64 = 20.0;
/// So many bad probes open it again (one can be a dead handset), if…
const BAD_PROBES: u32 = 2;
/// …so many percentage points more than by the others are bad: half.
const MOST_BAD: f64 = 50.0;
/// Points after the breaker closes: as many texts as a probe in ten, and then step by step.
const COMEBACK: u8 = 10;
/// At rest for so long, the back-off starts anew.
const LASTING: SignedDuration = SignedDuration::from_mins(5);

/// A change, and why.
struct Change {
    weight: u8,
    breaker: Breaker,
    blamed: Sign,
    why: Reason,
}

impl Change {
    const fn to(weight: u8, breaker: Breaker, blamed: Sign, why: Reason) -> Self {
        Self { weight, breaker, blamed, why }
    }
}

/// One carrier beside the others of its country.
struct View<'a> {
    now: Timestamp,
    mine: &'a Health,
    /// Those whose breaker is closed: a dead carrier is no measure.
    others: Vec<&'a Health>,
}

/// Judges all carriers of one country, changes their weights and breakers, and says why. Call it
/// whenever observations were folded, and every ten seconds to a minute: time alone ends back-offs.
pub fn decide(now: Timestamp, all: &mut [Health]) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for index in 0..all.len() {
        all[index].forget(now);
        if let Some(change) = View::of(now, index, all).judge() {
            decisions.push(all[index].apply(now, &change));
        }
        all[index].calm_down(now);
    }
    decisions
}

impl<'a> View<'a> {
    fn of(now: Timestamp, index: usize, all: &'a [Health]) -> Self {
        let closed = |(other, health): &(usize, &Health)| {
            *other != index && health.breaker == Breaker::Closed
        };
        let others = all.iter().enumerate().filter(closed).map(|(_, health)| health).collect();
        Self { now, mine: &all[index], others }
    }

    fn judge(&self) -> Option<Change> {
        match self.mine.breaker {
            Breaker::Open { until } if self.now < until => None,
            Breaker::Open { .. } => {
                Some(Change::to(0, Breaker::HalfOpen, self.mine.blamed, Reason::ProbeTime))
            }
            Breaker::HalfOpen => self.probes(),
            Breaker::Closed => self.failing().or_else(|| self.worse()).or_else(|| self.better()),
        }
    }

    /// Opens the breaker when hardly anything works and the others do better. Conversion never
    /// opens it: what strangers do with their codes may cost points, never all traffic.
    fn failing(&self) -> Option<Change> {
        for sign in [Sign::Receipts, Sign::Errors] {
            for newest in 1..=NEWEST {
                let Compared { mine, others, .. } = self.compare(sign, newest);
                if mine.bad >= FAILING + 3 * mine.good()
                    && others.of >= BETTER_CHOICE
                    && mine.surely_above(others, SURELY_FAILING)
                {
                    let why = Reason::Failing(self.compare(sign, newest));
                    return Some(Change::to(0, self.open(), sign, why));
                }
            }
        }
        None
    }

    /// Takes points when a sign is worse than the others', by much, surely, and still.
    fn worse(&self) -> Option<Change> {
        if self.rested() < PAUSE || self.mine.weight <= FLOOR {
            return None;
        }
        let worse = |sign: &&Sign| {
            let compared @ Compared { mine, others, .. } = self.compare(**sign, WINDOW);
            mine.of.min(others.of) >= ENOUGH
                && compared.excess() >= WORSE
                && mine.surely_above(others, SURELY_WORSE)
                && self.compare(**sign, NEWEST).excess() >= WORSE
        };
        let sign = *Sign::ALL.iter().find(worse)?;
        let weight = self.mine.weight.saturating_sub(STEP).max(FLOOR);
        let why = Reason::Worse(self.compare(sign, WINDOW));
        Some(Change::to(weight, Breaker::Closed, sign, why))
    }

    /// Gives points back when nothing speaks against it, and something for it.
    fn better(&self) -> Option<Change> {
        if self.rested() < PAUSE || self.mine.weight >= self.mine.resting {
            return None;
        }
        let compared = self.compare(self.mine.blamed, WINDOW);
        let fine = |sign: &Sign| self.compare(*sign, WINDOW).excess() < RECOVERED;
        let why = if compared.mine.of >= GOOD_PROBES {
            Sign::ALL.iter().all(fine).then_some(Reason::Recovered(compared))
        } else {
            (self.rested() >= QUIET).then_some(Reason::Quiet)
        };
        let weight = self.mine.weight.saturating_add(STEP).min(self.mine.resting);
        Some(Change::to(weight, Breaker::Closed, self.mine.blamed, why?))
    }

    /// Closes or opens the breaker by what became of the probes.
    fn probes(&self) -> Option<Change> {
        let sign = self.mine.blamed;
        let all = self.settled(sign) - bucket(self.mine.since) + 1;
        let compared = self.compare(sign, all.max(1));
        let comeback = COMEBACK.min(self.mine.resting);
        if compared.mine.bad >= BAD_PROBES && compared.excess() >= MOST_BAD {
            Some(Change::to(0, self.open(), sign, Reason::ProbesFailed(compared)))
        } else if compared.mine.good() >= GOOD_PROBES && compared.excess() <= SOME_BAD {
            let why = Reason::ProbesWell(compared);
            Some(Change::to(comeback, Breaker::Closed, sign, why))
        } else if self.rested() >= QUIET {
            Some(Change::to(comeback, Breaker::Closed, sign, Reason::Quiet))
        } else {
            None
        }
    }

    /// The bad texts of this carrier and of the others, by one sign, in the newest buckets.
    fn compare(&self, sign: Sign, newest: i64) -> Compared {
        let buckets = self.buckets(sign, newest);
        let others = self.of_others(sign, &buckets);
        let mine = if sign == Sign::Receipts && self.codes_come(newest) {
            let told = self.mine.counts(buckets);
            Share { bad: told.late, of: told.late + told.in_time }
        } else {
            self.mine.share(sign, buckets)
        };
        Compared { sign, mine, others, seconds: newest * BUCKET }
    }

    /// Whether shoppers type this carrier's codes, at least a tenth as often as the others': then
    /// its texts arrive, and a missing receipt is the receipt's fault. Not every carrier has
    /// receipts from every network.
    fn codes_come(&self, newest: i64) -> bool {
        let buckets = self.buckets(Sign::Receipts, newest.max(TYPED));
        let others = self.of_others(Sign::Conversion, &buckets);
        let mine = self.mine.share(Sign::Conversion, buckets);
        let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
        others.good() >= BETTER_CHOICE
            && 10 * product(mine.good(), others.of) >= product(others.good(), mine.of)
    }

    fn of_others(&self, sign: Sign, buckets: &std::ops::RangeInclusive<i64>) -> Share {
        let shares = self.others.iter().map(|other| other.share(sign, buckets.clone()));
        shares.fold(Share::default(), std::ops::Add::add)
    }

    /// The newest buckets that can be judged by this sign and are after the carrier's new chance.
    fn buckets(&self, sign: Sign, newest: i64) -> std::ops::RangeInclusive<i64> {
        let last = self.settled(sign);
        (last - newest + 1).max(bucket(self.mine.since))..=last
    }

    /// The newest bucket that can be judged by this sign: what is to be seen of its texts was seen.
    /// A receipt in time takes 15 s and its own way to us; a code is typed within a minute.
    fn settled(&self, sign: Sign) -> i64 {
        let seconds = match sign {
            Sign::Errors => 0,
            Sign::Receipts => BUCKET + 20,
            Sign::Conversion => BUCKET + 60,
        };
        bucket(self.now - SignedDuration::from_secs(seconds))
    }

    /// How long ago the newest decision was.
    fn rested(&self) -> SignedDuration {
        self.now.duration_since(self.mine.decided_at)
    }

    /// An open breaker with the back-off that is due.
    fn open(&self) -> Breaker {
        let doubled = BACK_OFF << self.mine.trips.min(4);
        Breaker::Open { until: self.now + SignedDuration::from_secs(doubled.min(LONGEST)) }
    }
}

impl Health {
    fn apply(&mut self, now: Timestamp, change: &Change) -> Decision {
        let Change { weight, breaker, blamed, why } = *change;
        if let Breaker::Open { until } = self.breaker {
            self.since = until;
        }
        if matches!(breaker, Breaker::Open { .. }) {
            self.trips = self.trips.saturating_add(1);
        }
        let from_weight = std::mem::replace(&mut self.weight, weight);
        self.breaker = breaker;
        self.blamed = blamed;
        self.decided_at = now;
        let (carrier, region) = (self.carrier, self.region);
        Decision { at: now, carrier, region, from_weight, to_weight: weight, breaker, why }
    }

    /// Forgets old trips once the carrier has rested, and points above a lowered rest.
    fn calm_down(&mut self, now: Timestamp) {
        self.weight = self.weight.min(self.resting);
        let at_rest = self.breaker == Breaker::Closed && self.weight == self.resting;
        if at_rest && now.duration_since(self.decided_at) >= LASTING {
            self.trips = 0;
        }
    }
}
