//! What a carrier of any shape sends to us.

use doorstep_domain::{
    carrier::{Account, FailureClass},
    hear::{Callback, CarrierReceipt, Heard, InboundText, NotHeard},
    id::{MessageId, StoreId},
    message::MessageStatus,
    money::Money,
    webhook::Proved,
};

use super::{
    receipt::{Inbound, Receipt, Values},
    shape_of,
};
use crate::carriers::web::stable;

/// Proves a request as the account's shape says, and reads it.
pub(crate) fn hear(
    account: &Account,
    callback: &Callback<'_>,
) -> Result<Proved<Vec<Heard>>, NotHeard> {
    let shape = shape_of(account).ok_or(NotHeard::Unproven)?;
    let proof = if callback.inbound {
        shape.inbound.as_ref().map(|inbound| &inbound.proof)
    } else {
        shape.receipt.as_ref().map(|receipt| &receipt.proof)
    };
    let proof = proof.and_then(|proof| proof.of(account, callback)).ok_or(NotHeard::Unproven)?;
    let heard = match (callback.inbound, &shape.inbound, &shape.receipt) {
        (true, Some(inbound), _) => {
            let text = text(inbound, &inbound.source.values(callback)?);
            Some(text.map(Heard::Text).ok_or(NotHeard::Malformed)?)
        }
        (false, _, Some(receipt)) => {
            let read = read(receipt, &receipt.source.values(callback)?, callback)?;
            read.map(Heard::Receipt)
        }
        _ => None,
    };
    Ok(Proved { proof, says: heard.into_iter().collect() })
}

fn text(inbound: &Inbound, values: &Values) -> Option<InboundText> {
    let (id, from) = (values.get(&inbound.id)?, values.get(&inbound.from)?);
    Some(InboundText { id, from, to: values.get(&inbound.to)?, text: values.get(&inbound.text)? })
}

/// Our reference, and the store that our callback URL names with it. The URL alone counts where the
/// proof covers it.
fn message(receipt: &Receipt, values: &Values, callback: &Callback<'_>) -> Named {
    let named = callback.named();
    let Some(place) = &receipt.message else {
        let named = named.filter(|_| receipt.proof.covers_url());
        return named.map(|(store, message)| (Some(store), message));
    };
    let message = values.get(place)?.parse().ok()?;
    let store = named.filter(|(_, named)| *named == message).map(|(store, _)| store);
    Some((store, message))
}

type Named = Option<(Option<StoreId>, MessageId)>;

/// A receipt; `None` for a status that the shape does not tell the meaning of.
fn read(
    receipt: &Receipt,
    values: &Values,
    callback: &Callback<'_>,
) -> Result<Option<CarrierReceipt>, NotHeard> {
    let get = |place: &Option<String>| place.as_ref().and_then(|place| values.get(place));
    let said = values.get(&receipt.status).ok_or(NotHeard::Malformed)?;
    let Some(status) = receipt.statuses.get(&said).copied() else { return Ok(None) };
    let code = get(&receipt.code);
    let known = code.as_ref().and_then(|code| receipt.class(&said, code));
    let (status, class) = match (status, known) {
        (MessageStatus::Undelivered | MessageStatus::Failed, Some(FailureClass::Expired))
        | (MessageStatus::Expired, _) => (MessageStatus::Expired, Some(FailureClass::Expired)),
        (MessageStatus::Undelivered | MessageStatus::Failed, known) => {
            (status, Some(known.unwrap_or(FailureClass::Unknown)))
        }
        (status, _) => (status, None),
    };
    Ok(Some(CarrierReceipt {
        carrier_message_id: get(&receipt.id),
        message: message(receipt, values, callback),
        status,
        class,
        code: code.as_deref().map(stable),
        price: receipt.price.as_ref().and_then(|price| {
            let currency = values.get(&price.currency);
            let currency = currency.as_deref().unwrap_or(&price.currency);
            Money::parse(&values.get(&price.amount)?, currency).map(Money::unsigned).ok()
        }),
        at: None,
    }))
}
