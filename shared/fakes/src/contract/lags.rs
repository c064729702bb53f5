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
    let lag = |since, seen| Lag { since: at(since), seen: at(seen), flowed: None };
    let note = async |lag| open().await.note_lag((store, Mode::Test), lag).await.unwrap();
    let found = async || open().await.lag((store, Mode::Test)).await.unwrap();
    assert_eq!(found().await, None);
    note(lag(0, 10)).await;
    assert_eq!(found().await, Some(lag(0, 10)));
    note(lag(5, 12)).await;
    assert_eq!(found().await, Some(lag(0, 10)), "a younger one waits less long");
    note(lag(0, 15)).await;
    assert_eq!(found().await, Some(lag(0, 15)), "it still waits");
    open().await.note_flow((store, Mode::Test), at(9)).await.unwrap();
    open().await.note_flow((store, Mode::Test), at(8)).await.unwrap();
    let flows = Lag { flowed: Some(at(9)), ..lag(0, 15) };
    assert_eq!(found().await, Some(flows), "texts asked for later were claimed");
    let later = 15 + HOLDS.as_secs();
    note(lag(20, later)).await;
    let gone = Lag { flowed: Some(at(9)), ..lag(20, later) };
    assert_eq!(found().await, Some(gone), "the older one is gone");
    open().await.note_flow((store, Mode::Live), at(9)).await.unwrap();
    assert_eq!(open().await.lag((store, Mode::Live)).await.unwrap(), None, "nothing waits there");
}
