//! Numbers as people read them.

use std::time::Duration;

/// Milliseconds with fractions.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Megabytes from KiB.
#[expect(clippy::cast_precision_loss, reason = "a process has less than 2^52 KiB")]
pub(crate) fn megabytes(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}

/// The value below which `percent` of these are.
pub(crate) fn percentile<T: Copy + Ord>(values: &[T], percent: usize) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().checked_sub(1)?;
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1).min(last)).copied()
}

/// Whether a number to reach was reached.
pub(crate) const fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}
