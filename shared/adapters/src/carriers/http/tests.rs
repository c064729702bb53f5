#[path = "hear_tests.rs"]
mod hearing;

use std::collections::BTreeMap;

use doorstep_domain::{
    carrier::Content,
    id::{MessageId, StoreId},
    phone::{NumberType, PhoneNumber, Region},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;

fn ids() -> (StoreId, MessageId) {
    (StoreId::from_bits(7), MessageId::from_bits(9))
}

fn account(shape: &str) -> Account {
    let fields: BTreeMap<_, _> = [
        ("shape", shape),
        ("from", "CornerShop"),
        ("api_key", "key"),
        ("webhook_user", "mmg"),
        ("webhook_password", "pass"),
        ("token", "t0ken"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    Account::new(CarrierName::Http, "main".to_owned(), ids().0, fields)
}

fn message() -> Outgoing {
    Outgoing {
        message: ids().1,
        scope: (ids().0, doorstep_domain::Mode::Live),
        to: PhoneNumber::restore("+447400123456".to_owned(), Region::GB, NumberType::Mobile),
        content: Content::Text("Hello".to_owned()),
        sender: None,
        account: None,
        validity: SignedDuration::from_secs(540),
        carrier: CarrierName::Http,
        take: 1,
        trace: String::new(),
    }
}

/// A shape that says as little as it may, with `change` made to it.
fn document(change: impl FnOnce(&mut Value)) -> String {
    let mut document = json!({
        "send": {
            "path": "/send",
            "json": {"to": "{to}", "text": "{text}", "seconds": "{validity_seconds}"},
            "auth": {"bearer": "{token}"},
            "accepted": {"status": [202], "pointer": "/state", "equals": ["ok"]},
            "id": "/id",
            "code": "/error/code",
            "classes": {"E9": "opted_out"},
        },
        "receipt": {
            "source": "json",
            "proof": {"hmac_sha256": {
                "header": "X-Signature", "secret": "{token}", "encoding": "hex", "prefix": "sha256=",
            }},
            "id": "/id",
            "message": "/ref",
            "status": "/state",
            "statuses": {"done": "delivered", "lost": "undelivered"},
            "code": "/error",
            "classes": {"E1": "handset_absent", "E2": "expired"},
            "price": {"amount": "/cost", "currency": "GBP"},
        },
    });
    change(&mut document);
    document.to_string()
}

fn wrong(change: impl FnOnce(&mut Value)) -> String {
    Shape::parse(&document(change)).map(drop).unwrap_err().to_string()
}

fn request_of(ready: &Ready) -> Option<reqwest::Request> {
    let target = ready.below("https://carrier.example");
    ready.build(Client::new().request(ready.method(), target)).build().ok()
}

#[test]
fn presets_are_shapes_and_name_their_fields() {
    for (name, fields) in [
        ("mmg", &["api_key", "webhook_password", "webhook_user"][..]),
        ("firetext", &["api_key", "webhook_password", "webhook_user"]),
    ] {
        assert_eq!(Shape::parse(name).unwrap().fields(), fields, "{name}");
    }
    assert_eq!(Shape::parse(&document(|_| ())).unwrap().fields(), ["token"]);
}

#[test]
fn the_runbook_tells_every_field_and_a_shape_that_is_one() {
    let runbook = include_str!("../../../../../infra/runbooks/carriers.md");
    let (_, example) = runbook.split_once("```json\n").unwrap();
    let shape = Shape::parse(example.split_once("```").unwrap().0).unwrap();
    assert_eq!(shape.fields(), ["api_key", "signing_key"]);
    let runbooks = [runbook, include_str!("../../../../../infra/runbooks/smpp.md")].concat();
    for carrier in CarrierName::ALL {
        for field in doorstep_domain::carrier::fields(*carrier) {
            assert!(runbooks.contains(&format!("`{}`", field.name)), "{}", field.name);
        }
    }
}

#[test]
fn what_is_no_shape_at_all_says_what_one_is() {
    assert_eq!(
        Shape::parse("nexmo").unwrap_err().to_string(),
        ": must be mmg, firetext or a JSON document"
    );
}

#[test]
fn a_mistake_is_told_with_its_place() {
    for (told, expected) in [
        (wrong(|d| d["sned"] = json!({})), "/sned: is not known here"),
        (wrong(|d| d["send"] = json!([])), "/send: must be an object"),
        (
            wrong(|d| d["send"]["path"] = json!("https://evil.example/")),
            "/send/path: must begin with a slash: the host is not the shape's",
        ),
        (
            wrong(|d| d["send"]["method"] = json!("GET")),
            "/send/method: is not one of the known words",
        ),
        (wrong(|d| d["send"]["form"] = json!({})), "/send: must have either form or json"),
        (
            wrong(|d| d["send"]["json"]["to"] = json!("{to")),
            "/send/json/to: has a brace that is not around a name of a-z, 0-9 and _",
        ),
        (
            wrong(|d| d["send"]["accepted"]["status"] = json!([404])),
            "/send/accepted/status/0: must be an HTTP status from 200 to 299",
        ),
        (
            wrong(|d| d["send"]["accepted"]["equals"] = json!([])),
            "/send/accepted/equals: must be a list with at least one item",
        ),
        (
            wrong(|d| d["send"]["classes"]["E9"] = json!("gone")),
            "/send/classes/E9: is not one of the known words",
        ),
        (
            wrong(|d| d["send"]["id"] = json!("id")),
            "/send/id: must be a JSON pointer, such as /status",
        ),
        (
            wrong(|d| d["send"]["auth"]["bearer"] = json!("s3cret")),
            "/send/auth/bearer: must name a field, such as {webhook_password}",
        ),
        (
            wrong(|d| d["send"]["auth"] = json!({})),
            "/send/auth: must have one of basic, bearer and header",
        ),
    ] {
        assert_eq!(told, expected);
    }
}

#[test]
fn a_mistake_in_what_is_heard_is_told_with_its_place() {
    for (told, expected) in [
        (
            wrong(|d| drop(d["receipt"].as_object_mut().unwrap().remove("status"))),
            "/receipt/status: is missing",
        ),
        (
            wrong(|d| d["receipt"]["source"] = json!("query")),
            "/receipt/proof: must be basic or header: the digest covers no query",
        ),
        (
            wrong(|d| d["receipt"]["statuses"]["done"] = json!("queued")),
            "/receipt/statuses/done: is not one of the known words",
        ),
        (
            wrong(|d| d["receipt"]["proof"]["hmac_sha256"]["secret"] = json!("s3cret")),
            "/receipt/proof/hmac_sha256/secret: must name a field, such as {webhook_password}",
        ),
    ] {
        assert_eq!(told, expected);
    }
}

fn filled(shape: &str) -> Option<reqwest::Request> {
    let account = account(shape);
    let message = Outgoing { account: Some(std::sync::Arc::new(account)), ..message() };
    let find = |name: &str| value(name, &message, ("Hello", Some("https://shop.example/cb")));
    let ready = Shape::parse(shape).unwrap().send.fill(&find)?;
    request_of(&ready)
}

#[test]
fn a_text_is_sent_as_the_shape_says() {
    let request = filled(&document(|_| ())).unwrap();
    assert_eq!(request.url().as_str(), "https://carrier.example/send");
    assert_eq!(request.headers()["authorization"], "Bearer t0ken");
    let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
    assert_eq!(body, json!({"to": "+447400123456", "text": "Hello", "seconds": 540}));
}

#[test]
fn firetexts_form_has_our_reference() {
    let request = filled("firetext").unwrap();
    let body = request.body().unwrap().as_bytes().unwrap();
    let form = super::super::proof::form(body);
    for (name, value) in [("to", "447400123456"), ("apiKey", "key"), ("message", "Hello")] {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    assert!(form.contains(&("reference".to_owned(), ids().1.to_string())));
}

#[test]
fn a_field_that_the_account_lacks_is_not_left_empty() {
    assert!(filled(&document(|d| d["send"]["auth"] = json!({"bearer": "{lost}"}))).is_none());
}

#[test]
fn a_path_cannot_be_left_by_a_value() {
    let shape = document(|d| d["send"]["path"] = json!("/accounts/{text}/send"));
    let account = account(&shape);
    let message = Outgoing { account: Some(std::sync::Arc::new(account)), ..message() };
    let find = |name: &str| value(name, &message, ("../x?y#z", None));
    let ready = Shape::parse(&shape).unwrap().send.fill(&find).unwrap();
    let request = request_of(&ready).unwrap();
    assert_eq!(request.url().path(), "/accounts/..%2Fx%3Fy%23z/send");
}

fn answered(shape: &str, status: u16, body: &str) -> Outcome {
    let answer = Answer { status, body: body.as_bytes().to_vec() };
    read(&Shape::parse(shape).unwrap(), &answer, &message())
}

#[test]
fn the_answer_is_read_as_the_shape_says() {
    use FailureClass as Class;
    let shape = document(|_| ());
    let accepted = |id: &str| Outcome::Accepted { carrier_message_id: id.to_owned() };
    for (status, body, outcome) in [
        (202, r#"{"state":"ok","id":"c-1"}"#, accepted("c-1")),
        (202, r#"{"state":"ok","id":17}"#, accepted("17")),
        (202, r#"{"state":"ok"}"#, unreadable()),
        (202, "<html>", unreadable()),
        (200, r#"{"state":"ok","id":"c-1"}"#, unreadable()),
        (202, r#"{"state":"no","error":{"code":"E9"}}"#, failed(Class::OptedOut, "E9")),
        (202, r#"{"state":"no"}"#, failed(Class::Configuration, "no")),
        (400, r#"{"error":{"code":"E9"}}"#, failed(Class::OptedOut, "E9")),
        (400, r#"{"error":{"code":"E7"}}"#, failed(Class::Configuration, "E7")),
        (429, "", failed(Class::Throttled, "http_429")),
        (503, "", failed(Class::CarrierDown, "http_503")),
    ] {
        assert_eq!(answered(&shape, status, body), outcome, "{status} {body}");
    }
    assert_eq!(answered("mmg", 200, "{}"), accepted(&ids().1.to_string()));
    assert_eq!(answered("firetext", 200, r#"{"code":0}"#), accepted(&ids().1.to_string()));
    assert_eq!(answered("firetext", 200, r#"{"code":3}"#), failed(Class::Configuration, "3"));
}
