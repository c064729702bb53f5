//! Chance for a simulated market: the same seed, the same shoppers.

use doorstep_domain::ports::Chance;

use crate::Seeded;

/// Dice that repeat themselves.
#[derive(Debug)]
pub(super) struct Dice(Seeded);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(Seeded::new(seed))
    }

    /// 32 bits.
    pub(super) fn bits(&self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    /// From 0 to, not including, 1.
    pub(super) fn part(&self) -> f64 {
        f64::from(self.bits()) / 4_294_967_296.0
    }

    /// Whether something of this probability happens.
    pub(super) fn falls(&self, probability: f64) -> bool {
        self.part() < probability
    }

    /// One of so many, from 0.
    pub(super) fn below(&self, many: u32) -> u32 {
        u32::try_from((u64::from(self.bits()) * u64::from(many)) >> 32).unwrap_or_default()
    }

    /// Around 0, as errors are: the sum of twelve parts is nearly normal.
    pub(super) fn normal(&self) -> f64 {
        (0..12).map(|_| self.part()).sum::<f64>() - 6.0
    }

    /// A whole number near this one, so that they are right on average.
    pub(super) fn round(&self, number: f64) -> u32 {
        let whole = std::time::Duration::from_secs_f64(number.max(0.0)).as_secs();
        let whole = u32::try_from(whole).unwrap_or(u32::MAX);
        whole + u32::from(self.falls(number - f64::from(whole)))
    }

    /// Digits, so many.
    pub(super) fn digits(&self, many: usize) -> String {
        (0..many).map(|_| char::from(b"0123456789"[self.below(10) as usize])).collect()
    }
}
