//! Comparing two carriers' shares of bad texts.

use std::fmt;

/// So many bad ones of so many texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// The bad ones; never more than `of`.
    pub bad: u32,
    /// All.
    pub of: u32,
}

impl Share {
    /// So many good ones of so many texts.
    #[must_use]
    pub fn missing(good: u32, of: u32) -> Self {
        Self { bad: of.saturating_sub(good), of }
    }

    /// The ones that went well.
    #[must_use]
    pub const fn good(self) -> u32 {
        self.of.saturating_sub(self.bad)
    }

    /// How many percentage points more are bad than of the others. Without any texts, none are.
    #[must_use]
    pub fn excess(self, others: Self) -> f64 {
        100.0 * (self.rate() - others.rate())
    }

    /// Whether that difference is more than chance, by so many standard deviations: either side gets a good and a bad text more, so
    /// that few texts prove little (Agresti and Caffo, The American Statistician 54, 2000), and of
    /// the two usual estimates of the spread, each side's own and the common one, the wider holds.
    #[must_use]
    pub fn surely_above(self, others: Self, deviations: f64) -> bool {
        let (mine, theirs) = (self.cautious(), others.cautious());
        let own = mine.variance(mine.rate()) + theirs.variance(theirs.rate());
        let common = (mine + theirs).rate();
        let spread = own.max(mine.variance(common) + theirs.variance(common)).sqrt();
        mine.rate() - theirs.rate() >= deviations * spread
    }

    const fn cautious(self) -> Self {
        Self { bad: self.bad + 1, of: self.of + 2 }
    }

    /// The variance of the share of so many texts, each bad with this probability.
    fn variance(self, rate: f64) -> f64 {
        rate * (1.0 - rate) / f64::from(self.of)
    }

    fn rate(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.bad) / f64::from(self.of) }
    }
}

impl std::ops::Add for Share {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { bad: self.bad + other.bad, of: self.of + other.of }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.bad, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn share(bad: u32, of: u32) -> Share {
        Share { bad, of }
    }

    #[test]
    fn few_texts_prove_little_and_many_prove_much() {
        for (mine, others, sure) in [
            (share(3, 3), share(0, 3), false),
            (share(5, 5), share(0, 5), false),
            (share(7, 7), share(0, 6), false),
            (share(10, 10), share(0, 10), true),
            (share(10, 15), share(0, 15), false),
            (share(6, 20), share(100, 2000), false),
            (share(11, 20), share(100, 2000), true),
            (share(30, 200), share(5, 200), true),
            (share(18, 200), share(5, 200), false),
        ] {
            assert_eq!(mine.surely_above(others, 4.0), sure, "{mine} against {others}");
            assert!(!others.surely_above(mine, 4.0));
        }
    }

    #[test]
    fn where_nearly_all_are_bad_a_bad_row_proves_nothing() {
        assert!(!share(15, 15).surely_above(share(12, 15), 4.0));
        assert!(!share(15, 15).surely_above(share(15, 15), 4.0));
    }

    #[test]
    fn nothing_of_nothing_is_not_bad() {
        assert!(!share(0, 0).surely_above(share(0, 0), 4.0));
        assert!(share(0, 0).excess(share(1, 10)) < 0.0);
    }
}
