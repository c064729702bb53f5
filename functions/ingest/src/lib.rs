#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    account::Unique,
    aftermath::{self, Aftermath, Parties, Settled, follow},
    carrier::CarrierName,
    hear::{CarrierReceipt, Heard, InboundText},
    id::StoreId,
    inbound::{self, Dealt, Inbound, inbound},
    ports::{Claims, KeyRing, Links, Stores},
    price::Rates,
    receive::{Of, Received, Report, Told, receive},
    store::Store,
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events,
    heard::HeardEvent,
    telemetry,
};

/// What this function needs of storage.
pub trait Ports: inbound::Ports + aftermath::Ports + Links + Stores + Claims {}
impl<P: inbound::Ports + aftermath::Ports + Links + Stores + Claims> Ports for P {}

/// Applies what its queue carries.
pub struct Ingest<P, K> {
    /// Storage.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// What other currencies are worth in pounds.
    pub rates: Rates,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: Ports, K: KeyRing> Worker for Ingest<P, K> {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        match HeardEvent::read(body) {
            Some(event) => self.heard(&event).await,
            None => self.receives(&events::receipt(body)?).await,
        }
    }
}

impl<P: Ports, K: KeyRing> Ingest<P, K> {
    async fn heard(&self, event: &HeardEvent) -> Result<Handled, Unhandled> {
        let told = event.told()?;
        let Some(store) = Stores::find(&self.ports, told.owner).await? else {
            return Ok(dropped(event, "store_gone"));
        };
        let keys = self.ring.data(&store, Mode::Live).await?;
        match event.open(&keys)? {
            Heard::Receipt(receipt) => self.receipt(event, told, receipt).await,
            Heard::Text(text) => self.text(event, told, &text).await,
        }
    }

    async fn receipt(
        &self,
        event: &HeardEvent,
        told: Told<'_>,
        receipt: CarrierReceipt,
    ) -> Result<Handled, Unhandled> {
        match Report::of(told, receipt) {
            Some(report) => self.receives(&report).await,
            None => Ok(dropped(event, "no_message")),
        }
    }

    async fn receives(&self, report: &Report) -> Result<Handled, Unhandled> {
        if let Of::Ours(store, ..) = &report.of {
            self.meter.share(&store.to_string());
        }
        Ok(match receive(&self.ports, report).await? {
            Received::Done => Handled::Done,
            Received::Gone => {
                let carrier = report.receipt.happening.carrier;
                telemetry::dropped("", carrier.map_or("-", CarrierName::as_str), "message_gone");
                Handled::Done
            }
            Received::Follows(after) => {
                self.follows(&after).await?;
                Handled::Done
            }
        })
    }

    /// What a receipt means for the guards.
    async fn follows(&self, after: &Aftermath) -> Result<(), Fault> {
        let (ids, mode) = ([after.scope.0, Store::DEPLOYMENT], after.scope.1);
        let [Some(store), Some(deployment)] =
            [Stores::find(&self.ports, ids[0]).await?, Stores::find(&self.ports, ids[1]).await?]
        else {
            return Ok(());
        };
        let keys = self.ring.data(&store, mode).await?;
        let shared = self.ring.data(&deployment, mode).await?;
        let parties = Parties {
            store: &store,
            keys: &keys,
            deployment: &deployment,
            shared: &shared,
            rates: &self.rates,
        };
        if let Settled::Above { reserved, price } = follow(&self.ports, parties, after).await? {
            telemetry::price_above(&after.message.to_string(), after.carrier, (reserved, price));
        }
        Ok(())
    }

    async fn text(
        &self,
        event: &HeardEvent,
        told: Told<'_>,
        text: &InboundText,
    ) -> Result<Handled, Unhandled> {
        let Some(id) = self.addressee(told.owner, text).await? else {
            return Ok(dropped(event, "no_store"));
        };
        let Some(store) = Stores::find(&self.ports, id).await? else {
            return Ok(dropped(event, "store_gone"));
        };
        self.meter.share(&store.id.to_string());
        let keys = self.ring.data(&store, Mode::Live).await?;
        let (carrier, at, trace) = (told.carrier, told.at, event.traceparent.as_str());
        let dealt =
            inbound(&self.ports, &store, &keys, Inbound { carrier, text, at, trace }).await?;
        let became = match dealt {
            Dealt::Stopped => "stopped",
            Dealt::Started => "started",
            Dealt::Answered => "answered",
            Dealt::Nothing(reason) => reason,
        };
        telemetry::texted(trace, &event.carrier, became);
        Ok(Handled::Done)
    }

    /// To whom a text goes: to the store that has the account; of the deployment's account, to the
    /// store that has the number.
    async fn addressee(
        &self,
        owner: StoreId,
        text: &InboundText,
    ) -> Result<Option<StoreId>, Fault> {
        if owner != Store::DEPLOYMENT {
            return Ok(Some(owner));
        }
        let Some(number) = Unique::number(&text.to) else { return Ok(None) };
        Ok(self.ports.holder(&number).await?.map(|holder| holder.store))
    }
}

fn dropped(event: &HeardEvent, reason: &'static str) -> Handled {
    telemetry::dropped(&event.traceparent, &event.carrier, reason);
    Handled::Done
}
