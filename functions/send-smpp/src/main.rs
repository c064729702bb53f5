//! Wires `send-smpp`.

use doorstep_adapters::{Aws, Table, kms::Kms, sqs::SqsQueue, system::System};
use doorstep_domain::{carrier::CarrierName, guard::Pool};
use doorstep_edge::{batch::Function, config::Config, sender::Sender, telemetry};
use doorstep_smpp::{Endpoint, Guarded};
use send_smpp::{Binds, SmppCarrier};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let needs = ["STATE_TABLE", "EVIDENCE_TABLE", "KEY_ID", "QUEUE_URL", "DLQ_URL", "SMPP_URL"];
    let config = Config::read(&needs)?;
    let aws = Aws::load().await;
    let queue = SqsQueue::new(&aws, config.queue_url).with_dead_letters(config.dlq_url);
    let carrier = SmppCarrier {
        endpoint: Endpoint::parse(&config.smpp.url)?,
        dial: Guarded { inside: config.stage == "local" },
        instances: config.smpp.transmitters,
        system: System,
        meter: aws.meter.clone(),
        warm: Binds::default(),
    };
    let ports = Table::new(&aws, config.state_table, config.evidence_table);
    let (ring, name) = (Kms::new(&aws, config.key_id), Some(CarrierName::Smpp));
    let (pool, meter) = (Pool::default(), aws.meter.clone());
    let worker = Sender { carrier, ports, ring, name, pool, meter };
    Function { name: "send-smpp", queue, system: System, meter: aws.meter }.serve(worker).await
}
