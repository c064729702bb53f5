//! Wires `users`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, kms::Kms};
use doorstep_edge::{config::Config, http::Function, telemetry};
use users::UserRoutes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID"])?;
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let ring = Kms::new(&aws, config.key_id);
    let routes = UserRoutes { ports: Arc::clone(&ports), ring };
    Function { name: "users", ports, meter: aws.meter }.serve(routes).await
}
