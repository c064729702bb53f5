//! Wires `send` for the carrier that it is deployed for.

use doorstep_adapters::{Aws, Table, carriers, kms::Kms, sqs::SqsQueue, system::System};
use doorstep_edge::{batch::Function, config::Config, fuse::Fused, telemetry};
use send::Sender;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let needs = ["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "QUEUE_URL", "DLQ_URL", "CARRIER"];
    let config = Config::read(&needs)?;
    let aws = Aws::load().await;
    let queue = SqsQueue::new(&aws, config.queue_url).with_dead_letters(config.dlq_url);
    let eum = carriers::EumConfig {
        origination: config.eum_origination,
        configuration_set: config.eum_configuration_set,
        max_price_usd: config.max_price_usd,
        endpoint_url: config.eum_endpoint_url,
        ..Default::default()
    };
    let name = config.carrier;
    let settings = carriers::Settings {
        receipts: config.receipts_queue_url,
        sender: config.sns_sender_id,
        eum,
        public_url: config.public_url.unwrap_or_default(),
        twilio_base_url: config.base_urls.twilio,
        vonage_base_url: config.base_urls.vonage,
        http_carrier_url: config.base_urls.http,
    };
    let carrier = Fused::new(carriers::wire(&aws, name, settings), System);
    let ports = Table::new(&aws, config.state_table, config.evidence_table);
    let ring = Kms::new(&aws, config.key_id);
    let worker = Sender { carrier, name, ports, ring, meter: aws.meter.clone() };
    Function { name: "send", queue, system: System, meter: aws.meter }.serve(worker).await
}
