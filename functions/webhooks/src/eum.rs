//! Events of End User Messaging, from topics of ours.

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    account::Unique,
    carrier::CarrierName,
    hear::Heard,
    id::StoreId,
    ports::{Inbox, KeyRing, Overhearing},
};
use doorstep_edge::{
    heard::{HeardEvent, Source},
    sns::Subscriber,
    telemetry, trace,
};

use crate::Ports;

/// Hears End User Messaging. It has no account of a store: a receipt names its store by the echo
/// of our context, a text by the number that it came to.
pub struct EumEvents<P, K, Q, E> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
    /// The queue that `ingest` reads from.
    pub queue: Q,
    /// Reads the topics' messages.
    pub ears: E,
}

const EUM: CarrierName = CarrierName::Eum;

impl<P: Ports, K: KeyRing, Q: Inbox, E: Overhearing> Subscriber for EumEvents<P, K, Q, E> {
    async fn handle(&self, message: &str) -> Result<(), Fault> {
        let Some(heard) = self.ears.overhear(message) else { return Ok(()) };
        let trace = trace::parent(None, "");
        let dropped = |reason| telemetry::dropped(&trace, EUM.as_str(), reason);
        let Some(store) = self.store(&heard).await? else {
            dropped("no_store");
            return Ok(());
        };
        let Some(store) = self.ports.find(store).await? else {
            dropped("store_gone");
            return Ok(());
        };
        let keys = self.ring.data(&store, Mode::Live).await?;
        let source = Source { carrier: EUM, account: None, at: self.ports.now(), trace: &trace };
        let event = HeardEvent::seal(&keys, source, &heard, &*self.ports);
        self.queue.put(event.body()).await
    }
}

impl<P: Ports, K, Q, E> EumEvents<P, K, Q, E> {
    async fn store(&self, heard: &Heard) -> Result<Option<StoreId>, Fault> {
        match heard {
            Heard::Receipt(receipt) => Ok(receipt.message.and_then(|(store, _)| store)),
            Heard::Text(text) => {
                let Some(number) = Unique::number(&text.to) else { return Ok(None) };
                Ok(self.ports.holder(&number).await?.map(|holder| holder.store))
            }
        }
    }
}
