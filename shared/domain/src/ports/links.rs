//! How a carrier's receipt finds its message.

use std::future::Future;

use crate::{
    Fault, Mode,
    id::{MessageId, StoreId},
    message::{CarrierMessageId, DeliveryReceipt, Linked},
};

/// Carriers' own ids of messages. Whichever of send and receipt comes second joins them.
pub trait Links: Send + Sync {
    /// The send tells which message it is; the answer is the receipts that came before.
    fn link(
        &self,
        theirs: &CarrierMessageId,
        scope: (StoreId, Mode),
        message: MessageId,
    ) -> impl Future<Output = Result<Vec<DeliveryReceipt>, Fault>> + Send;
    /// A receipt asks which message it is; it is kept if nobody knows yet.
    fn note_receipt(
        &self,
        theirs: &CarrierMessageId,
        receipt: &DeliveryReceipt,
    ) -> impl Future<Output = Result<Linked, Fault>> + Send;
}
