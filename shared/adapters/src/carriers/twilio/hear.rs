//! Twilio's callbacks: receipts of texts and calls, and texts from shoppers.
//!
//! Signed as <https://www.twilio.com/docs/usage/security> says: `X-Twilio-Signature` is the
//! base64 of HMAC-SHA1, under the account's primary token, of the URL and the form's sorted
//! parameters. The signature has no time in it: whoever calls remembers it.

use std::collections::BTreeSet;

use aws_lc_rs::{digest, hmac};
use doorstep_domain::{
    carrier::{Account, FailureClass},
    hear::{Callback, CarrierReceipt, Heard, InboundText, NotHeard},
    message::MessageStatus,
    webhook::{Proof, Proved},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::codes;
use crate::carriers::{
    proof::{Pairs, base64, by_hmac, form, get, is_same, to_hex},
    web::stable,
};

/// What Node's legacy `querystring` leaves as it is, which Twilio's back end may sign.
const LEGACY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Proves a callback and reads it.
pub(crate) fn hear(
    account: &Account,
    callback: &Callback<'_>,
) -> Result<Proved<Vec<Heard>>, NotHeard> {
    let proof = prove(account, callback)?;
    read(account, callback).map(|says| Proved { proof, says })
}

fn read(account: &Account, callback: &Callback<'_>) -> Result<Vec<Heard>, NotHeard> {
    let form = form(callback.body);
    if get(&form, "AccountSid").is_some_and(|sid| sid != account.id) {
        return Err(NotHeard::Malformed);
    }
    if callback.inbound {
        return text(&form).map(|text| vec![Heard::Text(text)]).ok_or(NotHeard::Malformed);
    }
    let receipt = of_text(&form, callback).or_else(|| of_call(&form, callback));
    Ok(receipt.map(Heard::Receipt).into_iter().collect())
}

/// The proof that the request is signed with the account's primary token.
pub(super) fn prove(account: &Account, callback: &Callback<'_>) -> Result<Proof, NotHeard> {
    let token = account.expose("auth_token").ok_or(NotHeard::Unproven)?;
    let signature = callback.header("x-twilio-signature").ok_or(NotHeard::Unproven)?;
    let hash = get(callback.query, "bodySHA256");
    let parameters = match hash {
        Some(_) => String::new(),
        None => sorted(&form(callback.body)),
    };
    let signed = spellings(callback.url).iter().find_map(|url| {
        let data = format!("{url}{parameters}");
        let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
        by_hmac(algorithm, token.as_bytes(), data.as_bytes(), base64(signature))
    });
    let body = to_hex(digest::digest(&digest::SHA256, callback.body).as_ref());
    let covered = hash.is_none_or(|hash| is_same(&body, hash));
    signed.filter(|_| covered).ok_or(NotHeard::Unproven)
}

/// Names and values by name; a repeated name once for each of its different values, sorted.
fn sorted(form: &Pairs) -> String {
    let pairs: BTreeSet<_> = form.iter().collect();
    pairs.iter().fold(String::new(), |data, (name, value)| data + name + value)
}

/// The four ways in which Twilio may have spelled a URL: with and without the standard port, and
/// each with the query as it is or re-encoded.
fn spellings(url: &str) -> Vec<String> {
    let with_legacy = |url: String| [legacy(&url), url];
    with_port(url).into_iter().flat_map(with_legacy).collect()
}

fn with_port(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let standard = if scheme == "https" { 443 } else { 80 };
    let ported =
        if host == authority { format!("{host}:{standard}") } else { authority.to_owned() };
    [host.to_owned(), ported].map(|host| format!("{scheme}://{host}{path}")).to_vec()
}

fn legacy(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else { return url.to_owned() };
    let encode = |text: &str| utf8_percent_encode(text, LEGACY).to_string();
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs: Vec<_> = pairs.map(|(k, v)| format!("{}={}", encode(&k), encode(&v))).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn text(form: &Pairs) -> Option<InboundText> {
    let get = |name| get(form, name).map(str::to_owned);
    let id = get("MessageSid").or_else(|| get("SmsSid"))?;
    Some(InboundText { id, from: get("From")?, to: get("To")?, text: get("Body")? })
}

fn of_text(form: &Pairs, callback: &Callback<'_>) -> Option<CarrierReceipt> {
    let status = get(form, "MessageStatus").or_else(|| get(form, "SmsStatus"))?;
    let status = codes::text(status)?;
    let failed = matches!(status, MessageStatus::Undelivered | MessageStatus::Failed);
    let code = get(form, "ErrorCode").filter(|code| !code.is_empty() && *code != "0");
    let known = code.and_then(|code| code.parse().ok()).and_then(codes::class);
    let class = failed.then(|| known.unwrap_or(FailureClass::Unknown));
    let expired = class == Some(FailureClass::Expired);
    let sid = get(form, "MessageSid").or_else(|| get(form, "SmsSid"));
    Some(CarrierReceipt {
        status: if expired { MessageStatus::Expired } else { status },
        class,
        code: code.map(stable),
        ..receipt(sid, callback)
    })
}

fn of_call(form: &Pairs, callback: &Callback<'_>) -> Option<CarrierReceipt> {
    let (status, class) = codes::call(get(form, "CallStatus")?)?;
    Some(CarrierReceipt { status, class, ..receipt(get(form, "CallSid"), callback) })
}

fn receipt(sid: Option<&str>, callback: &Callback<'_>) -> CarrierReceipt {
    CarrierReceipt {
        carrier_message_id: sid.map(str::to_owned),
        message: callback.named().map(|(store, message)| (Some(store), message)),
        status: MessageStatus::Sent,
        class: None,
        code: None,
        price: None,
        at: None,
    }
}

#[cfg(test)]
#[path = "hear_tests.rs"]
mod tests;
