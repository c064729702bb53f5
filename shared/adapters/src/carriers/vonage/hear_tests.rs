use std::collections::BTreeMap;

use doorstep_domain::carrier::CarrierName;
use jiff::Timestamp;

use super::*;

fn account() -> Account {
    let fields = BTreeMap::from([("signature_secret".to_owned(), "secret".to_owned())]);
    Account::new(CarrierName::Vonage, "key1".to_owned(), StoreId::from_bits(7), fields)
}

fn ids() -> (StoreId, MessageId) {
    (StoreId::from_bits(7), MessageId::from_bits(9))
}

/// Vonage's own sample of a receipt, with our reference, as it signs it at 1,000,000 s.
fn signed(changes: &[(&str, &str)]) -> Pairs {
    let reference = ids().1.to_string();
    let mut pairs: BTreeMap<_, _> = [
        ("msisdn", "447547232824"),
        ("to", "Nexmo CLI"),
        ("network-code", "23410"),
        ("messageId", "0B00000127FDBC63"),
        ("price", "0.03330000"),
        ("status", "delivered"),
        ("scts", "1810251310"),
        ("err-code", "0"),
        ("message-timestamp", "2018-10-25 12:10:29"),
        ("timestamp", "1000000"),
        ("nonce", "e1f2"),
        ("client-ref", &reference),
    ]
    .into();
    pairs.extend(changes.iter().copied());
    let mut pairs: Pairs =
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let sig = Method::of(&account()).unwrap().sign(&pairs);
    pairs.push(("sig".to_owned(), sig));
    pairs
}

/// How Vonage calls: by query, by form or by JSON.
#[derive(Clone, Copy, Debug)]
enum By {
    Get,
    Form,
    Json,
}

fn hear_by(by: By, pairs: &Pairs, now: i64) -> Result<Vec<Heard>, NotHeard> {
    prove_by(by, pairs, &[], now).map(|proved| proved.says)
}

fn prove_by(
    by: By,
    pairs: &Pairs,
    junk: &[(&str, &str)],
    now: i64,
) -> Result<Proved<Vec<Heard>>, NotHeard> {
    let (store, message) = ids();
    let mut query =
        vec![("store".to_owned(), store.to_string()), ("message".to_owned(), message.to_string())];
    let (mut body, mut kind) = (String::new(), "");
    match by {
        By::Get => query.extend(pairs.clone()),
        By::Form => {
            (kind, body) = (
                "application/x-www-form-urlencoded",
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish(),
            );
        }
        By::Json => {
            let members: BTreeMap<_, _> = pairs.iter().cloned().collect();
            (kind, body) = ("application/json", serde_json::to_string(&members).unwrap());
        }
    }
    let headers = [&[("content-type", kind)], junk].concat();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    hear(
        &account(),
        &Callback {
            url: "https://shop.example/",
            method: if matches!(by, By::Get) { "GET" } else { "POST" },
            query: &query,
            headers: &headers,
            body: body.as_bytes(),
            inbound: get(pairs, "text").is_some(),
            now: Timestamp::from_second(now).unwrap(),
        },
    )
}

fn receipt_of(pairs: &Pairs) -> CarrierReceipt {
    match hear_by(By::Form, pairs, 1_000_000).unwrap().remove(0) {
        Heard::Receipt(receipt) => receipt,
        Heard::Text(_) => panic!("that was a text"),
    }
}

#[test]
fn a_receipt_is_heard_however_it_comes() {
    for by in [By::Get, By::Form, By::Json] {
        let heard = hear_by(by, &signed(&[]), 1_000_200).unwrap();
        let Heard::Receipt(receipt) = &heard[0] else { panic!("no receipt by {by:?}") };
        assert_eq!(receipt.carrier_message_id.as_deref(), Some("0B00000127FDBC63"));
        assert_eq!(receipt.message, Some((Some(ids().0), ids().1)), "{by:?}");
        assert_eq!(receipt.status, MessageStatus::Delivered);
        assert_eq!((receipt.class, receipt.code.as_deref()), (None, None));
        assert_eq!(receipt.price.unwrap().to_string(), "0.0333 EUR");
    }
}

#[test]
fn a_receipt_that_was_changed_is_not_proven() {
    for by in [By::Get, By::Form, By::Json] {
        let mut pairs = signed(&[]);
        let status = pairs.iter_mut().find(|(name, _)| name == "status").unwrap();
        status.1 = "failed".to_owned();
        assert_eq!(hear_by(by, &pairs, 1_000_000), Err(NotHeard::Unproven), "{by:?}");
    }
}

#[test]
fn what_nobody_signed_makes_no_other_proof() {
    let proof = |by, pairs: &Pairs, junk: &[(&str, &str)]| {
        prove_by(by, pairs, junk, 1_000_000).unwrap().proof
    };
    let mut pairs = signed(&[]);
    let first = proof(By::Get, &pairs, &[]);
    for junk in [("x-signature", "1"), ("authorization", "1"), ("webhook-id", "1")] {
        for by in [By::Get, By::Form, By::Json] {
            assert_eq!(proof(by, &pairs, &[junk]), first, "{by:?} {junk:?}");
        }
    }
    pairs.reverse();
    assert_eq!(proof(By::Form, &pairs, &[]), first, "nobody signed the order");
    assert_ne!(proof(By::Form, &signed(&[("nonce", "e1f3")]), &[]), first);
}

#[test]
fn an_old_receipt_is_not_proven() {
    for now in [1_000_301, 999_699] {
        assert_eq!(hear_by(By::Form, &signed(&[]), now), Err(NotHeard::Unproven));
    }
}

#[test]
fn an_unsigned_query_cannot_move_a_receipt_to_another_message() {
    let other = MessageId::from_bits(10);
    let receipt = receipt_of(&signed(&[("client-ref", &other.to_string())]));
    assert_eq!(receipt.message, Some((None, other)));
    assert_eq!(receipt_of(&signed(&[("client-ref", "mine")])).message, None);
}

#[test]
fn a_failure_has_its_class() {
    let receipt = receipt_of(&signed(&[("status", "failed"), ("err-code", "2")]));
    assert_eq!(receipt.status, MessageStatus::Undelivered);
    assert_eq!(receipt.class, Some(FailureClass::HandsetAbsent));
    assert_eq!(receipt.code.as_deref(), Some("2"));
    let expired = receipt_of(&signed(&[("status", "expired")]));
    assert_eq!(expired.class, Some(FailureClass::Expired));
}

#[test]
fn another_accounts_receipt_is_refused() {
    let pairs = signed(&[("api-key", "key2")]);
    assert_eq!(hear_by(By::Form, &pairs, 1_000_000), Err(NotHeard::Malformed));
}

#[test]
fn a_shoppers_text_is_heard() {
    let pairs = signed(&[("text", "STOP & go=1"), ("to", "447400654321")]);
    let heard = hear_by(By::Json, &pairs, 1_000_000).unwrap();
    let [Heard::Text(text)] = &heard[..] else { panic!("no text") };
    assert_eq!((text.from.as_str(), text.text.as_str()), ("447547232824", "STOP & go=1"));
}
