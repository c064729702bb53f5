#![doc = include_str!("../README.md")]

use doorstep_domain::{
    Fault,
    audit::chain::{Turned, turn},
    ports::{Chain, Clock, Heads, Leases, Notary},
};
use doorstep_edge::{
    scheduled::{Job, Turn},
    telemetry,
};

/// Links and signs.
pub struct AuditChain<P, B, N> {
    /// The chain, leases and the clock.
    pub ports: P,
    /// Where signed heads go.
    pub bucket: B,
    /// Who signs.
    pub notary: N,
}

impl<P: Chain + Leases + Clock, B: Heads, N: Notary> Job for AuditChain<P, B, N> {
    async fn run(&self, at: Turn<'_>) -> Result<(), Fault> {
        let turned = turn(&self.ports, &self.bucket, &self.notary, (at.request_id, at.deadline));
        match turned.await? {
            Turned::NotOurs => telemetry::idle("Another turn links audit entries."),
            Turned::Linked { links, signed } => telemetry::linked(links, signed),
        }
        Ok(())
    }
}
