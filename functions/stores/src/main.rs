//! Wires `stores`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, carriers::shape_fields, kms::Kms, sqs::SenderQueues};
use doorstep_domain::{carrier::CarrierName, egress::Reach};
use doorstep_edge::{config::Config, http::Function, telemetry};
use stores::{AnyShape, StoreRoutes};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "QUEUE_URL"])?;
    let absent = config.absent();
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let (kms, public_url) = (Kms::new(&aws, config.key_id), config.public_url);
    let live_route = config.live_route;
    let any_shape = AnyShape { reach: Reach::of_stage(&config.stage), fields: shape_fields };
    let backlog = SenderQueues::beside(&aws, &config.queue_url, CarrierName::Twilio);
    let (function, meter) = (Arc::clone(&ports), aws.meter);
    let routes = StoreRoutes { ports, kms, public_url, live_route, absent, any_shape, backlog };
    Function { name: "stores", ports: function, meter }.serve(routes).await
}
