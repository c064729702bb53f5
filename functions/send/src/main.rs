//! Wires `send` for the carrier that it is deployed for.

mod wiring;

use doorstep_adapters::{Aws, Table, carriers, kms::Kms, sqs::SqsQueue, system::System};
use doorstep_domain::guard::Pool;
use doorstep_edge::{batch::Function, config::Config, fuse::Fused, telemetry};
use send::Sender;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let needs = ["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "QUEUE_URL", "DLQ_URL", "CARRIER"];
    let config = Config::read(&needs)?;
    let aws = Aws::load().await;
    let queue =
        SqsQueue::new(&aws, config.queue_url.clone()).with_dead_letters(config.dlq_url.clone());
    let name = config.carrier;
    let carrier = Fused::new(carriers::wire(&aws, name, wiring::settings(&config)), System);
    let ports = Table::new(&aws, config.state_table, config.evidence_table);
    let ring = Kms::new(&aws, config.key_id);
    let pool = Pool::default();
    let worker = Sender { carrier, name, ports, ring, pool, meter: aws.meter.clone() };
    Function { name: "send", queue, system: System, meter: aws.meter }.serve(worker).await
}
