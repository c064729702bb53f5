#![doc = include_str!("../README.md")]

use std::sync::Arc;

use doorstep_domain::{
    import::{self as importing, turn},
    keys::DataKeys,
    ports::{Chunks, KeyRing, Stores},
    store::Store,
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events::{Job, JobEvent, JobKind, Unreadable},
};

/// What this function needs of storage.
pub trait Ports: Stores + importing::Ports {}
impl<P: Stores + importing::Ports> Ports for P {}

/// Does jobs.
pub struct Jobs<P, K, A> {
    /// Storage.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// The bucket.
    pub archive: A,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: Ports, K: KeyRing, A: Chunks> Worker for Jobs<P, K, A> {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        let job = JobEvent::read(body)?;
        self.meter.share(&job.scope.0.to_string());
        // Of a store that is gone nothing is held.
        let Some(store) = Stores::find(&self.ports, job.scope.0).await? else {
            return Ok(Handled::Done);
        };
        let keys = self.ring.data(&store, job.scope.1).await?;
        self.work(&job, (&store, &keys)).await
    }
}

impl<P: Ports, K: KeyRing, A: Chunks> Jobs<P, K, A> {
    async fn work(
        &self,
        job: &Job,
        (store, keys): (&Store, &DataKeys),
    ) -> Result<Handled, Unhandled> {
        match job.kind {
            JobKind::Import => {
                turn(&self.ports, &self.archive, (store, keys), parse(&job.id)?).await?;
            }
            JobKind::Export | JobKind::Erase => {}
        }
        Ok(Handled::Done)
    }
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Unreadable> {
    text.parse().map_err(|_| Unreadable)
}
