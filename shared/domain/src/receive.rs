//! What a carrier reports later.

use crate::{
    Fault, Mode,
    id::{MessageId, StoreId},
    message::{CarrierMessageId, DeliveryReceipt, Linked, ReceiptTaken},
    ports::{Links, Messages},
};

/// A receipt, proven to come from the carrier account that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which message.
    pub of: Of,
    /// What became of it.
    pub receipt: DeliveryReceipt,
}

/// Which message a receipt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// The carrier echoed our ids.
    Ours(StoreId, Mode, MessageId),
    /// It told its own id only.
    Theirs(CarrierMessageId),
}

/// Applies a receipt: once, in any order, never back from a higher rank. One without our id that
/// comes before its send is kept, and the send applies it.
///
/// # Errors
/// When a port is broken, or the message is not there yet: the receipt has to come again.
pub async fn receive(ports: &(impl Messages + Links), report: &Report) -> Result<(), Fault> {
    let (store, mode, message) = match &report.of {
        Of::Ours(store, mode, message) => (*store, *mode, *message),
        Of::Theirs(theirs) => match ports.note_receipt(theirs, &report.receipt).await? {
            Linked::To(store, mode, message) => (store, mode, message),
            Linked::NotYet => return Ok(()),
        },
    };
    match ports.receive(store, mode, message, &report.receipt).await? {
        ReceiptTaken::Applied | ReceiptTaken::Ignored => Ok(()),
        ReceiptTaken::NotYet => Err(Fault::new("a receipt came before its message", "not_yet")),
    }
}
