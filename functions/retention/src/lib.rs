#![doc = include_str!("../README.md")]

use doorstep_domain::{
    Fault,
    ports::{Clock, Leases, Objects, Shelves},
    sweep::{Swept, sweep},
};
use doorstep_edge::{
    scheduled::{Job, Turn},
    telemetry,
};

/// Sweeps.
pub struct Retention<P, B> {
    /// The tables, leases and the clock.
    pub ports: P,
    /// Exports and imports.
    pub bucket: B,
}

impl<P: Shelves + Leases + Clock, B: Objects> Job for Retention<P, B> {
    async fn run(&self, at: Turn<'_>) -> Result<(), Fault> {
        match sweep(&self.ports, &self.bucket, (at.request_id, at.deadline)).await? {
            Swept::NotOurs => telemetry::idle("Another turn sweeps."),
            Swept::Rests => telemetry::idle("This night's sweep is done."),
            Swept::GoesOn(tally) => telemetry::sweeping(&tally),
            Swept::Done(tally) => telemetry::swept(&tally),
        }
        Ok(())
    }
}
