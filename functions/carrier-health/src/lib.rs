#![doc = include_str!("../README.md")]

use doorstep_domain::{
    Fault,
    health::Decision,
    ports::{Clock, HealthBook},
    route::Lane,
    steer::{fold, look},
    watch::Noticed,
};
use doorstep_edge::watch::Watcher;

/// Folds and decides.
pub struct CarrierHealth<P> {
    /// The book and the clock.
    pub ports: P,
    /// The carriers of live mode, with their points at rest.
    pub live_route: Vec<Lane>,
}

impl<P: HealthBook + Clock> Watcher for CarrierHealth<P> {
    async fn batch(&self, name: &str, noticed: Vec<Noticed>) -> Result<(), Fault> {
        tell(&fold(&self.ports, name, noticed, &self.live_route).await?);
        Ok(())
    }

    async fn tick(&self) -> Result<(), Fault> {
        tell(&look(&self.ports, &self.live_route).await?);
        Ok(())
    }
}

fn tell(decisions: &[Decision]) {
    for decision in decisions {
        tracing::warn!(
            target: "doorstep_carrier_health",
            carrier = decision.carrier.as_str(),
            country = decision.region.as_str(),
            weight = decision.to_weight,
            breaker = decision.breaker.as_str(),
            decision = %decision,
            "Traffic was moved between carriers."
        );
    }
}
