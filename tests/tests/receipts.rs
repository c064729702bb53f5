//! A storm of receipts: doubled, reordered, early, forged, about messages that nobody sent. Each
//! message ends in its right status, and what is forged is refused and changes nothing.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

use std::collections::HashMap;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use doorstep_tests::{
    Shop, eventually, get, post, put,
    shop::mobile,
    stand_in::{TWILIO, turn},
    unique,
    waiting::now,
};
use futures::{StreamExt, future::join_all, stream};
use serde_json::{Value, json};

/// Messages in the storm.
const MESSAGES: usize = 100;
/// Receipts in the storm: those of the messages, of strangers, and forged ones.
const STORM: usize = 2_000;
/// Receipts that are under way at once.
const AT_ONCE: usize = 40;

/// One callback of Twilio's.
#[derive(Clone)]
struct Callback {
    sid: String,
    status: &'static str,
    forged: bool,
}

impl Callback {
    async fn posts(&self) -> u16 {
        let (url, account) = (TWILIO.told("webhook_url"), TWILIO.told("account"));
        let mut form = vec![
            ("AccountSid", account),
            ("MessageSid", &self.sid),
            ("MessageStatus", self.status),
            ("SmsSid", &self.sid),
            ("SmsStatus", self.status),
        ];
        if self.status == "undelivered" {
            form.insert(1, ("ErrorCode", "30003"));
        }
        let token = if self.forged { "another token" } else { TWILIO.told("auth_token") };
        let signed: String = form.iter().flat_map(|(name, value)| [*name, *value]).collect();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
        let tag = hmac::sign(&key, format!("{url}{signed}").as_bytes());
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        let call = post(url).raw(body).header("Content-Type", "application/x-www-form-urlencoded");
        call.header("X-Twilio-Signature", &STANDARD.encode(tag)).send().await.status
    }
}

/// Twilio's ids of so many messages that it took and said nothing about.
async fn silent_messages(shop: &Shop) -> HashMap<String, String> {
    TWILIO.plays(&json!({"mode": "silent"})).await;
    let signups = stream::iter(0..MESSAGES).map(|_| async {
        let phone = mobile();
        let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
        let answer = call.header("Idempotency-Key", &unique()).send().await.is(202);
        (phone, answer.text_at("/id").to_owned())
    });
    let signups: Vec<_> = signups.buffer_unordered(10).collect().await;
    let all = || async {
        let texts = TWILIO.received().await;
        (texts.len() >= MESSAGES).then_some(texts)
    };
    let texts = eventually("all texts at Twilio", 60, all).await;
    let sid = |phone: &str| {
        let text = texts.iter().find(|text| text["to"] == phone);
        text.unwrap()["id"].as_str().unwrap().to_owned()
    };
    signups.iter().map(|(phone, id)| (sid(phone), id.clone())).collect()
}

/// The last word on a message: half of them arrive.
fn last_word(index: usize) -> &'static str {
    if index.is_multiple_of(2) { "delivered" } else { "undelivered" }
}

/// The whole storm, in an order that nobody would choose.
fn storm(sids: &[String]) -> Vec<Callback> {
    let mut storm = Vec::new();
    for (index, sid) in sids.iter().enumerate() {
        let own = |status| Callback { sid: sid.clone(), status, forged: false };
        storm.extend(std::iter::repeat_n(own(last_word(index)), 6));
        storm.extend(["queued", "sent", "sent", "sending"].map(own));
        let wrong = if last_word(index) == "delivered" { "undelivered" } else { "delivered" };
        let forged = Callback { sid: sid.clone(), status: wrong, forged: true };
        storm.extend(std::iter::repeat_n(forged, 5));
    }
    for stranger in 0..STORM - storm.len() {
        let sid = format!("SM{stranger:032x}");
        storm.push(Callback { sid, status: "delivered", forged: false });
    }
    // Each place modulo a number without a common factor: far apart, and the same each time.
    (0..STORM).map(|place| storm[place * 1_237 % STORM].clone()).collect()
}

async fn pinned_to_twilio() -> Shop {
    let shop = Shop::of_silent_shoppers().await;
    let until = (now() + jiff::SignedDuration::from_hours(1)).to_string();
    let pin = json!({"country": "GB", "carriers": ["twilio"], "until": until});
    let _ = put("/routes").key(&shop.live_key).json(&pin).send().await.is(200);
    shop
}

async fn status_of(shop: &Shop, signup: &str) -> Value {
    let path = format!("/delivery-status?signup_id={signup}");
    get(&path).key(&shop.live_key).send().await.is(200).body
}

#[tokio::test]
async fn a_storm_of_two_thousand_ends_in_the_right_status_for_each() {
    let _turn = turn().await;
    TWILIO.resets().await;
    let shop = pinned_to_twilio().await;
    let messages = silent_messages(&shop).await;
    let mut sids: Vec<_> = messages.keys().cloned().collect();
    sids.sort();
    let storm = storm(&sids);
    assert_eq!(storm.len(), STORM);
    let answers =
        stream::iter(&storm).map(|callback| async move { (callback, callback.posts().await) });
    let answers: Vec<_> = answers.buffer_unordered(AT_ONCE).collect().await;
    for (callback, status) in answers {
        let expected = if callback.forged { 401 } else { 204 };
        assert_eq!(status, expected, "{} of {}", callback.status, callback.sid);
    }
    for (index, sid) in sids.iter().enumerate() {
        let expected = last_word(index);
        let ended = || async {
            let told = status_of(&shop, &messages[sid]).await;
            (told["status"] == expected).then_some(told)
        };
        let told = eventually(&format!("{sid} {expected}"), 60, ended).await;
        let ends = told["history"].as_array().unwrap().iter().filter(|h| h["status"] == expected);
        assert_eq!(ends.count(), 1, "applied once: {told}");
    }
    TWILIO.resets().await;
}

#[tokio::test]
async fn receipts_that_come_before_the_answer_are_not_lost() {
    let _turn = turn().await;
    TWILIO.resets().await;
    TWILIO.plays(&json!({"mode": "early"})).await;
    let shop = pinned_to_twilio().await;
    let signups = join_all((0..20).map(|_| async {
        let call = post("/signups").key(&shop.live_key).json(&json!({"phone": mobile()}));
        let answer = call.header("Idempotency-Key", &unique()).send().await.is(202);
        answer.text_at("/id").to_owned()
    }));
    for signup in signups.await {
        let delivered =
            || async { (status_of(&shop, &signup).await["status"] == "delivered").then_some(()) };
        eventually("an early receipt", 60, delivered).await;
    }
    TWILIO.resets().await;
}
