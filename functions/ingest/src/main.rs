//! Wires `ingest`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, kms::Kms, sqs::SqsQueue, system::System};
use doorstep_edge::{batch::Function, config::Config, telemetry};
use ingest::Ingest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config =
        Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "QUEUE_URL", "DLQ_URL"])?;
    let aws = Aws::load().await;
    let queue = SqsQueue::new(&aws, config.queue_url).with_dead_letters(config.dlq_url);
    let ports = Table::new(&aws, config.state_table, config.evidence_table);
    let ring = Kms::new(&aws, config.key_id);
    let ingest = Ingest { ports, ring, rates: config.rates, meter: Arc::clone(&aws.meter) };
    Function { name: "ingest", queue, system: System, meter: aws.meter }.serve(ingest).await
}
