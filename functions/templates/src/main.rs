//! Wires `templates`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table};
use doorstep_edge::{config::Config, http::Function, telemetry};
use templates::TemplateRoutes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE"])?;
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let routes = TemplateRoutes { ports: Arc::clone(&ports) };
    Function { name: "templates", ports, meter: aws.meter }.serve(routes).await
}
