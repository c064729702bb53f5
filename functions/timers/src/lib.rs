#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{
    ports::{KeyRing, Stores},
    timer::{self, Next, Waits, wake},
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events::SendEvent,
};
use jiff::SignedDuration;

/// The longest that a queue hides a message is 12 hours from its receipt; a timer that is due
/// later looks again before.
const LONGEST: SignedDuration = SignedDuration::from_hours(11);

/// Holds events until they are due.
pub struct Timers<P, K> {
    /// Storage and the clock.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// How long to wait for what.
    pub waits: Waits,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: timer::Ports + Stores, K: KeyRing> Worker for Timers<P, K> {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        let (event, dispatch) = SendEvent::read(body)?;
        self.meter.share(&event.store);
        let Some(store) = Stores::find(&self.ports, dispatch.store).await? else {
            return Ok(Handled::Done);
        };
        let keys = self.ring.data(&store, dispatch.mode).await?;
        let next = wake(&self.ports, &store, &keys, (&dispatch, self.waits)).await?;
        Ok(match next {
            Next::Done => Handled::Done,
            Next::At(due) => {
                let wait = due.duration_since(self.ports.now());
                Handled::Again(wait.clamp(SignedDuration::from_secs(1), LONGEST))
            }
        })
    }
}
