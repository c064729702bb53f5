//! Vonage's webhooks, by `GET`, form or JSON: receipts and texts from shoppers, signed.
//! <https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts>

use doorstep_domain::{
    carrier::{Account, FailureClass},
    hear::{Callback, CarrierReceipt, Heard, InboundText, NotHeard},
    id::{MessageId, StoreId},
    message::MessageStatus,
    money::Money,
    webhook::{Proof, Proved},
};
use serde_json::Value;

use super::{codes, signature::Method};
use crate::carriers::{
    proof::{Pairs, form, get, is_fresh, is_json, json},
    web::stable,
};

/// The currency that Vonage bills in.
const CURRENCY: &str = "EUR";

/// Proves a webhook and reads it.
pub(crate) fn hear(
    account: &Account,
    callback: &Callback<'_>,
) -> Result<Proved<Vec<Heard>>, NotHeard> {
    let (proof, signed) = prove(account, callback)?;
    if get(&signed, "api-key").is_some_and(|key| key != account.id) {
        return Err(NotHeard::Malformed);
    }
    let says = if callback.inbound {
        vec![text(&signed).map(Heard::Text).ok_or(NotHeard::Malformed)?]
    } else {
        receipt(&signed, callback).map(Heard::Receipt).into_iter().collect()
    };
    Ok(Proved { proof, says })
}

/// The parameters that are signed under the account's secret, five minutes ago at most where they
/// tell when, and the proof of it.
fn prove(account: &Account, callback: &Callback<'_>) -> Result<(Proof, Pairs), NotHeard> {
    let method = Method::of(account).ok_or(NotHeard::Unproven)?;
    let mut ways = ways(callback)?.into_iter();
    let proven = ways.find_map(|way| Some((method.proof(&way)?, way)));
    let fresh =
        |signed: &Pairs| get(signed, "timestamp").is_none_or(|at| is_fresh(at, callback.now));
    proven.filter(|(_, signed)| fresh(signed)).ok_or(NotHeard::Unproven)
}

/// What may be signed: Vonage's own parameters, or those of our callback URL with them.
fn ways(callback: &Callback<'_>) -> Result<[Pairs; 2], NotHeard> {
    let whole = callback.query.to_vec();
    let ours = |name: &str| matches!(name, "store" | "message");
    if callback.method == "GET" {
        let theirs = whole.iter().filter(|(name, _)| !ours(name)).cloned().collect();
        return Ok([theirs, whole]);
    }
    let body = if is_json(callback) { members(&json(callback)?)? } else { form(callback.body) };
    Ok([body.clone(), [body, whole].concat()])
}

/// The members of a flat JSON object, as texts.
fn members(value: &Value) -> Result<Pairs, NotHeard> {
    let members = value.as_object().ok_or(NotHeard::Malformed)?.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), value)
    });
    Ok(members.collect())
}

fn text(signed: &Pairs) -> Option<InboundText> {
    let get = |name| get(signed, name).map(str::to_owned);
    let (id, from) = (get("messageId")?, get("msisdn")?);
    Some(InboundText { id, from, to: get("to")?, text: get("text")? })
}

fn receipt(signed: &Pairs, callback: &Callback<'_>) -> Option<CarrierReceipt> {
    let status = codes::status(get(signed, "status")?)?;
    let code = get(signed, "err-code").filter(|code| *code != "0");
    let class = match status {
        MessageStatus::Undelivered | MessageStatus::Failed => {
            Some(code.map_or(FailureClass::Unknown, codes::error))
        }
        MessageStatus::Expired => Some(FailureClass::Expired),
        _ => None,
    };
    Some(CarrierReceipt {
        carrier_message_id: get(signed, "messageId").map(str::to_owned),
        message: message(signed, callback),
        status,
        class,
        code: code.map(stable),
        price: get(signed, "price").and_then(|price| Money::parse(price, CURRENCY).ok()),
        at: None,
    })
}

/// Our reference is signed, our query need not be: it adds the store to the same message only.
fn message(signed: &Pairs, callback: &Callback<'_>) -> Option<(Option<StoreId>, MessageId)> {
    let message = get(signed, "client-ref")?.parse().ok()?;
    let store = callback.named().filter(|(_, named)| *named == message).map(|(store, _)| store);
    Some((store, message))
}

#[cfg(test)]
#[path = "hear_tests.rs"]
mod tests;
