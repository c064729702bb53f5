//! Wires `relay`.

use std::sync::Arc;

use doorstep_adapters::{Aws, sns::SnsTopic, system::SystemClock};
use doorstep_edge::{config::Config, stream::Function, telemetry};
use relay::Relay;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    telemetry::init();
    let config = Config::read(&["TOPIC_ARN"])?;
    let aws = Aws::load().await;
    let topic = SnsTopic::new(&aws, config.topic_arn);
    let relay = Relay { topic, meter: Arc::clone(&aws.meter) };
    Function { name: "relay", clock: SystemClock, meter: aws.meter }.serve(relay).await
}
