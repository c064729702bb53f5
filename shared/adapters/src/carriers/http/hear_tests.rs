//! What a carrier of any shape tells, and what proves it.

use doorstep_domain::{
    hear::{Callback, Heard, InboundText, NotHeard},
    message::MessageStatus,
    webhook::Proved,
};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::carriers::proof::to_hex;

fn hear_as(
    shape: &str,
    header: (&str, &str),
    body: &str,
    inbound: bool,
) -> Result<Vec<Heard>, NotHeard> {
    prove_as(shape, &[header], body, inbound).map(|proved| proved.says)
}

fn prove_as(
    shape: &str,
    headers: &[(&str, &str)],
    body: &str,
    inbound: bool,
) -> Result<Proved<Vec<Heard>>, NotHeard> {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (store, message) = ids();
    let query =
        [("store".to_owned(), store.to_string()), ("message".to_owned(), message.to_string())];
    let callback = Callback {
        url: "https://shop.example/",
        method: "POST",
        query: &query,
        headers: &headers,
        body: body.as_bytes(),
        inbound,
        now: Timestamp::UNIX_EPOCH,
    };
    hear(&account(shape), &callback)
}

/// `mmg:pass`.
const BASIC: (&str, &str) = ("authorization", "Basic bW1nOnBhc3M=");

#[test]
fn mmgs_receipt_is_heard_by_its_password() {
    let body = json!({"reference": "m-1", "CID": ids().1.to_string(), "MSISDN": "447400123456",
        "status": "4", "substatus": "27", "deliverytime": "2016-04-05 16:01:07"});
    let heard = hear_as("mmg", BASIC, &body.to_string(), false).unwrap();
    let [Heard::Receipt(receipt)] = &heard[..] else { panic!("no receipt") };
    assert_eq!(receipt.message, Some((Some(ids().0), ids().1)));
    assert_eq!(receipt.status, MessageStatus::Undelivered);
    assert_eq!(receipt.class, Some(FailureClass::HandsetAbsent));
    for (name, value) in
        [("authorization", "Basic bW1nOnBhc3N="), ("authorization", ""), ("x", "y")]
    {
        let heard = hear_as("mmg", (name, value), &body.to_string(), false);
        assert_eq!(heard, Err(NotHeard::Unproven));
    }
}

#[test]
fn a_shape_without_receipts_hears_none() {
    let shape = document(|d| drop(d.as_object_mut().unwrap().remove("receipt")));
    assert_eq!(hear_as(&shape, BASIC, "{}", false), Err(NotHeard::Unproven));
    assert_eq!(hear_as("firetext", BASIC, "{}", true), Err(NotHeard::Unproven));
}

#[test]
fn a_receipt_is_heard_by_the_hmac_of_its_body() {
    let body = json!({"id": "c-1", "ref": ids().1.to_string(), "state": "lost", "error": "E2",
        "cost": "0.04"})
    .to_string();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"t0ken");
    let tag = to_hex(aws_lc_rs::hmac::sign(&key, body.as_bytes()).as_ref());
    let header = format!("sha256={tag}");
    let shape = document(|_| ());
    let heard = hear_as(&shape, ("x-signature", &header), &body, false).unwrap();
    let [Heard::Receipt(receipt)] = &heard[..] else { panic!("no receipt") };
    assert_eq!(receipt.carrier_message_id.as_deref(), Some("c-1"));
    assert_eq!(
        (receipt.status, receipt.class),
        (MessageStatus::Expired, Some(FailureClass::Expired))
    );
    assert_eq!(receipt.price.unwrap().to_string(), "0.04 GBP");
    for (header, body) in [(&tag, &body), (&header, &body.replace("lost", "done"))] {
        let heard = hear_as(&shape, ("x-signature", header), body, false);
        assert_eq!(heard, Err(NotHeard::Unproven));
    }
}

#[test]
fn what_nobody_vouched_for_makes_no_other_proof() {
    let (shape, body) = (document(|_| ()), r#"{"id":"c-1","state":"done"}"#);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"t0ken");
    let tag = to_hex(aws_lc_rs::hmac::sign(&key, body.as_bytes()).as_ref());
    let header = format!("sha256={tag}");
    let upper = format!("sha256={}", tag.to_uppercase());
    let by_header = document(|d| {
        d["receipt"]["proof"] = json!({"header": {"name": "X-S", "value": "{token}"}});
    });
    for (shape, proving) in [
        (shape.as_str(), &[("x-signature", header.as_str()), ("x-signature", &upper)][..]),
        (&by_header, &[("x-s", "t0ken")]),
    ] {
        let proof = |headers: &[(&str, &str)]| prove_as(shape, headers, body, false).unwrap().proof;
        let first = proof(&proving[..1]);
        for proving in proving {
            for junk in [("x-other-signature", "1"), ("authorization", "1"), ("webhook-id", "1")] {
                assert_eq!(proof(&[*proving, junk]), first, "{junk:?}");
            }
        }
    }
    let of = |body| prove_as(&by_header, &[("x-s", "t0ken")], body, false).unwrap().proof;
    assert_ne!(of(body), of(r#"{"id":"c-2","state":"done"}"#));
}

#[test]
fn a_url_that_no_proof_covers_names_no_message() {
    let without = |proof: Value| {
        document(|d| {
            d["receipt"]["proof"] = proof;
            drop(d["receipt"].as_object_mut().unwrap().remove("message"));
        })
    };
    let body = r#"{"id":"c-1","state":"done"}"#;
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"t0ken");
    let tag = to_hex(aws_lc_rs::hmac::sign(&key, body.as_bytes()).as_ref());
    let by_body = json!({"hmac_sha256": {"header": "x-s", "secret": "{token}", "encoding": "hex"}});
    let by_header = json!({"header": {"name": "X-S", "value": "{token}"}});
    let whole = Some((Some(ids().0), ids().1));
    for (proof, header, named) in [(by_body, tag.as_str(), None), (by_header, "t0ken", whole)] {
        let heard = hear_as(&without(proof), ("x-s", header), body, false).unwrap();
        let [Heard::Receipt(receipt)] = &heard[..] else { panic!("no receipt") };
        assert_eq!(receipt.message, named);
    }
}

#[test]
fn a_shoppers_text_is_heard() {
    let body = r#"{"ID":"7","MSISDN":"447400123456","Number":"60777","Message":"STOP"}"#;
    let text = InboundText {
        id: "7".to_owned(),
        from: "447400123456".to_owned(),
        to: "60777".to_owned(),
        text: "STOP".to_owned(),
    };
    assert_eq!(hear_as("mmg", BASIC, body, true), Ok(vec![Heard::Text(text)]));
    assert_eq!(hear_as("mmg", BASIC, "{}", true), Err(NotHeard::Malformed));
}

proptest! {
    #[test]
    fn no_document_panics(text in "\\PC{0,60}") {
        let _ = Shape::parse(&text);
    }

    #[test]
    fn no_body_panics(body in "\\PC{0,60}") {
        let _ = hear_as("mmg", BASIC, &body, false);
        let _ = hear_as("firetext", BASIC, &body, false);
    }
}
