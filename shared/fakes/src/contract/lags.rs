//! How long texts wait: the oldest that was seen lately.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    lag::{HOLDS, Lag},
    ports::Lags,
};
use jiff::Timestamp;

/// What [`Lags`] promises of adapters that `open` makes: each has caches of its own. The item is
/// the deployment's, so that the suite runs after whatever was noted before `from`.
pub async fn lags<P: Lags>(open: impl AsyncFn() -> Arc<P>, from: Timestamp) {
    let at = |seconds| from + super::seconds(seconds);
    let lag = |since, seen| Lag { since: at(since), seen: at(seen) };
    let note = async |lag| open().await.note_lag(Mode::Test, lag).await.unwrap();
    let found = async || open().await.lag(Mode::Test).await.unwrap();
    note(lag(0, 10)).await;
    assert_eq!(found().await, Some(lag(0, 10)));
    note(lag(5, 12)).await;
    assert_eq!(found().await, Some(lag(0, 10)), "a younger one waits less long");
    note(lag(0, 15)).await;
    assert_eq!(found().await, Some(lag(0, 15)), "it still waits");
    let later = 15 + HOLDS.as_secs();
    note(lag(20, later)).await;
    assert_eq!(found().await, Some(lag(20, later)), "the older one is gone");
    assert_ne!(open().await.lag(Mode::Live).await.unwrap(), Some(lag(20, later)));
}
