//! The sandbox: it delivers nothing, and plays the outcome that the number's last two digits ask
//! for. Its receipts come by the same queue as any carrier's.

use std::time::Duration;

use doorstep_domain::{
    Fault,
    carrier::{CarrierName, FailureClass, Outcome, Outgoing},
    message::MessageStatus,
    ports::{Carrier, Clock},
};
use jiff::SignedDuration;
use serde_json::json;

use crate::{sqs::SqsQueue, system::SystemClock};

/// What a number asks for.
#[derive(Debug, Clone, Copy)]
enum Play {
    /// Accepted, and a receipt after so many seconds.
    Receipt(MessageStatus, Option<FailureClass>, i64),
    /// Accepted, and silence.
    Silence,
    /// Refused.
    Refusal(FailureClass, &'static str),
    /// The receipt is out before the answer.
    ReceiptFirst,
    /// Taken, but the answer never comes.
    TimeOut,
}

/// Test mode's carriers.
pub struct SandboxCarrier {
    receipts: SqsQueue,
}

impl SandboxCarrier {
    /// Sends its receipts to this queue.
    #[must_use]
    pub fn new(receipts: SqsQueue) -> Self {
        Self { receipts }
    }

    async fn receipt(
        &self,
        text: &Outgoing,
        (status, class): (MessageStatus, Option<FailureClass>),
        delay: i64,
    ) -> Result<(), Fault> {
        let delay = SignedDuration::from_secs(delay);
        let body = json!({
            "store": text.scope.0.to_string(),
            "mode": text.scope.1.as_str(),
            "message": text.message.to_string(),
            "carrier": text.carrier.as_str(),
            "status": status.as_str(),
            "class": class.map(FailureClass::as_str),
            "code": class.map(|_| "sandbox"),
            "at": (SystemClock.now() + delay).as_millisecond(),
        });
        self.receipts.send(body.to_string(), delay).await
    }
}

impl Carrier for SandboxCarrier {
    async fn send(&self, text: &Outgoing) -> Outcome {
        let Some(digits) = text.to.outcome_digits() else {
            return refused(FailureClass::Policy, "not_a_drama_number");
        };
        let delivered = (MessageStatus::Delivered, None);
        let receipt = match play(digits, text) {
            Play::Refusal(class, code) => return refused(class, code),
            Play::Silence => Ok(()),
            Play::Receipt(status, class, delay) => self.receipt(text, (status, class), delay).await,
            Play::ReceiptFirst => {
                let sent = self.receipt(text, delivered, 0).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
                sent
            }
            Play::TimeOut => {
                let sent = self.receipt(text, delivered, 1).await;
                sent.and(Err(Fault::new("the sandbox's answer", "timeout")))
            }
        };
        match receipt {
            Ok(()) => Outcome::Accepted { carrier_message_id: format!("sandbox-{}", text.message) },
            Err(fault) => refused(FailureClass::MaybeSent, &fault.code),
        }
    }
}

/// The table of test mode.
fn play(digits: u8, text: &Outgoing) -> Play {
    use FailureClass::{
        BadNumber, CarrierDown, HandsetAbsent, Landline, OptedOut, Policy, Throttled,
    };
    let first = text.carrier == CarrierName::Sandbox;
    match digits {
        80 => Play::Receipt(MessageStatus::Undelivered, Some(BadNumber), 1),
        81 => Play::Receipt(MessageStatus::Undelivered, Some(HandsetAbsent), 1),
        82 if first => Play::Refusal(CarrierDown, "503"),
        83 => Play::Silence,
        84 if first && text.take <= 2 => Play::Refusal(Throttled, "429"),
        85 => Play::ReceiptFirst,
        86 if first => Play::TimeOut,
        87 => Play::Refusal(OptedOut, "opted_out"),
        88 => Play::Refusal(Landline, "landline"),
        89 => Play::Refusal(Policy, "blocked_as_fraud"),
        90..=99 => Play::Receipt(MessageStatus::Delivered, None, 20),
        _ => Play::Receipt(MessageStatus::Delivered, None, 1),
    }
}

fn refused(class: FailureClass, code: &str) -> Outcome {
    Outcome::Failed { class, code: code.to_owned() }
}
