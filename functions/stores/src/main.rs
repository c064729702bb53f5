//! Wires `stores`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, kms::Kms};
use doorstep_edge::{config::Config, http::Function, telemetry};
use stores::StoreRoutes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID"])?;
    let absent = config.absent();
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let (kms, public_url) = (Kms::new(&aws, config.key_id), config.public_url);
    let live_route = config.live_route;
    let routes = StoreRoutes { ports: Arc::clone(&ports), kms, public_url, live_route, absent };
    Function { name: "stores", ports, meter: aws.meter }.serve(routes).await
}
