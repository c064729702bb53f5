//! Wires `carrier-health`.
#![recursion_limit = "256"] // its futures nest deeper than most

use std::sync::Arc;

use carrier_health::CarrierHealth;
use doorstep_adapters::{Aws, Table, system::System};
use doorstep_edge::{config::Config, telemetry, watch::Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "LIVE_ROUTE"])?;
    let aws = Aws::load().await;
    let meter = Arc::clone(&aws.meter);
    let ports = Table::new(&aws, config.state_table, config.evidence_table);
    let watcher = CarrierHealth { ports, live_route: config.live_route };
    Function { name: "carrier-health", clock: System, meter }.serve(watcher).await
}
