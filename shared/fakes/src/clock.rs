//! A clock that stands still until it is told to go on.

use std::sync::atomic::{AtomicI64, Ordering};

use doorstep_domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};

/// A clock for tests.
#[derive(Debug)]
pub struct StillClock(AtomicI64);

impl Default for StillClock {
    /// Midday of 1 January 2027, UTC.
    fn default() -> Self {
        Self(AtomicI64::new(1_798_804_800_000))
    }
}

impl StillClock {
    /// Lets time pass.
    pub fn pass(&self, time: SignedDuration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).unwrap()
    }
}
