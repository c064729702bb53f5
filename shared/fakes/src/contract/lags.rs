//! How long texts wait: the oldest that was seen lately.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    lag::{HOLDS, Lag},
    ports::Lags,
};

use crate::sample::fresh_store;

/// What [`Lags`] promises of adapters that `open` makes: each has caches of its own.
pub async fn lags<P: Lags>(open: impl AsyncFn() -> Arc<P>) {
    let store = fresh_store();
    let at = |seconds| super::at(0) + super::seconds(seconds);
    let lag = |since, seen| Lag { since: at(since), seen: at(seen) };
    let note = async |lag| open().await.note_lag((store, Mode::Test), lag).await.unwrap();
    let found = async || open().await.lag((store, Mode::Test)).await.unwrap();
    assert_eq!(found().await, None);
    note(lag(0, 10)).await;
    assert_eq!(found().await, Some(lag(0, 10)));
    note(lag(5, 12)).await;
    assert_eq!(found().await, Some(lag(0, 10)), "a younger one waits less long");
    note(lag(0, 15)).await;
    assert_eq!(found().await, Some(lag(0, 15)), "it still waits");
    let later = 15 + HOLDS.as_secs();
    note(lag(20, later)).await;
    assert_eq!(found().await, Some(lag(20, later)), "the older one is gone");
    assert_ne!(open().await.lag((store, Mode::Live)).await.unwrap(), Some(lag(20, later)));
}
