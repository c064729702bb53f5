#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{
    Mode, account,
    carrier::CarrierName,
    deliver::{self, Delivered, deliver},
    ports::{Carrier, KeyRing, Stores},
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events::SendEvent,
    telemetry,
};

/// Delivers what its queue carries.
pub struct Sender<P, K, C> {
    /// Storage and the clock.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// The carrier.
    pub carrier: C,
    /// Its name, if it may need an account.
    pub name: Option<CarrierName>,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P, K, C> Worker for Sender<P, K, C>
where
    P: deliver::Ports + Stores,
    K: KeyRing,
    C: Carrier,
{
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        let (event, dispatch) = SendEvent::read(body)?;
        self.meter.share(&event.store);
        let Some(store) = Stores::find(&self.ports, dispatch.store).await? else {
            return Ok(Handled::Done);
        };
        let data = self.ring.data(&store, dispatch.mode).await?;
        let codes = self.ring.codes(&store, dispatch.mode).await?;
        let keys = deliver::Keys { data: &data, codes: &codes };
        let account = match self.name {
            Some(name) if dispatch.mode == Mode::Live && name.needs_account() => {
                account::open(&self.ports, &self.ring, &store, name).await?
            }
            _ => None,
        };
        let sender = deliver::Sender { store: &store, keys, account: account.as_ref() };
        let delivered = deliver(&self.ports, &self.carrier, sender, &dispatch).await?;
        telemetry::at_text(&event.traceparent, &event.message, delivered == Delivered::Done);
        match delivered {
            Delivered::Done => Ok(Handled::Done),
            Delivered::Again(after) => Ok(Handled::Again(after)),
        }
    }
}
