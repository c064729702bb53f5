//! What came of a simulation.

use std::collections::BTreeMap;

use doorstep_domain::{money::Money, phone::Region, price};

/// What came of one party's requests.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Sign-ups that were asked for.
    pub signups: u32,
    /// Of them, those that had to solve a challenge, by the rule that asked for most.
    pub challenged: BTreeMap<String, u32>,
    /// Of them, those that got no text, by the rule that refused.
    pub refused: BTreeMap<String, u32>,
    /// Resends that were refused.
    pub resends_refused: u32,
    /// Texts that were sent.
    pub texts: u32,
    /// Sign-ups that were verified.
    pub verified: u32,
    /// What the texts cost, in billionths of a pound.
    nanos: i64,
}

impl Tally {
    pub(super) fn text(&mut self, region: Region) {
        self.texts += 1;
        self.nanos += price::estimate(region, 1).nanos();
    }

    /// What the texts cost.
    #[must_use]
    pub fn cost(&self) -> Money {
        Money::pounds(self.nanos)
    }

    /// The share of sign-ups that were asked to solve something, in percent.
    #[must_use]
    pub fn challenged_percent(&self) -> f64 {
        self.percent(&self.challenged)
    }

    /// The share of sign-ups that got no text, in percent.
    #[must_use]
    pub fn refused_percent(&self) -> f64 {
        self.percent(&self.refused)
    }

    fn percent(&self, by: &BTreeMap<String, u32>) -> f64 {
        f64::from(by.values().sum::<u32>()) * 100.0 / f64::from(self.signups.max(1))
    }
}
