//! How long texts wait.

use std::future::Future;

use crate::{Fault, Mode, lag::Lag};

/// The text of a mode that waits longest for its sender, over all stores.
pub trait Lags: Send + Sync {
    /// Notes it, unless an older one was seen lately.
    fn note_lag(&self, mode: Mode, lag: Lag) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The one that was noted last. Implementations may answer from a cache of at most 5 s.
    fn lag(&self, mode: Mode) -> impl Future<Output = Result<Option<Lag>, Fault>> + Send;
}
