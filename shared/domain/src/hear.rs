//! What carriers say to us: requests to our webhooks, proven and read.

use std::fmt;

use jiff::Timestamp;

use crate::{
    carrier::FailureClass,
    id::{MessageId, StoreId},
    message::MessageStatus,
    money::Money,
};

/// A request that claims to come from a carrier.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// The whole URL as the carrier called it, query included, at our public host: some carriers
    /// sign it.
    pub url: &'a str,
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The decoded query, in order.
    pub query: &'a [(String, String)],
    /// The headers, names in lower case.
    pub headers: &'a [(String, String)],
    /// The body as it came.
    pub body: &'a [u8],
    /// Whether it came to `…/inbound`: a shopper's text, not a receipt.
    pub inbound: bool,
    /// Now: signatures with a time are valid for five minutes.
    pub now: Timestamp,
}

impl Callback<'_> {
    /// The header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Which message our own callback URL names: `?store=sto_…&message=msg_…`.
    #[must_use]
    pub fn named(&self) -> Option<(StoreId, MessageId)> {
        let get = |name| self.query.iter().find(|(known, _)| known == name).map(|(_, v)| v);
        Some((get("store")?.parse().ok()?, get("message")?.parse().ok()?))
    }
}

/// What a proven request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// What became of a message.
    Receipt(CarrierReceipt),
    /// A text from a shopper.
    Text(InboundText),
}

/// What a carrier is to read out in a call, `text/xml`. It holds a code, and prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Document(pub String);

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(…)")
    }
}

/// What became of a message, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierReceipt {
    /// The carrier's id of the message.
    pub carrier_message_id: Option<String>,
    /// Our own ids, where the carrier echoes them; the store may be missing from a short echo.
    pub message: Option<(Option<StoreId>, MessageId)>,
    /// What it became.
    pub status: MessageStatus,
    /// What kind of failure, if one.
    pub class: Option<FailureClass>,
    /// The carrier's own stable code, never its text.
    pub code: Option<String>,
    /// What it cost, where the carrier tells it; positive.
    pub price: Option<Money>,
    /// When it happened, where the carrier tells it with a time zone.
    pub at: Option<Timestamp>,
}

/// A text from a shopper: personal data, sealed before it is put anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundText {
    /// The carrier's id of it.
    pub id: String,
    /// Who wrote, as the carrier spells it (with or without `+`).
    pub from: String,
    /// The number they wrote to.
    pub to: String,
    /// What they wrote.
    pub text: String,
}

impl fmt::Debug for InboundText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboundText(…)")
    }
}

/// Why a request was not heard. Nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHeard {
    /// It is not proven under the account's secret.
    #[error("the signature is missing, wrong or too old")]
    Unproven,
    /// It is proven, and not what this carrier sends.
    #[error("the request is not what this carrier sends")]
    Malformed,
}
