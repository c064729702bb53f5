//! Which carriers get live texts: pins, and what their health is told.

use std::time::Duration;

use doorstep_tests::{
    Shop, emulator, eventually, get, mobile, post, put, shop::operator, unique, waiting::now,
};
use serde_json::{Value, json};

/// So many seconds from now, in UTC.
fn soon(seconds: u32) -> String {
    let at = now().as_millisecond() + i64::from(seconds) * 1000;
    jiff::Timestamp::from_millisecond(at).expect("a time").to_string()
}

async fn pins(shop: &Shop, body: &Value) -> doorstep_tests::Answer {
    put("/routes").key(&shop.live_key).json(body).send().await
}

/// A live sign-up's id.
async fn texts_live(shop: &Shop, phone: &str) -> String {
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
    let started = call.header("Idempotency-Key", &unique()).send().await.is(202);
    started.text_at("/id").to_owned()
}

/// The carrier that was first at a sign-up's text.
async fn carrier(shop: &Shop, id: &str) -> String {
    let path = format!("/delivery-status?signup_id={id}");
    let told = eventually("a carrier is asked", 30, || async {
        let answer = get(&path).key(&shop.live_key).send().await.is(200);
        let first =
            answer.body["history"].as_array()?.iter().find(|line| line["carrier"].is_string())?;
        Some(first["carrier"].as_str()?.to_owned())
    });
    told.await
}

#[tokio::test]
async fn a_pin_is_checked_kept_and_logged() {
    let shop = Shop::fresh().await;
    let until = soon(3_600);
    for (body, pointer) in [
        (json!({"country": "GB", "carriers": ["pigeon"], "until": until}), "/carriers"),
        (json!({"country": "GB", "carriers": ["sandbox"], "until": until}), "/carriers"),
        (json!({"country": "GB", "carriers": ["smpp"], "until": until}), "/carriers"),
        (json!({"country": "GB", "carriers": [], "until": until}), "/carriers"),
        (json!({"country": "GB", "carriers": ["sns", "sns"], "until": until}), "/carriers"),
        (json!({"country": "GB", "carriers": ["sns"], "until": soon(0)}), "/until"),
        (json!({"country": "GB", "carriers": ["sns"], "until": soon(31 * 86_400)}), "/until"),
        (json!({"country": "GB", "carriers": ["sns"]}), "/until"),
        (json!({"country": "Wales", "carriers": ["sns"], "until": until}), "/country"),
    ] {
        let refused = pins(&shop, &body).await;
        refused.refused(400, "invalid_member");
        refused.points_at(pointer);
    }
    let pin = json!({"country": "GB", "carriers": ["sns"], "until": until});
    for _ in 0..2 {
        assert_eq!(pins(&shop, &pin).await.is(200).body, pin);
    }
    let log = get("/decisions?country=GB").key(&shop.live_key).send().await.is(200);
    let of_kind = |kind: &str| log.data().iter().filter(|line| line["kind"] == kind).count();
    assert_eq!(of_kind("pin"), 1, "{}", log.text);
    let stranger = Shop::fresh().await;
    let others = get("/decisions").key(&stranger.live_key).send().await.is(200);
    assert!(others.data().iter().all(|line| line["kind"] != "pin"), "{}", others.text);
}

#[tokio::test]
async fn an_operator_names_the_store_that_it_pins() {
    let shop = Shop::fresh().await;
    let pin = json!({"country": "GB", "carriers": ["sns"], "until": soon(600)});
    let call = || put("/routes").key(operator()).json(&pin);
    call().send().await.refused(400, "store_required");
    let _ = call().header("Doorstep-Store", &shop.id).send().await.is(200);
}

#[tokio::test]
async fn a_pin_takes_effect_within_ten_seconds() {
    let shop = Shop::fresh().await;
    let account = json!({"account": format!("AC{}", unique()), "auth_token": "not-a-real-token", "from": "+447400123456"});
    let path = format!("/stores/{}/carriers/twilio", shop.id);
    let _ = put(&path).key(&shop.live_key).json(&account).send().await.is(200);
    let before = texts_live(&shop, &mobile()).await;
    assert_eq!(carrier(&shop, &before).await, "sns", "twilio stands by");
    let pin = json!({"country": "GB", "carriers": ["twilio"], "until": soon(600)});
    let _ = pins(&shop, &pin).await.is(200);
    tokio::time::sleep(Duration::from_secs(11)).await;
    let after = texts_live(&shop, &mobile()).await;
    assert_eq!(carrier(&shop, &after).await, "twilio");
}

#[tokio::test]
async fn a_live_text_and_its_code_are_seen_by_health() {
    let shop = Shop::fresh().await;
    let before = counted().await;
    let phone = mobile();
    let id = texts_live(&shop, &phone).await;
    let sent =
        eventually("the text is sent", 30, || async { emulator::sms_to(&phone).await.pop() }).await;
    eventually("health sees it", 60, || async { (counted().await > before).then_some(()) }).await;
    let code = doorstep_tests::shop::code_in(&sent);
    let call = post(&format!("/signups/{id}/verify")).key(&shop.live_key);
    let _ = call.json(&json!({"code": code})).send().await.is(200);
    let routes = get("/routes").key(&shop.live_key).send().await.is(200);
    let british = routes.data().iter().find(|country| country["country"] == "GB");
    let carriers = british.expect("a text went there")["carriers"].as_array().expect("a list");
    assert!(carriers.iter().any(|carrier| carrier["carrier"] == "sns"), "{}", routes.text);
}

/// How often the United Kingdom's health has changed.
async fn counted() -> u64 {
    let items = emulator::items().await;
    let country = items
        .iter()
        .find(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.ends_with("#live#HLT#GB")));
    let revision = country.and_then(|item| item["revision"]["N"].as_str()?.parse::<u64>().ok());
    revision.map_or(0, |revision| revision + 1)
}
