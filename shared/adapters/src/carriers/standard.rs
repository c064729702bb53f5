//! Standard Webhooks 1.0.0 from anybody who reports for an account:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use aws_lc_rs::hmac;
use doorstep_domain::{
    carrier::{Account, FailureClass},
    hear::{Callback, CarrierReceipt, Heard, NotHeard},
    message::MessageStatus,
    money::Money,
    webhook::{Proof, Proved},
};
use serde::Deserialize;

use super::{
    proof::{base64, by_hmac, is_fresh},
    web::stable,
};

/// What is reported. `data` may have more members than these.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    account: String,
    message_id: Option<String>,
    carrier_message_id: Option<String>,
    code: Option<String>,
    price: Option<Price>,
}

#[derive(Deserialize)]
struct Price {
    amount: String,
    currency: String,
}

/// Proves a request under the account's `webhook_secret` and reads it: `message.delivered`,
/// `message.failed`, and `message.opened`, which was delivered too. Other types mean nothing.
///
/// # Errors
/// When it is not proven, or not readable.
pub fn hear(account: &Account, callback: &Callback<'_>) -> Result<Proved<Vec<Heard>>, NotHeard> {
    let proof = prove(account, callback)?;
    let event: Event = serde_json::from_slice(callback.body).map_err(|_| NotHeard::Malformed)?;
    if event.data.account != account.id {
        return Err(NotHeard::Unproven);
    }
    let (status, class) = match event.kind.as_str() {
        "message.delivered" | "message.opened" => (MessageStatus::Delivered, None),
        "message.failed" => (MessageStatus::Undelivered, Some(FailureClass::Unknown)),
        _ => return Ok(Proved { proof, says: Vec::new() }),
    };
    let receipt = receipt(event, status, class)?;
    Ok(Proved { proof, says: vec![Heard::Receipt(receipt)] })
}

fn receipt(
    Event { timestamp, data, .. }: Event,
    status: MessageStatus,
    class: Option<FailureClass>,
) -> Result<CarrierReceipt, NotHeard> {
    let malformed = |_| NotHeard::Malformed;
    let message = data.message_id.map(|id| id.parse()).transpose().map_err(malformed)?;
    if message.is_none() && data.carrier_message_id.is_none() {
        return Err(NotHeard::Malformed);
    }
    let price = data.price.map(|price| Money::parse(&price.amount, &price.currency));
    Ok(CarrierReceipt {
        carrier_message_id: data.carrier_message_id,
        message: message.map(|message| (None, message)),
        status,
        class,
        code: data.code.as_deref().map(stable),
        price: price.transpose().map_err(|_| NotHeard::Malformed)?.map(Money::unsigned),
        at: Some(timestamp.parse().map_err(|_| NotHeard::Malformed)?),
    })
}

