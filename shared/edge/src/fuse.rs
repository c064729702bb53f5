//! Keeps a dead carrier from holding up a whole batch.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use doorstep_domain::{
    carrier::{FailureClass, Outcome, Outgoing},
    health::{FUSED, Fuse},
    ports::{Carrier, Clock},
};

/// A carrier behind a fuse for each of its accounts. It lasts as long as this process is warm.
/// Test mode's carriers play failures as outcomes of their own, and have none.
pub struct Fused<C, T> {
    carrier: C,
    clock: T,
    fuses: Mutex<HashMap<Option<String>, Fuse>>,
}

impl<C, T> Fused<C, T> {
    /// The carrier, behind fuses that are whole.
    pub fn new(carrier: C, clock: T) -> Self {
        Self { carrier, clock, fuses: Mutex::default() }
    }

    /// Works with the fuse of this text's account.
    fn fuse<R>(&self, text: &Outgoing, work: impl FnOnce(&mut Fuse) -> R) -> R {
        let account = text.account.as_ref().map(|account| account.id.clone());
        let mut fuses = self.fuses.lock().unwrap_or_else(PoisonError::into_inner);
        work(fuses.entry(account).or_default())
    }
}

impl<C: Carrier, T: Clock> Carrier for Fused<C, T> {
    async fn send(&self, text: &Outgoing) -> Outcome {
        if text.carrier.is_sandbox() {
            return self.carrier.send(text).await;
        }
        if !self.fuse(text, |fuse| fuse.allow(self.clock.now())) {
            return Outcome::Failed { class: FailureClass::CarrierDown, code: FUSED.to_owned() };
        }
        let outcome = self.carrier.send(text).await;
        let ok = match &outcome {
            Outcome::Accepted { .. } => true,
            Outcome::Failed { class, .. } => !class.counts_against_carrier(),
        };
        self.fuse(text, |fuse| fuse.saw(self.clock.now(), ok));
        outcome
    }
}
