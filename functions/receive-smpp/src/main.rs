//! Wires `receive-smpp`.

use doorstep_adapters::{Aws, Table, kms::Kms, sqs::SqsQueue, system::SystemClock};
use doorstep_edge::{config::Config, scheduled::Function, telemetry};
use doorstep_smpp::{Endpoint, Guarded};
use receive_smpp::Receiving;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let needs = ["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "RECEIPTS_QUEUE_URL", "SMPP_URL"];
    let config = Config::read(&needs)?;
    let aws = Aws::load().await;
    let receiving = Receiving {
        ports: Table::new(&aws, config.state_table, config.evidence_table),
        ring: Kms::new(&aws, config.key_id),
        queue: SqsQueue::new(&aws, config.receipts_queue_url),
        dial: Guarded { inside: config.stage == "local" },
        endpoint: Endpoint::parse(&config.smpp.url)?,
        hold: config.smpp.hold,
    };
    Function { name: "receive-smpp", clock: SystemClock, meter: aws.meter }.serve(receiving).await
}
