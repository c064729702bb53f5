//! What a carrier reports later.

use crate::{
    Fault, Mode,
    id::{MessageId, StoreId},
    message::{DeliveryReceipt, ReceiptTaken},
    ports::Messages,
};

/// A receipt, proven to come from the carrier account that has the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose message.
    pub store: StoreId,
    /// Test or live.
    pub mode: Mode,
    /// Which message.
    pub message: MessageId,
    /// What became of it.
    pub receipt: DeliveryReceipt,
}

/// Applies a receipt: once, in any order, never back from a higher rank.
///
/// # Errors
/// When a port is broken, or the message is not there yet: the receipt has to come again.
pub async fn receive(ports: &impl Messages, report: &Report) -> Result<(), Fault> {
    let Report { store, mode, message, receipt } = report;
    match ports.receive(*store, *mode, *message, receipt).await? {
        ReceiptTaken::Applied | ReceiptTaken::Ignored => Ok(()),
        ReceiptTaken::NotYet => Err(Fault::new("a receipt came before its message", "not_yet")),
    }
}
