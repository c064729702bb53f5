//! What a shopper agreed to, as a store has to be able to show it.

use doorstep_tests::{
    Answer, Shop, drama, get, mobile, post, put, shop::new_key, unique, waiting::now,
};
use serde_json::{Value, json};

use crate::templates::{save, set};

const WORDS: &str = "Yes, text me offers from Corner Shop.";

/// A shop that asks for consent to offers in words of its own, and has an offer to send.
pub(crate) async fn asking() -> Shop {
    let shop = Shop::fresh().await;
    let settings = json!({
        "purposes": ["offers", "news"],
        "wordings": {"v1": WORDS},
        "sender": {"inbound_number": mobile()},
    });
    let _ = set(&shop, &settings).await.is(200);
    let offer = json!({"name": "offer", "locale": "en", "kind": "marketing",
        "body": "{{ store }}: sale! {{ opt_out }}"});
    let _ = save(&shop, &offer).await.is(201);
    shop
}

/// An offer to this number.
pub(crate) async fn offers(shop: &Shop, phone: &str) -> Answer {
    let body = json!({"to": phone, "template": "offer", "purpose": "offers"});
    shop.asks(post("/messages")).json(&body).header("Idempotency-Key", &unique()).send().await
}

/// The one user of a number.
pub(crate) async fn user_of(shop: &Shop, phone: &str) -> Value {
    let found = shop.asks(post("/users/search")).json(&json!({"phone": phone})).send().await;
    let found = found.is(200);
    assert_eq!(found.data().len(), 1, "{}", found.body);
    found.data()[0].clone()
}

pub(crate) async fn tells(shop: &Shop, user: &str, body: &Value) -> Answer {
    shop.asks(put(&format!("/users/{user}/consents"))).json(body).send().await
}

fn no() -> Value {
    json!({"consents": [{"purpose": "offers", "channel": "sms", "granted": false}],
        "reason": "Told us on the phone"})
}

pub(crate) fn yes() -> Value {
    json!({"consents": [{"purpose": "offers", "channel": "sms", "granted": true,
        "wording_version": "v1"}]})
}

/// Signs up, agrees to offers and refuses news; the user's id.
async fn agrees(shop: &Shop, phone: &str) -> (String, String) {
    let consent = |purpose, granted| json!({"purpose": purpose, "channel": "sms", "granted": granted, "wording_version": "v1"});
    let body = json!({
        "phone": phone,
        "locale": "en-GB",
        "customer": {"external_id": "c-1042", "name": "Ada Lovelace"},
        "consents": [consent("offers", true), consent("news", false)],
        "context": {"ip": "203.0.113.7", "page_url": "https://shop.example/join"},
    });
    let signup = shop.starts(&body).await.is(202).text_at("/id").to_owned();
    let done = shop.types(&signup, &shop.code(&signup).await).await.is(200);
    (done.text_at("/user/id").to_owned(), signup)
}

async fn record(shop: &Shop, user: &str) -> Value {
    shop.reads(&format!("/users/{user}/consents")).await.is(200).body
}

