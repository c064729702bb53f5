#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{ports::Messages, receive::receive, usage::Meter};
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

impl<P: Messages> Worker for Ingest<P> {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        let report = events::receipt(body)?;
        self.meter.share(&report.store.to_string());
        receive(&self.ports, &report).await?;
        Ok(Handled::Done)
    }
}
