//! Queues.

use aws_sdk_sqs::Client;
use doorstep_domain::{Fault, ports::Queue};
use jiff::SignedDuration;

use crate::aws::{Aws, fault};

/// One SQS queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// Works with this queue.
    #[must_use]
    pub fn new(aws: &Aws, url: String) -> Self {
        let config = aws_sdk_sqs::config::Builder::from(&aws.config).interceptor(aws.counter());
        Self { client: Client::from_conf(config.build()), url }
    }

    /// Sends a message that is seen after `delay`, to the second, 15 minutes at most.
    pub(crate) async fn send(&self, body: String, delay: SignedDuration) -> Result<(), Fault> {
        let call = self.client.send_message().queue_url(&self.url).message_body(body);
        let sent = call.delay_seconds(seconds(delay)).send().await;
        sent.map(drop).map_err(|e| fault("send to a queue", &e))
    }
}

impl Queue for SqsQueue {
    async fn postpone(&self, receipt_handle: &str, by: SignedDuration) -> Result<(), Fault> {
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds(by))
            .send()
            .await
            .map(drop)
            .map_err(|e| fault("postpone a message", &e))
    }
}

fn seconds(time: SignedDuration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}
