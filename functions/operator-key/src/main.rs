//! Wires `operator-key`.

use doorstep_adapters::{Aws, Table, secrets::Secret};
use doorstep_edge::{config::Config, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "OPERATOR_SECRET"])?;
    let aws = Aws::load().await;
    let table = Table::new(&aws, config.state_table, config.evidence_table);
    operator_key::serve(table, Secret::new(&aws, config.operator_secret)).await
}