#[tokio::test]
async fn the_icos_five_questions_are_answered_by_one_call() {
    let (shop, phone) = (asking().await, drama(11));
    let (user, signup) = agrees(&shop, &phone).await;
    let _ = tells(&shop, &user, &no()).await.is(200);
    let told = record(&shop, &user).await;
    assert_eq!(told["chain"], json!({"intact": true, "entries": 3}));
    let yes = told["history"].as_array().unwrap().iter();
    let yes = yes.clone().find(|entry| entry["event"] == "granted").unwrap();
    assert_eq!(yes["who"], json!({"user_id": user, "phone": phone}));
    let when: jiff::Timestamp = yes["when"]["occurred_at"].as_str().unwrap().parse().unwrap();
    assert!(when <= now() && yes["when"]["recorded_at"].is_string());
    assert_eq!(yes["told"]["wording"], WORDS, "the very words");
    assert_eq!(yes["told"]["wording_version"], "v1");
    assert_eq!(yes["told"]["wording_hash"].as_str().unwrap().len(), 64);
    assert_eq!(yes["told"]["controllers"], json!(["Corner Shop"]));
    assert_eq!(yes["told"]["privacy_url"], format!("https://{}/privacy", shop.domain));
    let how = json!({
        "method": "signup_code", "proven": true, "signup_id": signup, "locale": "en-GB",
        "page_url": "https://shop.example/join", "ip_network": "203.0.113.0/24",
    });
    assert_eq!(yes["how"], how);
    let back = &told["history"][2];
    assert_eq!((&back["event"], &back["how"]["method"]), (&json!("withdrawn"), &json!("api")));
    assert_eq!(back["how"]["reason"], "Told us on the phone");
    assert_eq!(yes["withdrawn_at"], back["when"]["occurred_at"]);
    let holds =
        told["consents"].as_array().unwrap().iter().map(|it| {
            (it["purpose"].as_str().unwrap(), it["state"].as_str().unwrap(), &it["live"])
        });
    let expected = [("news", "refused", &json!(false)), ("offers", "withdrawn", &json!(false))];
    assert_eq!(holds.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_no_is_taken_at_once_and_only_the_shopper_can_say_yes_again() {
    let (shop, phone) = (asking().await, drama(12));
    let (user, _) = agrees(&shop, &phone).await;
    let _ = offers(&shop, &phone).await.is(202);
    for _ in 0..2 {
        let told = tells(&shop, &user, &no()).await.is(200);
        assert_eq!(told.text_at("/consents/1/state"), "withdrawn");
        offers(&shop, &phone).await.refused(403, "consent_required");
    }
    let mut past = no();
    past["consents"][0]["occurred_at"] = json!("2026-01-02T09:30:00Z");
    let _ = tells(&shop, &user, &past).await.is(200);
    let entries = &record(&shop, &user).await["chain"]["entries"];
    assert_eq!(entries, 4, "each no that is newer than the one before");
    let refused = tells(&shop, &user, &yes()).await;
    refused.refused(409, "conflict");
    refused.points_at("/consents/0/granted");
    let (same, _) = agrees(&shop, &phone).await;
    assert_eq!(same, user);
    let _ = offers(&shop, &phone).await.is(202);
}

#[tokio::test]
async fn a_soft_opt_in_rests_on_its_sale() {
    let (shop, phone) = (asking().await, drama(13));
    let signup = shop.signs_up(&phone).await;
    let done = shop.types(&signup, &shop.code(&signup).await).await.is(200);
    let user = done.text_at("/user/id").to_owned();
    let soft = |sale: Value| {
        json!({"consents": [{"purpose": "offers", "channel": "sms", "granted": true,
            "basis": "soft_opt_in", "sale": sale}]})
    };
    let sale = json!({"kind": "sale", "reference": "order-7", "opt_out_offered": false});
    let refused = tells(&shop, &user, &soft(sale)).await;
    refused.points_at("/consents/0/sale/opt_out_offered");
    tells(&shop, &user, &soft(Value::Null)).await.points_at("/consents/0/sale");
    offers(&shop, &phone).await.refused(403, "consent_required");
    let sale = json!({"kind": "sale", "reference": "order-7", "opt_out_offered": true});
    let told = tells(&shop, &user, &soft(sale.clone())).await.is(200);
    assert_eq!(told.text_at("/consents/0/basis"), "soft_opt_in");
    assert_eq!(record(&shop, &user).await["history"][0]["how"]["sale"], sale);
    let _ = offers(&shop, &phone).await.is(202);
}

#[tokio::test]
async fn what_is_wrong_with_what_is_told_is_told_at_its_member() {
    let shop = asking().await;
    let (user, _) = agrees(&shop, &drama(14)).await;
    let told = |member: &str, value: Value| {
        let mut body = yes();
        body["consents"][0][member] = value;
        body
    };
    for (body, pointer) in [
        (told("purpose", json!("prizes")), "/consents/0/purpose"),
        (told("channel", json!("post")), "/consents/0/channel"),
        (told("wording_version", json!("v9")), "/consents/0/wording"),
        (told("occurred_at", json!("2999-01-01T00:00:00Z")), "/consents/0/occurred_at"),
        (told("method", json!("paper")), "/consents/0/method"),
        (json!({"consents": []}), "/consents"),
        (json!({"consents": [yes()["consents"][0], yes()["consents"][0]]}), "/consents/1/purpose"),
    ] {
        let answer = tells(&shop, &user, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        answer.points_at(pointer);
    }
}

#[tokio::test]
async fn users_are_found_and_shown_to_those_who_may_see_them() {
    let (shop, phone) = (asking().await, drama(15));
    let (user, _) = agrees(&shop, &phone).await;
    let read = shop.reads(&format!("/users/{user}")).await.is(200);
    assert_eq!(read.text_at("/phone"), phone);
    assert_eq!(read.body["verified_at"], read.body["first_verified_at"]);
    assert_eq!(read.body["customer"], json!({"external_id": "c-1042", "name": "Ada Lovelace"}));
    assert_eq!(
        (&read.body["suppressed"], &read.body["consents"][1]["live"]),
        (&Value::Null, &json!(true))
    );
    let by_id = shop.asks(post("/users/search")).json(&json!({"external_id": "c-1042"}));
    assert_eq!(by_id.send().await.is(200).data(), std::slice::from_ref(&read.body));
    assert_eq!(user_of(&shop, &phone).await, read.body);
    let marketer =
        new_key(&shop.id, &json!({"kind": "secret", "role": "marketer", "mode": "test"})).await;
    let path = format!("/users/{user}/consents");
    let masked = get(&path).key(&marketer).send().await.is(200);
    assert_eq!(masked.text_at("/history/0/who/phone"), "+44•••••••015");
    get(&format!("/users/{user}")).key(&marketer).send().await.refused(403, "forbidden");
    get(&path).key(&Shop::fresh().await.test_key).send().await.refused(404, "not_found");
    get(&path).key(&shop.live_key).send().await.refused(404, "not_found");
}
