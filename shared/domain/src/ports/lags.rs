//! How long texts wait.

use std::future::Future;

use jiff::Timestamp;

use crate::{Fault, Mode, id::StoreId, lag::Lag};

/// The text that waits longest for its sender, of each mode: the deployment's, as all stores have
/// the same senders.
pub trait Lags: Send + Sync {
    /// Notes it, unless an older one was seen lately.
    fn note_lag(
        &self,
        of: (StoreId, Mode),
        lag: Lag,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Notes that a text that was asked for then was claimed, if one waits.
    fn note_flow(
        &self,
        of: (StoreId, Mode),
        asked: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The one that was noted last. Implementations may answer from a cache of at most 5 s.
    fn lag(&self, of: (StoreId, Mode)) -> impl Future<Output = Result<Option<Lag>, Fault>> + Send;
}
