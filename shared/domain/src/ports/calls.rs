//! Calls to shoppers.

use jiff::Timestamp;

use crate::{
    Fault,
    id::MessageId,
    keys::{DataKeys, PhoneIndex},
    voice::Leave,
};

/// Calls, which cost more than texts.
pub trait Calls: Send + Sync {
    /// Takes leave for one call: at most one per number in a quarter of an hour, and so many a
    /// day for the store. The same message may ask again.
    fn may_call(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> impl Future<Output = Result<Leave, Fault>> + Send;
}
