//! Wires `preferences`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, kms::Kms};
use doorstep_domain::guard::Pool;
use doorstep_edge::{config::Config, http::Function, telemetry};
use preferences::Centre;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID"])?;
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let ring = Kms::new(&aws, config.key_id);
    let (live_route, pool) = (config.live_route, Pool::default());
    let routes = Centre { ports: Arc::clone(&ports), ring, live_route, pool };
    Function { name: "preferences", ports, meter: aws.meter }.serve(routes).await
}
