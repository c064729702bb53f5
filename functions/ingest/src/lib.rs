#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{
    ports::{Links, Messages},
    receive::{Of, receive},
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events,
};

/// Applies what its queue carries.
pub struct Ingest<P> {
    /// Storage.
    pub ports: P,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: Messages + Links> Worker for Ingest<P> {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        let report = events::receipt(body)?;
        if let Of::Ours(store, ..) = &report.of {
            self.meter.share(&store.to_string());
        }
        receive(&self.ports, &report).await?;
        Ok(Handled::Done)
    }
}
