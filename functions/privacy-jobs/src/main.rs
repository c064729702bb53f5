//! Wires `privacy-jobs`.

use doorstep_adapters::{Aws, Table, kms::Kms, s3::Bucket, sqs::SqsQueue, system::System};
use doorstep_edge::{batch::Function, config::Config, telemetry};
use privacy_jobs::Jobs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let tables = ["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "BUCKET"];
    let queues = ["QUEUE_URL", "DLQ_URL", "RECEIPTS_DLQ_URL"];
    let config = Config::read(&[&tables[..], &queues[..]].concat())?;
    let aws = Aws::load().await;
    let queue = SqsQueue::new(&aws, config.queue_url).with_dead_letters(config.dlq_url);
    let ports = Table::new(&aws, config.state_table, config.evidence_table);
    let ring = Kms::new(&aws, config.key_id);
    let archive = Bucket::new(&aws, config.bucket);
    let receipts = SqsQueue::new(&aws, config.receipts_dlq_url);
    let jobs = Jobs { ports, ring, archive, receipts, meter: aws.meter.clone() };
    Function { name: "privacy-jobs", queue, system: System, meter: aws.meter }.serve(jobs).await
}
