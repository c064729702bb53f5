#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{
    keys::DataKeys,
    ports::{KeyRing, Stores},
    store::Store,
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events::{Job, JobEvent, JobKind},
};

/// What this function needs of storage.
pub trait Ports: Stores {}
impl<P: Stores> Ports for P {}

/// Does jobs.
pub struct Jobs<P, K> {
    /// Storage.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: Ports, K: KeyRing> Worker for Jobs<P, K> {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        let job = JobEvent::read(body)?;
        self.meter.share(&job.scope.0.to_string());
        // Of a store that is gone nothing is held.
        let Some(store) = self.ports.find(job.scope.0).await? else { return Ok(Handled::Done) };
        let keys = self.ring.data(&store, job.scope.1).await?;
        self.work(&job, (&store, &keys)).await
    }
}

impl<P: Ports, K: KeyRing> Jobs<P, K> {
    async fn work(
        &self,
        job: &Job,
        (_store, _keys): (&Store, &DataKeys),
    ) -> Result<Handled, Unhandled> {
        match job.kind {
            JobKind::Export | JobKind::Erase => Ok(Handled::Done),
        }
    }
}
