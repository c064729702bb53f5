//! A code goes out by each carrier, and each carrier says what became of it.

use doorstep_tests::{
    mobile,
    shop::code_in,
    stand_in::{EUM, HTTP, StandIn, TWILIO, VONAGE, turn},
};
use serde_json::{Value, json};

use crate::live::{Live, first};

/// The ten minutes of a code, as far as they are left when its text goes out.
const LIFE: std::ops::RangeInclusive<u64> = 585..=600;

/// A text that arrived by this carrier: what the carrier got, and what the shop was told.
async fn arrives_by(carrier: StandIn) -> (Value, Value) {
    let _turn = turn().await;
    carrier.plays(&json!({"mode": "ok"})).await;
    let (shop, phone) = (Live::pinned(&[carrier]).await, mobile());
    let started = shop.starts(&json!({"phone": phone})).await.is(202);
    let id = started.text_at("/id").to_owned();
    let text = first(carrier, &phone).await;
    if carrier.name() != EUM.name() {
        let trace = started.header("traceparent").expect("a trace");
        assert_eq!(text["trace"], trace, "from the request to the carrier");
    }
    let words = text["text"].as_str().unwrap();
    let code = code_in(words);
    let line = format!("@{} #{code}", shop.shop.domain);
    assert_eq!(words.lines().last(), Some(line.as_str()), "the line for browsers");
    let told = shop.becomes(&id, "delivered", 30).await;
    let history = told["history"].as_array().unwrap();
    let statuses: Vec<_> = history.iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!(statuses.first(), Some(&"queued"), "{told}");
    assert_eq!(statuses[statuses.len() - 2..], ["sent", "delivered"], "{told}");
    let named = |line: &Value| line["status"] == "queued" || line["carrier"] == carrier.name();
    assert!(history.iter().all(named), "{told}");
    assert_eq!(told["carrier"], carrier.name());
    let _ = shop.types(&id, &code).await.is(200);
    assert_eq!(carrier.received_for(&phone).await.len(), 1, "one text");
    (text, told)
}

fn lives(text: &Value) {
    let seconds = text["validity"].as_u64().unwrap();
    assert!(LIFE.contains(&seconds), "valid for {seconds} s");
}

#[tokio::test]
async fn twilio_delivers_a_code() {
    let (text, told) = arrives_by(TWILIO).await;
    lives(&text);
    let callback = text["callback"].as_str().unwrap();
    assert!(callback.starts_with(TWILIO.told("webhook_url")), "{callback}");
    assert!(callback.contains(told["message_id"].as_str().unwrap()), "{callback}");
    assert!(told.get("price").is_none(), "Twilio's receipts tell none: {told}");
}

#[tokio::test]
async fn vonage_delivers_a_code() {
    let (text, told) = arrives_by(VONAGE).await;
    lives(&text);
    assert_eq!(text["ref"], told["message_id"]);
    assert_eq!(told["price"], json!({"amount": "0.0333", "currency": "EUR"}));
}

#[tokio::test]
async fn end_user_messaging_delivers_a_code() {
    let (text, told) = arrives_by(EUM).await;
    lives(&text);
    assert_eq!(text["ref"], told["message_id"]);
    assert_eq!(told["price"], json!({"amount": "0.04", "currency": "USD"}));
}

/// MMG's interface takes no validity: GOV.UK Notify's client has no such member.
#[tokio::test]
async fn a_carrier_with_a_plain_interface_delivers_a_code() {
    let (text, told) = arrives_by(HTTP).await;
    assert_eq!(text["ref"], told["message_id"]);
    assert!(told.get("price").is_none(), "MMG tells none: {told}");
}