/// One of the listed signatures must be that of id, time and body, made within five minutes.
fn prove(account: &Account, callback: &Callback<'_>) -> Result<Proof, NotHeard> {
    let header = |name| callback.header(name).ok_or(NotHeard::Unproven);
    let (id, seconds) = (header("webhook-id")?, header("webhook-timestamp")?);
    let secret = account.expose("webhook_secret").ok_or(NotHeard::Unproven)?;
    let secret = base64(secret.strip_prefix("whsec_").unwrap_or(secret));
    let secret = secret.ok_or(NotHeard::Unproven)?;
    let data = [id.as_bytes(), b".", seconds.as_bytes(), b".", callback.body].concat();
    let mut listed = header("webhook-signature")?.split(' ');
    let signed = listed.find_map(|signature| {
        let tag = signature.strip_prefix("v1,").and_then(base64);
        by_hmac(hmac::HMAC_SHA256, &secret, &data, tag)
    });
    let fresh = is_fresh(seconds, callback.now) && !id.contains('.');
    signed.filter(|_| fresh).ok_or(NotHeard::Unproven)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ::base64::{Engine, engine::general_purpose::STANDARD};
    use doorstep_domain::{
        carrier::CarrierName,
        id::{MessageId, StoreId},
    };
    use jiff::Timestamp;

    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn account() -> Account {
        let fields = BTreeMap::from([("webhook_secret".to_owned(), SECRET.to_owned())]);
        Account::new(CarrierName::Http, "main".to_owned(), StoreId::from_bits(7), fields)
    }

    /// Hears a body under these headers at this second.
    fn hears(headers: [&str; 3], body: &str, now: i64) -> Result<Vec<Heard>, NotHeard> {
        proves(headers, &[], body, now).map(|proved| proved.says)
    }

    /// The same with more headers, and with its proof.
    fn proves(
        headers: [&str; 3],
        junk: &[(&str, &str)],
        body: &str,
        now: i64,
    ) -> Result<Proved<Vec<Heard>>, NotHeard> {
        let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let headers: Vec<_> = names
            .into_iter()
            .zip(headers)
            .chain(junk.iter().copied())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let callback = Callback {
            url: "https://shop.example/webhooks",
            method: "POST",
            query: &[],
            headers: &headers,
            body: body.as_bytes(),
            inbound: false,
            now: Timestamp::from_second(now).unwrap(),
        };
        hear(&account(), &callback)
    }

    fn sign(body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &base64(&SECRET[6..]).unwrap());
        let tag = hmac::sign(&key, format!("evt_1.1000.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }

    fn hears_signed(body: &str) -> Result<Vec<Heard>, NotHeard> {
        hears(["evt_1", "1000", &sign(body)], body, 1000)
    }

    fn body(kind: &str, data: &str) -> String {
        format!(
            r#"{{"type":"{kind}","timestamp":"2026-11-23T10:00:00Z","data":{{"account":"main",{data}}}}}"#
        )
    }

    /// The vector of the specification's own Rust library. Its body is none of our events: it is
    /// proven, and not readable.
    #[test]
    fn the_specifications_own_vector_is_proven() {
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let headers = [
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            "1649367553",
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ];
        assert_eq!(hears(headers, body, 1_649_367_553), Err(NotHeard::Malformed));
        assert_eq!(hears(headers, body, 1_649_367_854), Err(NotHeard::Unproven), "too old");
        let other = ["msg_other", headers[1], headers[2]];
        assert_eq!(hears(other, body, 1_649_367_553), Err(NotHeard::Unproven));
    }

    #[test]
    fn an_opened_message_was_delivered() {
        let id = MessageId::from_bits(9);
        let data = format!(r#""message_id":"{id}","price":{{"amount":"0.04","currency":"GBP"}}"#);
        for kind in ["message.delivered", "message.opened"] {
            let heard = hears_signed(&body(kind, &data)).unwrap();
            let [Heard::Receipt(receipt)] = &heard[..] else { panic!("no receipt") };
            assert_eq!(receipt.status, MessageStatus::Delivered);
            assert_eq!(receipt.message, Some((None, id)));
            assert_eq!(receipt.price.unwrap().to_string(), "0.04 GBP");
        }
    }

    #[test]
    fn a_failed_message_may_be_named_by_the_carriers_id() {
        let body = body("message.failed", r#""carrier_message_id":"c-1","code":"30003""#);
        let heard = hears_signed(&body).unwrap();
        let [Heard::Receipt(receipt)] = &heard[..] else { panic!("no receipt") };
        assert_eq!(receipt.status, MessageStatus::Undelivered);
        assert_eq!(receipt.carrier_message_id.as_deref(), Some("c-1"));
        assert_eq!(receipt.code.as_deref(), Some("30003"));
    }

    #[test]
    fn what_nobody_signed_makes_no_other_proof() {
        let body = body("message.delivered", r#""carrier_message_id":"c-1""#);
        let signature = sign(&body);
        let proof = |junk: &[(&str, &str)], listed: &str, body: &str| {
            proves(["evt_1", "1000", listed], junk, body, 1000).unwrap().proof
        };
        let first = proof(&[], &signature, &body);
        for junk in [("x-signature", "1"), ("webhook-x", "1"), ("authorization", "Bearer x")] {
            assert_eq!(proof(&[junk], &signature, &body), first, "{junk:?}");
        }
        assert_eq!(proof(&[], &format!("v1,AAAA {signature} v2,x"), &body), first);
        let other = format!("{body} ");
        assert_ne!(proof(&[], &sign(&other), &other), first);
    }

    #[test]
    fn one_good_signature_of_several_is_enough() {
        let body = body("message.delivered", r#""carrier_message_id":"c-1""#);
        let listed = format!("v1a,AAAA v1,AAAA {}", sign(&body));
        assert!(hears(["evt_1", "1000", &listed], &body, 1000).is_ok());
        for listed in ["", "v1,", "v1,AAAA", &sign(&body)[3..]] {
            assert_eq!(hears(["evt_1", "1000", listed], &body, 1000), Err(NotHeard::Unproven));
        }
    }

    #[test]
    fn what_names_no_message_or_another_account_is_not_heard() {
        let nothing = body("message.delivered", r#""code":"1""#);
        assert_eq!(hears_signed(&nothing), Err(NotHeard::Malformed));
        let other = nothing.replace("main", "other");
        assert_eq!(hears_signed(&other), Err(NotHeard::Unproven));
        let unknown = body("message.bounced", r#""carrier_message_id":"c-1""#);
        assert_eq!(hears_signed(&unknown), Ok(Vec::new()));
    }
}
