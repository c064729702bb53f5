//! Wires `health`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table};
use doorstep_edge::{config::Config, http::Function, telemetry};
use health::Health;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&[])?;
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let routes = Health { version: config.version };
    Function { name: "health", ports, meter: aws.meter }.serve(routes).await
}
