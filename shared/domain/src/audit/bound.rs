//! How many refusals are written down: a flood of bad keys must not become a flood of evidence.

use jiff::Timestamp;

/// So many at once.
const BURST: i64 = 10;
/// Afterwards one in so many milliseconds.
const EVERY: i64 = 1_000;

/// Lets ten through, then one a second, and counts the others. Each warm instance has its own.
#[derive(Debug, Default)]
pub struct Bound {
    /// When the last place that was taken is free again: at most `BURST` places ahead of now.
    taken_until: i64,
    suppressed: u32,
}

impl Bound {
    /// Whether this one is written: then how many were not since the one before.
    pub fn admit(&mut self, now: Timestamp) -> Option<u32> {
        let now = now.as_millisecond();
        let next = self.taken_until.max(now) + EVERY;
        if next > now + BURST * EVERY {
            self.suppressed = self.suppressed.saturating_add(1);
            return None;
        }
        self.taken_until = next;
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_798_804_800_000 + millis).unwrap()
    }

    #[test]
    fn ten_at_once_then_one_a_second_and_the_rest_is_counted() {
        let mut bound = Bound::default();
        let written = (0..100).filter(|_| bound.admit(at(0)).is_some()).count();
        assert_eq!(written, 10);
        assert_eq!(bound.admit(at(999)), None);
        assert_eq!(bound.admit(at(1_000)), Some(91));
        assert_eq!(bound.admit(at(1_001)), None);
        assert_eq!(bound.admit(at(60_000)), Some(1));
    }

    proptest! {
        #[test]
        fn none_is_lost_and_no_flood_gets_through(gaps in prop::collection::vec(0_i64..3_000, 1..200)) {
            let (mut bound, mut now, mut told, mut written) = (Bound::default(), 0, 0, 0_i64);
            for gap in &gaps {
                now += gap;
                if let Some(suppressed) = bound.admit(at(now)) {
                    written += 1;
                    told += i64::from(suppressed) + 1;
                }
            }
            prop_assert!(written <= BURST + now / EVERY);
            prop_assert_eq!(told + i64::from(bound.suppressed), i64::try_from(gaps.len()).unwrap());
        }
    }
}
