#![doc = include_str!("../README.md")]

mod document;
mod erase;
mod export;

use std::sync::Arc;

use doorstep_domain::{
    Fault, erase as erasing, export as exporting,
    import::{self as importing, turn},
    keys::DataKeys,
    ports::{Archive, Chance, Chunks, Claims, Clock, DeadLetters, KeyRing, Stores},
    store::Store,
    usage::Meter,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    events::{Job, JobEvent, JobKind, Unreadable},
};

/// What this function needs of storage.
pub trait Ports:
    Stores + Claims + erasing::Ports + exporting::Ports + importing::Ports + Clock + Chance
{
}
impl<P> Ports for P where
    P: Stores + Claims + erasing::Ports + exporting::Ports + importing::Ports + Clock + Chance
{
}

/// Does jobs.
pub struct Jobs<P, K, A, D> {
    /// Storage, clock and chance.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// The bucket.
    pub archive: A,
    /// The dead letters of what carriers told, which may be a person's own words.
    pub receipts: D,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: Ports, K: KeyRing, A: Archive + Chunks, D: DeadLetters> Worker for Jobs<P, K, A, D> {
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

impl<P: Ports, K: KeyRing, A: Archive + Chunks, D: DeadLetters> Jobs<P, K, A, D> {
    async fn work(
        &self,
        job: &Job,
        (store, keys): (&Store, &DataKeys),
    ) -> Result<Handled, Unhandled> {
        match job.kind {
            JobKind::Export => self.export(keys, parse(&job.id)?).await?,
            JobKind::Erase => self.erase(keys, parse(&job.id)?).await?,
            JobKind::Replay => {
                let (day, user) = job.id.split_once('/').ok_or(Unreadable)?;
                self.replay(keys, (parse(day)?, parse(user)?)).await?;
            }
            JobKind::Import => {
                turn(&self.ports, &self.archive, (store, keys), parse(&job.id)?).await?;
            }
        }
        Ok(Handled::Done)
    }
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Unreadable> {
    text.parse().map_err(|_| Unreadable)
}

/// What is broken where an item says what no code of ours wrote.
fn corrupt() -> Fault {
    Fault::corrupt("an export's document")
}
