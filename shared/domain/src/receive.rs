//! What a carrier reports later.

use jiff::Timestamp;

use crate::{
    Fault, Mode,
    aftermath::Aftermath,
    carrier::CarrierName,
    hear::CarrierReceipt,
    id::{MessageId, StoreId},
    message::{AccountRef, CarrierMessageId, DeliveryReceipt, Happening, Linked, ReceiptTaken},
    ports::{Links, Messages},
    store::Store,
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

/// Who told, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// The carrier.
    pub carrier: CarrierName,
    /// Its own name of the account; `None` for a carrier that needs none.
    pub account: Option<&'a str>,
    /// Whose account it is, or under whose keys it was told.
    pub owner: StoreId,
    /// When we first heard it.
    pub at: Timestamp,
}

impl Report {
    /// What a proven account told of a live message. Its echo of our ids names the message, the
    /// account's owner the store where the echo does not. `None` when nothing names a message.
    #[must_use]
    pub fn of(told: Told<'_>, receipt: CarrierReceipt) -> Option<Self> {
        let account = AccountRef::new(told.carrier, told.account);
        let store = |echoed: Option<StoreId>| {
            echoed.or(Some(told.owner).filter(|owner| *owner != Store::DEPLOYMENT))
        };
        let ours = receipt.message.and_then(|(echoed, id)| Some((store(echoed)?, id)));
        let of = match (ours, receipt.carrier_message_id) {
            (Some((store, message)), _) => Of::Ours(store, Mode::Live, message),
            (None, Some(id)) => Of::Theirs(CarrierMessageId { account: account.clone(), id }),
            (None, None) => return None,
        };
        let happening = Happening {
            status: receipt.status,
            at: receipt.at.unwrap_or(told.at),
            carrier: Some(told.carrier),
            class: receipt.class,
            code: receipt.code,
        };
        Some(Self { of, receipt: DeliveryReceipt { account, happening, price: receipt.price } })
    }
}

/// The answer of [`receive`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is applied, kept for its send, or means nothing any more.
    Done,
    /// It is as above, and means something for the guards.
    Follows(Aftermath),
    /// Its message is no more, or never was: nothing is to be done.
    Gone,
}

/// Applies a receipt: once, in any order, never back from a higher rank. One without our id that
/// comes before its send is kept, and the send applies it.
///
/// # Errors
/// When a port is broken.
pub async fn receive(ports: &(impl Messages + Links), report: &Report) -> Result<Received, Fault> {
    let (store, mode, message) = match &report.of {
        Of::Ours(store, mode, message) => (*store, *mode, *message),
        Of::Theirs(theirs) => match ports.note_receipt(theirs, &report.receipt).await? {
            Linked::To(store, mode, message) => (store, mode, message),
            Linked::NotYet => return Ok(Received::Done),
        },
    };
    let taken = ports.receive(store, mode, message, &report.receipt).await?;
    if taken == ReceiptTaken::Gone {
        return Ok(Received::Gone);
    }
    let follows = Aftermath::of(((store, mode), message), &report.receipt, taken);
    Ok(follows.map_or(Received::Done, Received::Follows))
}
