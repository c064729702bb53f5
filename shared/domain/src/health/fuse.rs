//! A quick breaker inside one warm sender, for what cannot wait for [`decide`](super::decide).

use jiff::{SignedDuration, Timestamp};

/// Failures in a row that open it: two can be chance, and the third would cost the next text in the
/// batch its time-out too.
const ROW: usize = 3;
/// The row must be this short in time.
const WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// One text may try every so often while it is open: a little more than a carrier's time-out of
/// 4 s, so that a hanging carrier holds up one text at a time.
const OPEN: SignedDuration = SignedDuration::from_secs(5);

/// The code of a text that a fuse held back: it says nothing new of the carrier.
pub const FUSED: &str = "fuse";

/// Keeps a dead carrier from holding up a whole batch. It knows one process only, lasts seconds,
/// and leaves no record; [`decide`](super::decide) does the rest.
#[derive(Debug, Clone, Default)]
pub struct Fuse {
    /// Failures since the last success, the newest three.
    failures: Vec<Timestamp>,
    /// When the next text may try.
    next: Option<Timestamp>,
}

impl Fuse {
    /// Whether a text may go to the carrier now. While open, one in 5 s may.
    pub fn allow(&mut self, now: Timestamp) -> bool {
        match self.next {
            Some(next) if now < next => false,
            Some(_) => {
                self.next = Some(now + OPEN);
                true
            }
            None => true,
        }
    }

    /// Tells how a text went. `ok` is false for failures that [count against the
    /// carrier](crate::carrier::FailureClass::counts_against_carrier) and for time-outs.
    pub fn saw(&mut self, now: Timestamp, ok: bool) {
        if ok {
            *self = Self::default();
            return;
        }
        self.failures.push(now);
        self.failures.retain(|failure| now.duration_since(*failure) <= WITHIN);
        if self.failures.len() >= ROW || self.next.is_some() {
            self.failures.drain(..self.failures.len() - self.failures.len().min(ROW));
            self.next = Some(now + OPEN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// Plays `saw` for every `(second, ok)`.
    fn fuse(seen: &[(i64, bool)]) -> Fuse {
        let mut fuse = Fuse::default();
        for (second, ok) in seen {
            fuse.saw(at(*second), *ok);
        }
        fuse
    }

    #[test]
    fn three_failures_in_a_row_within_ten_seconds_open_it() {
        for (seen, open) in [
            (&[][..], false),
            (&[(0, false), (1, false)], false),
            (&[(0, false), (4, false), (10, false)], true),
            (&[(0, false), (4, false), (11, false)], false),
            (&[(0, false), (1, true), (2, false), (3, false)], false),
            (&[(0, false), (1, false), (2, false), (3, true)], false),
        ] {
            let last = seen.last().map_or(0, |(second, _)| *second);
            assert_eq!(!fuse(seen).allow(at(last)), open, "{seen:?}");
        }
    }

    #[test]
    fn one_text_in_five_seconds_may_try_while_it_is_open() {
        let mut fuse = fuse(&[(0, false), (0, false), (0, false)]);
        let allowed: Vec<i64> = (0..20).filter(|second| fuse.allow(at(*second))).collect();
        assert_eq!(allowed, [5, 10, 15]);
    }

    #[test]
    fn a_failed_try_keeps_it_open_and_a_good_one_closes_it() {
        let mut fuse = fuse(&[(0, false), (0, false), (0, false)]);
        assert!(fuse.allow(at(60)));
        fuse.saw(at(64), false);
        assert!(!fuse.allow(at(68)));
        assert!(fuse.allow(at(69)));
        fuse.saw(at(70), true);
        assert!(fuse.allow(at(70)) && fuse.allow(at(70)));
    }

    #[test]
    fn a_hanging_carrier_holds_up_few_of_two_hundred_texts() {
        let mut fuse = Fuse::default();
        let (mut now, mut held) = (0, 0);
        for _ in 0..200 {
            if fuse.allow(at(now)) {
                held += 1;
                now += 4;
                fuse.saw(at(now), false);
            }
        }
        assert_eq!(held, 3);
    }
}
