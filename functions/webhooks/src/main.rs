//! Wires `webhooks`: behind the API, or behind the topics of End User Messaging.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, carriers, kms::Kms, sqs::SqsQueue, system::SystemClock};
use doorstep_edge::{config::Config, http, sns, telemetry};
use webhooks::{EumEvents, Webhooks};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let needs = ["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "RECEIPTS_QUEUE_URL"];
    let config = Config::read(&needs)?;
    let aws = Aws::load().await;
    let (meter, queue) = (aws.meter.clone(), SqsQueue::new(&aws, config.receipts_queue_url));
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let ring = Kms::new(&aws, config.key_id);
    if config.carrier.is_some() {
        let events = EumEvents { ports, ring, queue, ears: carriers::EumEars };
        let function = sns::Function { name: "webhooks-eum", clock: SystemClock, meter };
        return Box::pin(function.serve(events)).await;
    }
    let (ears, standard) = (carriers::Ears, carriers::StandardEars);
    let public_url = config.public_url;
    let routes = Webhooks { ports: Arc::clone(&ports), ring, queue, ears, standard, public_url };
    Box::pin(http::Function { name: "webhooks", ports, meter }.serve(routes)).await
}
