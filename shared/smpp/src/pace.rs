//! How fast to submit: at the contracted rate; half as fast after each throttling, and a little
//! faster with each success (additive increase, multiplicative decrease).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A text that would wait longer is better off with another carrier.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// The pace of one account, by wall clock: it holds over a freeze.
#[derive(Debug)]
pub(crate) struct Pace {
    ceiling: f64,
    rate: f64,
    next: Timestamp,
    cut: Timestamp,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        let ceiling = f64::from(per_second);
        Self { ceiling, rate: ceiling, next: Timestamp::MIN, cut: Timestamp::MIN }
    }

    /// Takes the next turn: how long to wait for it. `None` when that is too long.
    pub(crate) fn turn(&mut self, now: Timestamp) -> Option<Duration> {
        let at = self.next.max(now);
        let wait = at.duration_since(now).unsigned_abs();
        if wait > LONGEST_WAIT {
            return None;
        }
        self.next = later(at, Duration::from_secs_f64(1.0 / self.rate));
        Some(wait)
    }

    /// The carrier took a text.
    pub(crate) fn took(&mut self) {
        self.rate = (self.rate + 1.0 / self.rate).min(self.ceiling);
    }

    /// The carrier throttled a text that was sent at `sent`: nothing goes out for `pause`. What
    /// was on its way when the rate was cut does not cut it again.
    pub(crate) fn throttled(&mut self, sent: Timestamp, now: Timestamp, pause: Duration) {
        if sent > self.cut {
            self.rate = (self.rate / 2.0).max(1.0);
            self.cut = now;
        }
        self.next = self.next.max(later(now, pause));
    }
}

pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    /// How many turns there are in a second from `from` on.
    fn turns(pace: &mut Pace, from: i64) -> usize {
        let within = |wait: &Option<Duration>| wait.is_some_and(|w| w < Duration::from_millis(999));
        (0..100).map(|_| pace.turn(at(from))).take_while(within).count()
    }

    #[test]
    fn the_contracted_rate_is_never_passed() {
        assert_eq!(turns(&mut Pace::new(30), 0), 30);
        assert_eq!(turns(&mut Pace::new(1), 0), 1);
    }

    #[test]
    fn throttling_pauses_and_halves_the_rate_once() {
        let mut pace = Pace::new(40);
        for _ in 0..10 {
            pace.throttled(at(1_000), at(1_050), Duration::from_millis(500));
        }
        assert_eq!(pace.turn(at(1_050)), Some(Duration::from_millis(500)));
        assert_eq!(turns(&mut pace, 10_000), 20);
    }

    #[test]
    fn successes_bring_the_rate_back_and_no_further() {
        let mut pace = Pace::new(8);
        pace.throttled(at(1), at(2), Duration::ZERO);
        for _ in 0..1_000 {
            pace.took();
        }
        assert_eq!(turns(&mut pace, 10_000), 8);
    }

    #[test]
    fn a_text_is_refused_a_turn_rather_than_kept_waiting() {
        let mut pace = Pace::new(1);
        let waits: Vec<_> = (0..5).map(|_| pace.turn(at(0)).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [Some(0), Some(1), Some(2), Some(3), None]);
    }

    proptest! {
        #[test]
        fn the_rate_stays_between_one_and_the_contract(steps in proptest::collection::vec(any::<bool>(), 0..200), ceiling in 1_u32..200) {
            let mut pace = Pace::new(ceiling);
            for (now, took) in (1_i64..).zip(steps) {
                if took { pace.took() } else { pace.throttled(at(now), at(now), Duration::ZERO) }
                prop_assert!(pace.rate >= 1.0 && pace.rate <= f64::from(ceiling));
            }
        }
    }
}
