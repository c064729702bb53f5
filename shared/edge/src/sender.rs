//! What every sender does with an event, whoever the carrier is.

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode, account,
    carrier::{Account, CarrierName},
    deliver::{self, Delivered, deliver},
    guard::Pool,
    ports::{Carrier, KeyRing, Stores},
    store::Store,
    usage::Meter,
};

use crate::{
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
    /// Its name: some need an account of the store or of the deployment.
    pub name: Option<CarrierName>,
    /// Sends that were counted ahead.
    pub pool: Pool,
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
        let deployment = Stores::find(&self.ports, Store::DEPLOYMENT).await?;
        let deployment =
            deployment.ok_or_else(|| Fault::new("read the deployment", "no_deployment"))?;
        let data = self.ring.data(&store, dispatch.mode).await?;
        let codes = self.ring.codes(&store, dispatch.mode).await?;
        let of_all = match dispatch.mode {
            Mode::Live => self.ring.data(&deployment, dispatch.mode).await?,
            Mode::Test => Arc::clone(&data),
        };
        let keys = deliver::Keys { data: &data, codes: &codes, shared: &of_all };
        let account = self.account(&store, dispatch.mode).await?;
        let (account, deployment, pool) = (account.as_ref(), &*deployment, &self.pool);
        let sender = deliver::Sender { store: &store, keys, account, deployment, pool };
        let delivered = deliver(&self.ports, &self.carrier, sender, &dispatch).await?;
        telemetry::at_text(&event.traceparent, &event.message, delivered == Delivered::Done);
        match delivered {
            Delivered::Done => Ok(Handled::Done),
            Delivered::Again(after) => Ok(Handled::Again(after)),
        }
    }
}

impl<P: Stores, K: KeyRing, C> Sender<P, K, C> {
    /// The account to send by; test mode has none.
    async fn account(&self, store: &Store, mode: Mode) -> Result<Option<Arc<Account>>, Fault> {
        match self.name.filter(|name| name.needs_account() && mode == Mode::Live) {
            Some(name) => account::open(&self.ports, &self.ring, store, name).await,
            None => Ok(None),
        }
    }
}
