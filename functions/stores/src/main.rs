//! Wires `stores`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, carriers::shape_fields, kms::Kms};
use doorstep_domain::egress::Reach;
use doorstep_edge::{config::Config, http::Function, telemetry};
use stores::{AnyShape, StoreRoutes};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID"])?;
    let absent = config.absent();
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let (kms, public_url) = (Kms::new(&aws, config.key_id), config.public_url);
    let live_route = config.live_route;
    let any_shape = AnyShape { reach: Reach::of_stage(&config.stage), fields: shape_fields };
    let ports_of_routes = Arc::clone(&ports);
    let routes =
        StoreRoutes { ports: ports_of_routes, kms, public_url, live_route, absent, any_shape };
    Function { name: "stores", ports, meter: aws.meter }.serve(routes).await
}
