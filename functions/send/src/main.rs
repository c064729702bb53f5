//! Wires `send` for the carrier that it is deployed for.

use doorstep_adapters::{Aws, Table, carriers, kms::Kms, sqs::SqsQueue, system::SystemClock};
use doorstep_edge::{batch::Function, config::Config, telemetry};
use send::Sender;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config =
        Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "QUEUE_URL", "CARRIER"])?;
    let aws = Aws::load().await;
    let queue = SqsQueue::new(&aws, config.queue_url);
    let eum = carriers::EumConfig {
        origination: config.eum_origination,
        configuration_set: config.eum_configuration_set,
        max_price_usd: config.max_price_usd,
        endpoint_url: config.eum_endpoint_url,
        ..Default::default()
    };
    let (receipts, sender) = (config.receipts_queue_url, config.sns_sender_id);
    let settings = carriers::Settings { receipts, sender, eum, ..Default::default() };
    let carrier = carriers::wire(&aws, config.carrier, settings);
    let ports = Table::new(&aws, config.state_table, config.evidence_table);
    let ring = Kms::new(&aws, config.key_id);
    let worker = Sender { carrier, ports, ring, meter: aws.meter.clone() };
    Function { name: "send", queue, clock: SystemClock, meter: aws.meter }.serve(worker).await
}
