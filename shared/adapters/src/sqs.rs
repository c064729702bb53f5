//! Queues.

use aws_sdk_sqs::{
    Client,
    types::{MessageAttributeValue, QueueAttributeName},
};
use doorstep_domain::{
    Fault,
    carrier::CarrierName,
    ports::{Backlog, DeadLetter, DeadLetters, Inbox, Parked, Queue},
};
use jiff::SignedDuration;

use crate::aws::{Aws, fault};

/// One SQS queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
    dead_letters: Option<String>,
}

impl SqsQueue {
    /// Works with this queue.
    #[must_use]
    pub fn new(aws: &Aws, url: String) -> Self {
        let config = aws_sdk_sqs::config::Builder::from(&aws.config).interceptor(aws.counter());
        Self { client: Client::from_conf(config.build()), url, dead_letters: None }
    }

    /// With the queue for what is buried.
    #[must_use]
    pub fn with_dead_letters(self, url: String) -> Self {
        Self { dead_letters: Some(url), ..self }
    }

    /// Sends a message that is seen after `delay`, to the second, 15 minutes at most.
    pub(crate) async fn send(&self, body: String, delay: SignedDuration) -> Result<(), Fault> {
        let call = self.client.send_message().queue_url(&self.url).message_body(body);
        let sent = call.delay_seconds(seconds(delay)).send().await;
        sent.map(drop).map_err(|e| fault("send to a queue", &e))
    }
}

impl Inbox for SqsQueue {
    async fn put(&self, body: String) -> Result<(), Fault> {
        self.send(body, SignedDuration::ZERO).await
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

    async fn bury(&self, body: &str, function: &str, reason: &str) -> Result<(), Fault> {
        let nowhere = || Fault::new("bury a message", "no_dead_letter_queue");
        let url = self.dead_letters.as_ref().ok_or_else(nowhere)?;
        let mut call = self.client.send_message().queue_url(url).message_body(body);
        for (name, value) in [("function", function), ("reason", reason)] {
            let text = MessageAttributeValue::builder().data_type("String").string_value(value);
            let text = text.build().map_err(|_| Fault::corrupt("a message's attribute"))?;
            call = call.message_attributes(name, text);
        }
        call.send().await.map(drop).map_err(|e| fault("bury a message", &e))
    }
}

/// For how long a dead letter that was looked at is hidden from others, in seconds.
const HIDDEN: i32 = 30;

impl DeadLetters for SqsQueue {
    async fn take(&self) -> Result<Vec<DeadLetter>, Fault> {
        let call = self.client.receive_message().queue_url(&self.url);
        let call = call.max_number_of_messages(10).visibility_timeout(HIDDEN).wait_time_seconds(1);
        let taken = call.send().await.map_err(|e| fault("look through dead letters", &e))?;
        let letters = taken.messages.unwrap_or_default().into_iter().filter_map(|message| {
            Some(DeadLetter { body: message.body?, handle: message.receipt_handle? })
        });
        Ok(letters.collect())
    }

    async fn hidden(&self) -> Result<usize, Fault> {
        let name = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let told = call.attribute_names(name.clone()).send().await;
        let told = told.map_err(|e| fault("count dead letters", &e))?;
        let count = told.attributes.as_ref().and_then(|all| all.get(&name)?.parse().ok());
        count.ok_or_else(|| Fault::corrupt("a count of dead letters"))
    }

    async fn give_back(&self, handle: &str) -> Result<(), Fault> {
        self.postpone(handle, SignedDuration::ZERO).await
    }

    async fn remove(&self, handle: &str) -> Result<(), Fault> {
        let call = self.client.delete_message().queue_url(&self.url).receipt_handle(handle);
        call.send().await.map(drop).map_err(|e| fault("remove a dead letter", &e))
    }
}

/// The queues of all senders. They differ in the carrier's name, which their URLs end in.
#[derive(Debug, Clone)]
pub struct SenderQueues {
    client: Client,
    before_carrier: String,
}

impl SenderQueues {
    /// Those beside the queue of this carrier's sender.
    #[must_use]
    pub fn beside(aws: &Aws, url: &str, carrier: CarrierName) -> Self {
        let before_carrier = url.strip_suffix(carrier.as_str()).unwrap_or(url).to_owned();
        Self { client: SqsQueue::new(aws, String::new()).client, before_carrier }
    }

    /// How many messages a queue has about: to be taken, delayed, and taken already.
    async fn count(&self, url: String) -> Result<u64, Fault> {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let call = self.client.get_queue_attributes().queue_url(url);
        let answer = call.set_attribute_names(Some(counts.to_vec())).send().await;
        let told = answer.map_err(|e| fault("count what waits in a queue", &e))?.attributes;
        let told = told.unwrap_or_default();
        let count = |name| told.get(name)?.parse::<u64>().ok();
        Ok(counts.iter().filter_map(count).sum())
    }
}

impl Backlog for SenderQueues {
    async fn parked(&self, carrier: CarrierName) -> Result<Parked, Fault> {
        let url = format!("{}{}", self.before_carrier, carrier.as_str());
        let queued = self.count(url.clone()).await?;
        Ok(Parked { queued, dead: self.count(format!("{url}-dlq")).await? })
    }
}

fn seconds(time: SignedDuration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}
