//! What topic and queues carry: ids and kinds, never personal data.

mod job;

use doorstep_domain::{
    Mode,
    access::Unknown,
    carrier::{CarrierName, FailureClass},
    deliver::Dispatch,
    id::{MessageId, StoreId},
    message::{AccountRef, DeliveryReceipt, Happening, MessageStatus},
    receive::{Of, Report},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use job::{Job, JobEvent, JobKind};

/// A message waits for a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendEvent {
    /// Whose.
    pub store: String,
    /// Test or live.
    pub mode: String,
    /// Which message.
    pub message: String,
    /// Its sign-up; a letter has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signup: Option<String>,
    /// Which carrier of the route, from 0.
    pub leg: u8,
    /// W3C `traceparent`.
    pub traceparent: String,
}

/// Something that a store's own systems may want to know, such as `signup.expired`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewsEvent {
    /// Whose.
    pub store: String,
    /// Test or live.
    pub mode: String,
    /// What happened.
    pub r#type: String,
    /// To which item, as `KIND#id`: an id, or a keyed index.
    pub item: String,
    /// W3C `traceparent`.
    pub traceparent: String,
}

/// A body that is not what its queue carries. It names no part of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event of this queue")]
pub struct Unreadable;

impl From<Unknown> for Unreadable {
    fn from(_: Unknown) -> Self {
        Self
    }
}

impl SendEvent {
    /// Reads a body.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn read(body: &str) -> Result<(Self, Dispatch), Unreadable> {
        let event: Self = serde_json::from_str(body).map_err(|_| Unreadable)?;
        let dispatch = Dispatch {
            store: event.store.parse().map_err(|_| Unreadable)?,
            mode: event.mode.parse().map_err(|_| Unreadable)?,
            message: event.message.parse().map_err(|_| Unreadable)?,
            letter: event.signup.is_none(),
            leg: event.leg,
        };
        Ok((event, dispatch))
    }
}

/// A receipt of the sandbox, in our words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptEvent {
    store: String,
    mode: String,
    message: String,
    carrier: String,
    status: String,
    class: Option<String>,
    code: Option<String>,
    /// Milliseconds since 1970.
    at: i64,
}

/// Reads a receipt from the receipts queue.
///
/// # Errors
/// When it is anything else.
pub fn receipt(body: &str) -> Result<Report, Unreadable> {
    let event: ReceiptEvent = serde_json::from_str(body).map_err(|_| Unreadable)?;
    let store: StoreId = event.store.parse().map_err(|_| Unreadable)?;
    let mode: Mode = event.mode.parse().map_err(|_| Unreadable)?;
    let message: MessageId = event.message.parse().map_err(|_| Unreadable)?;
    let happening = Happening {
        status: event.status.parse::<MessageStatus>()?,
        at: Timestamp::from_millisecond(event.at).map_err(|_| Unreadable)?,
        carrier: Some(event.carrier.parse::<CarrierName>()?),
        class: event.class.map(|class| class.parse::<FailureClass>()).transpose()?,
        code: event.code,
    };
    let carrier = happening.carrier.filter(|carrier| carrier.is_sandbox()).ok_or(Unreadable)?;
    let account = AccountRef::new(carrier, None);
    let receipt = DeliveryReceipt { account, happening, price: None };
    Ok(Report { of: Of::Ours(store, mode, message), receipt })
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::SqsEvent;

    use super::*;

    fn bodies(sample: &str) -> Vec<String> {
        let event: SqsEvent = serde_json::from_str(sample).unwrap();
        event.records.into_iter().filter_map(|record| record.body).collect()
    }

    #[test]
    fn a_send_event_reads_back_and_poison_does_not() {
        let bodies = bodies(include_str!("../../../events/send-one-and-poison.json"));
        let (event, dispatch) = SendEvent::read(&bodies[0]).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap().len(), bodies[0].replace(' ', "").len());
        assert_eq!((dispatch.letter, dispatch.leg, dispatch.mode), (false, 0, Mode::Test));
        assert_eq!(SendEvent::read(&bodies[1]).unwrap_err(), Unreadable);
    }

    #[test]
    fn a_receipt_says_what_became_of_a_message() {
        let bodies = bodies(include_str!("../../../events/ingest-delivered.json"));
        let report = receipt(&bodies[0]).unwrap();
        assert_eq!(report.receipt.happening.status, MessageStatus::Delivered);
        assert!(receipt("{}").is_err());
        assert!(receipt(&bodies[0].replace("delivered", "lost")).is_err());
    }
}
