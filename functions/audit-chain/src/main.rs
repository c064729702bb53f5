//! Wires `audit-chain`.

use audit_chain::AuditChain;
use doorstep_adapters::{Aws, Table, notary::KmsNotary, s3::Bucket, system::SystemClock};
use doorstep_edge::{config::Config, scheduled::Function, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "BUCKET"])?;
    let aws = Aws::load().await;
    let job = AuditChain {
        ports: Table::new(&aws, config.state_table, config.evidence_table),
        bucket: Bucket::new(&aws, config.bucket),
        notary: KmsNotary::new(&aws, config.key_id),
    };
    Function { name: "audit-chain", clock: SystemClock, meter: aws.meter }.serve(job).await
}
