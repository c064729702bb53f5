//! Calls that read the code.

use doorstep_tests::{
    Shop, eventually, mobile, post,
    shop::new_key,
    stand_in::{TWILIO, turn},
    unique, waiting,
};
use serde_json::{Value, json};

use crate::live::{Live, first, last};

/// A landline of Ofcom's plan: London.
const LANDLINE: &str = "+442071838750";

/// A shop that has a number to call from.
async fn calling(more: &Value) -> Live {
    let mut settings = json!({"sender": {"id": "+447400123456"}});
    for (name, value) in more.as_object().into_iter().flatten() {
        settings[name] = value.clone();
    }
    Live::with(&settings, &[TWILIO]).await
}

async fn asks_for_a_call(shop: &Live, phone: &str) -> String {
    let answer = shop.starts(&json!({"phone": phone, "channel": "voice"})).await.is(202);
    assert_eq!(answer.body["channel"], "voice");
    answer.text_at("/id").to_owned()
}

/// What was said in the last call to a number, once it is over.
async fn said(phone: &str, sentences: usize) -> Vec<String> {
    eventually("the call was heard", 30, || async {
        let calls = TWILIO.received_for(phone).await;
        let call = calls.into_iter().rfind(|message| message["kind"] == "call")?;
        let said: Vec<_> =
            call["said"].as_array()?.iter().filter_map(|text| text.as_str()).collect();
        let said: Vec<_> = said.into_iter().map(str::to_owned).collect();
        (said.len() == sentences).then_some(said)
    })
    .await
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The code of a call: said twice, a digit at a time.
fn code_in(said: &[String]) -> String {
    let digits = digits(&said[1]);
    let (once, again) = digits.split_at(digits.len() / 2);
    assert_eq!((once.len(), once), (6, again), "the code twice: {said:?}");
    once.to_owned()
}

#[tokio::test]
async fn who_presses_a_key_hears_the_code_twice_and_is_verified() {
    let _turn = turn().await;
    let (shop, phone) = (calling(&json!({})).await, mobile());
    let id = asks_for_a_call(&shop, &phone).await;
    let said = said(&phone, 2).await;
    assert!(said[0].contains("Corner Shop") && digits(&said[0]).is_empty(), "{said:?}");
    let call = first(TWILIO, &phone).await;
    assert_eq!((&call["kind"], &call["from"]), (&json!("call"), &json!("+447400123456")));
    let told = shop.becomes(&id, "delivered", 20).await;
    assert_eq!(told["carrier"], "twilio");
    let _ = shop.types(&id, &code_in(&said)).await.is(200);
}

#[tokio::test]
async fn a_voicemail_never_hears_the_code() {
    let _turn = turn().await;
    let (shop, phone) = (calling(&json!({})).await, mobile());
    TWILIO.plays(&json!({"mode": "voicemail", "for": [phone]})).await;
    let id = asks_for_a_call(&shop, &phone).await;
    let said = said(&phone, 1).await;
    shop.becomes(&id, "delivered", 20).await;
    let call = first(TWILIO, &phone).await;
    TWILIO.plays(&json!({"mode": "ok"})).await;
    assert!(digits(&said[0]).is_empty(), "{said:?}");
    assert_eq!(call["said"], json!(said), "nothing more was said");
}

#[tokio::test]
async fn a_landline_is_called_and_gets_no_texts() {
    let _turn = turn().await;
    let shop = calling(&json!({})).await;
    let before = TWILIO.received_for(LANDLINE).await.len();
    let text = shop.starts(&json!({"phone": LANDLINE})).await;
    text.refused(422, "number_type_not_allowed");
    let id = asks_for_a_call(&shop, LANDLINE).await;
    shop.becomes(&id, "delivered", 30).await;
    let calls = TWILIO.received_for(LANDLINE).await.split_off(before);
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["kind"], "call");
}

#[tokio::test]
async fn a_number_is_not_called_twice_in_a_quarter_of_an_hour() {
    let _turn = turn().await;
    let (shop, phone) = (calling(&json!({})).await, mobile());
    let once = asks_for_a_call(&shop, &phone).await;
    shop.becomes(&once, "delivered", 30).await;
    let again = asks_for_a_call(&shop, &phone).await;
    let told = shop.becomes(&again, "failed", 30).await;
    let end = last(&told);
    assert_eq!(
        (&end["class"], &end["code"]),
        (&json!("policy"), &json!("called_before")),
        "{told}"
    );
    assert_eq!(TWILIO.received_for(&phone).await.len(), 1, "no second call");
}

/// A text that Twilio takes, and what it then does with it; the shopper is called, once.
async fn a_text_becomes_a_call(order: Value) {
    let _turn = turn().await;
    let (shop, phone) = (calling(&json!({"voice_after_seconds": 10})).await, mobile());
    let mut order = order;
    order["for"] = json!([phone]);
    order["times"] = json!(1);
    TWILIO.plays(&order).await;
    let began = waiting::now();
    let id = shop.signs_up(&phone).await;
    let text = first(TWILIO, &phone).await;
    assert_eq!(text["kind"], "text");
    let said = said(&phone, 2).await;
    TWILIO.plays(&json!({"mode": "ok"})).await;
    let after = waiting::now().duration_since(began).as_secs();
    assert!((10..30).contains(&after), "called after {after} s");
    let code = doorstep_tests::shop::code_in(text["text"].as_str().unwrap());
    assert_eq!(code_in(&said), code, "one code, written and said");
    let _ = shop.types(&id, &code).await.is(200);
    assert_eq!(TWILIO.received_for(&phone).await.len(), 2, "one text, one call");
}

#[tokio::test]
async fn a_text_about_which_nobody_says_anything_becomes_a_call() {
    a_text_becomes_a_call(json!({"mode": "silent"})).await;
}

#[tokio::test]
async fn a_text_that_did_not_arrive_becomes_a_call() {
    a_text_becomes_a_call(json!({"mode": "undelivered", "code": "30008"})).await;
}

#[tokio::test]
async fn a_browser_must_not_ask_for_a_call() {
    let shop = Shop::fresh().await;
    for mode in ["test", "live"] {
        let key = new_key(&shop.id, &json!({"kind": "publishable", "mode": mode})).await;
        let phone = if mode == "live" { mobile() } else { doorstep_tests::drama(7) };
        let call = post("/signups").key(&key).json(&json!({"phone": phone, "channel": "voice"}));
        let call = call.header("Origin", &format!("https://{}", shop.domain));
        call.header("Idempotency-Key", &unique()).send().await.refused(403, "forbidden");
    }
}
