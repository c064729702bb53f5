//! Wires `privacy`.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table, kms::Kms, notary::KmsNotary, s3::Bucket};
use doorstep_edge::{config::Config, http::Function, telemetry};
use privacy::PrivacyRoutes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "BUCKET"])?;
    let aws = Aws::load().await;
    let ports = Arc::new(Table::new(&aws, config.state_table, config.evidence_table));
    let bucket = Bucket::new(&aws, config.bucket);
    let ring = Kms::new(&aws, config.key_id.clone());
    let notary = KmsNotary::new(&aws, config.key_id);
    let public_url = config.public_url;
    let routes = PrivacyRoutes { ports: Arc::clone(&ports), ring, bucket, notary, public_url };
    Function { name: "privacy", ports, meter: aws.meter }.serve(routes).await
}
