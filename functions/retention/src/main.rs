//! Wires `retention`.

use doorstep_adapters::{Aws, Table, s3::Bucket, system::SystemClock};
use doorstep_edge::{config::Config, scheduled::Function, telemetry};
use retention::Retention;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "BUCKET"])?;
    let aws = Aws::load().await;
    let job = Retention {
        ports: Table::new(&aws, config.state_table, config.evidence_table),
        bucket: Bucket::new(&aws, config.bucket),
    };
    Function { name: "retention", clock: SystemClock, meter: aws.meter }.serve(job).await
}
