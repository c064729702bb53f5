//! A shop writes to its shoppers.

use doorstep_tests::{
    Answer, Shop, drama, eventually, get, mobile, post,
    shop::{new_key, operator},
    unique,
    waiting::{self, now},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::templates::{news, save, set};

/// A shop that may sell, with its texts, and its number for STOP. Nobody has read its settings yet.
async fn writing() -> (Shop, String) {
    writing_in("en-GB").await
}

/// The same in this language.
async fn writing_in(locale: &str) -> (Shop, String) {
    let (shop, number) = (Shop::fresh().await, mobile());
    let sender = json!({"inbound_number": number});
    let settings = json!({"purposes": ["offers"], "sender": sender, "locale": locale});
    let _ = set(&shop, &settings).await.is(200);
    let offer = json!({"name": "offer", "locale": "en", "kind": "marketing",
        "body": "{{ store }}: sale! {{ opt_out }}"});
    let order = news("order", "en", "{{ store }}: order {{ order }} is on its way.");
    for text in [&order, &offer] {
        let _ = save(&shop, text).await.is(201);
    }
    (shop, number)
}

async fn write_as(shop: &Shop, key: &str, body: &Value) -> Answer {
    let call = shop.asks(post("/messages")).json(body);
    call.header("Idempotency-Key", key).send().await
}

async fn write(shop: &Shop, body: &Value) -> Answer {
    write_as(shop, &unique(), body).await
}

fn order(phone: &str) -> Value {
    json!({"to": phone, "template": "order", "variables": {"order": "1042"},
        "purpose": "transactional"})
}

fn offer(phone: &str) -> Value {
    json!({"to": phone, "template": "offer", "purpose": "offers"})
}

/// The texts of a number, newest first.
async fn inbox(shop: &Shop, phone: &str) -> Vec<String> {
    let path = format!("/sandbox/messages?to={}", phone.replace('+', "%2B"));
    let texts = shop.reads(&path).await.is(200);
    texts.data().iter().map(|text| text["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Once the number has a text that says this.
async fn reads(shop: &Shop, phone: &str, said: &str) {
    eventually(said, 30, || async {
        inbox(shop, phone).await.iter().any(|text| text.contains(said)).then_some(())
    })
    .await;
}

async fn message_is(shop: &Shop, id: &str, status: &str) -> Answer {
    eventually(&format!("{id} {status}"), 40, || async {
        let answer = shop.reads(&format!("/messages/{id}")).await.is(200);
        (answer.body["status"] == status).then_some(answer)
    })
    .await
}

/// A shopper says yes or no to offers, and proves the number; their id.
async fn registers(shop: &Shop, phone: &str, offers: bool) -> String {
    let consent =
        json!({"purpose": "offers", "channel": "sms", "granted": offers, "wording_version": "v1"});
    let started = shop.starts(&json!({"phone": phone, "consents": [consent]})).await.is(202);
    let id = started.text_at("/id");
    shop.types(id, &shop.code(id).await).await.is(200).text_at("/user/id").to_owned()
}

#[tokio::test]
async fn a_letter_arrives_and_says_what_became_of_it() {
    let (shop, _) = writing().await;
    let phone = drama(1);
    let written = write(&shop, &order(&phone)).await.is(202);
    let id = written.text_at("/id");
    let expected = json!({"id": id, "status": "queued", "encoding": "gsm7", "segments": 1,
        "estimated_cost": {"amount": "0.024", "currency": "GBP"}});
    assert_eq!(written.body, expected);
    assert!(id.starts_with("msg_"));
    let told = message_is(&shop, id, "delivered").await;
    assert_eq!((told.text_at("/carrier"), told.text_at("/purpose")), ("sandbox", "transactional"));
    assert_eq!(told.text_at("/history/0/status"), "queued");
    let same = shop.reads(&format!("/delivery-status?message_id={id}")).await.is(200);
    assert_eq!(same.body, told.body);
    assert_eq!(inbox(&shop, &phone).await, ["Corner Shop: order 1042 is on its way."]);
}

#[tokio::test]
async fn a_letter_goes_on_to_the_second_carrier() {
    let (shop, _) = writing().await;
    let written = write(&shop, &order(&drama(82))).await.is(202);
    let told = message_is(&shop, written.text_at("/id"), "delivered").await;
    assert_eq!(told.text_at("/carrier"), "sandbox-2");
}

#[tokio::test]
async fn the_same_request_is_one_letter() {
    let (shop, _) = writing().await;
    let (key, phone) = (unique(), drama(2));
    let answers = futures::future::join_all((0..4).map(|_| {
        let (shop, key, body) = (shop.clone(), key.clone(), order(&phone));
        async move { write_as(&shop, &key, &body).await }
    }));
    let answers: Vec<_> = answers.await.into_iter().map(|answer| answer.is(202)).collect();
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    let new = answers.iter().filter(|a| a.header("idempotency-replayed").is_none()).count();
    assert_eq!(new, 1);
    write_as(&shop, &key, &order(&drama(3))).await.refused(422, "idempotency_key_reused");
    message_is(&shop, answers[0].text_at("/id"), "delivered").await;
    assert_eq!(inbox(&shop, &phone).await.len(), 1);
    let without = shop.asks(post("/messages")).json(&order(&phone)).send().await;
    without.refused(400, "idempotency_key_missing");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_at_its_member() {
    let (shop, _) = writing().await;
    let code =
        json!({"name": "code", "locale": "en", "kind": "otp", "body": "{{ code }} {{ store }}"});
    let _ = save(&shop, &code).await.is(201);
    let with = |member: &str, value: Value| {
        let mut body = order(&drama(4));
        body[member] = value;
        body
    };
    let far = (now() + SignedDuration::from_hours(15 * 24)).to_string();
    let mut nobody = order(&drama(4));
    nobody["to"] = Value::Null;
    for (body, pointer) in [
        (with("user_id", json!("usr_01JZZZZZZZZZZZZZZZZZZZZZZZ")), "/to"),
        (nobody, "/to"),
        (with("template", json!("code")), "/template"),
        (with("template", json!("offer")), "/purpose"),
        (with("purpose", json!("offers")), "/purpose"),
        (with("purpose", json!("surveys")), "/purpose"),
        (with("purpose", Value::Null), "/purpose"),
        (with("variables", json!({})), "/variables/order"),
        (with("variables", json!({"order": "1", "colour": "red"})), "/variables/colour"),
        (with("variables", json!({"order": "1", "store": "Evil"})), "/variables/store"),
        (with("variables", json!({"order": "x".repeat(201)})), "/variables/order"),
        (with("variables", json!("1042")), "/variables"),
        (with("locale", json!("english")), "/locale"),
        (with("send_after", json!("tomorrow")), "/send_after"),
        (with("send_after", json!(far)), "/send_after"),
    ] {
        let answer = write(&shop, &body).await;
        answer.refused(400, "invalid_member");
        answer.points_at(pointer);
    }
    let unknown = write(&shop, &with("colour", json!("red"))).await;
    unknown.refused(400, "unknown_member");
    unknown.points_at("/colour");
    write(&shop, &with("template", json!("other"))).await.refused(404, "not_found");
    for user in ["usr_01JZZZZZZZZZZZZZZZZZZZZZZZ", "Ada"] {
        let body = json!({"user_id": user, "template": "order", "variables": {"order": "1"},
            "purpose": "transactional"});
        write(&shop, &body).await.refused(404, "not_found");
    }
    assert_eq!(inbox(&shop, &drama(4)).await, [""; 0]);
}

#[tokio::test]
async fn numbers_are_those_that_sign_ups_take() {
    let (shop, _) = writing().await;
    for number in ["+447400123456", "0800 FLOWERS", "12"] {
        let answer = write(&shop, &order(number)).await;
        answer.refused(422, "phone_invalid");
        answer.points_at("/to");
    }
    let text = news("order", "en", "{{ store }}: order {{ order }} is on its way.");
    let _ = post("/templates").key(&shop.live_key).json(&text).send().await.is(201);
    let live = |number: &str| {
        let call = post("/messages").key(&shop.live_key).json(&order(number));
        call.header("Idempotency-Key", &unique()).send()
    };
    live(&drama(1)).await.refused(422, "phone_invalid");
    live("+33612345678").await.refused(422, "country_not_allowed");
    live("+442071838750").await.refused(422, "number_type_not_allowed");
}

#[tokio::test]
async fn a_store_that_lacks_what_a_text_needs_says_what() {
    let store = post("/stores").key(operator()).json(&json!({"name": "Tea Room"}));
    let id = store.send().await.is(201).text_at("/id").to_owned();
    let owner = json!({"kind": "secret", "role": "owner", "mode": "test"});
    let key = new_key(&id, &owner).await;
    let call = post("/messages").key(&key).json(&order(&drama(5)));
    let answer = call.header("Idempotency-Key", &unique()).send().await;
    answer.refused(409, "store_not_ready");
    assert!(answer.text_at("/detail").contains("domain"), "{}", answer.text);

    let shop = Shop::fresh().await;
    let _ = set(&shop, &json!({"purposes": ["offers"]})).await.is(200);
    let offer = json!({"name": "offer", "locale": "en", "kind": "marketing",
        "body": "{{ store }}: sale! STOP: {{ inbound_number }}"});
    let _ = save(&shop, &offer).await.is(201);
    registers(&shop, &drama(5), true).await;
    let answer = write(&shop, &self::offer(&drama(5))).await;
    answer.refused(409, "store_not_ready");
    assert!(answer.text_at("/detail").contains("sender.inbound_number"), "{}", answer.text);
}

#[tokio::test]
async fn who_may_not_write_is_refused() {
    let (shop, _) = writing().await;
    let storefront = json!({"kind": "secret", "role": "storefront", "mode": "test"});
    let key = new_key(&shop.id, &storefront).await;
    for call in [
        post("/messages").key(&key),
        post("/messages")
            .key(&shop.publishable_key)
            .header("Origin", &format!("https://{}", shop.domain)),
    ] {
        let call = call.header("Idempotency-Key", &unique()).json(&order(&drama(6)));
        call.send().await.refused(403, "forbidden");
    }
    let written = write(&shop, &order(&drama(6))).await.is(202);
    let path = format!("/messages/{}", written.text_at("/id"));
    let other = Shop::fresh().await;
    other.reads(&path).await.refused(404, "not_found");
    get(&path).key(&shop.live_key).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn marketing_goes_to_those_who_agreed_and_to_nobody_else() {
    let (shop, number) = writing().await;
    let (ada, bob, eve) = (drama(7), drama(8), drama(9));
    write(&shop, &offer(&eve)).await.refused(403, "consent_required");
    registers(&shop, &bob, false).await;
    write(&shop, &offer(&bob)).await.refused(403, "consent_required");
    let user = registers(&shop, &ada, true).await;
    let by_user = json!({"user_id": user, "template": "offer", "purpose": "offers"});
    let _ = write(&shop, &by_user).await.is(202);
    let domain = &shop.domain;
    reads(&shop, &ada, &format!("Corner Shop: sale! STOP to {number}, https://{domain}/p/")).await;
    registers(&shop, &ada, false).await;
    for body in [&by_user, &offer(&ada)] {
        write(&shop, body).await.refused(403, "consent_required");
    }
}

#[tokio::test]
async fn a_consent_withdrawn_while_a_letter_waits_stops_it() {
    let (shop, _) = writing().await;
    let ada = drama(10);
    registers(&shop, &ada, true).await;
    let mut later = offer(&ada);
    later["send_after"] = json!((now() + SignedDuration::from_secs(25)).to_string());
    let written = write(&shop, &later).await.is(202);
    registers(&shop, &ada, false).await;
    let stopped = message_is(&shop, written.text_at("/id"), "failed").await;
    let last = stopped.body["history"].as_array().and_then(|all| all.last()).cloned();
    let last = last.unwrap_or_default();
    assert_eq!((&last["class"], &last["code"]), (&json!("opted_out"), &json!("consent_withdrawn")));
    assert!(inbox(&shop, &ada).await.iter().all(|text| !text.contains("sale")));
}

#[tokio::test]
async fn a_letter_waits_for_its_hour() {
    let (shop, _) = writing().await;
    let phone = drama(11);
    let due = now() + SignedDuration::from_secs(15);
    let mut later = order(&phone);
    later["send_after"] = json!(due.to_string());
    let written = write(&shop, &later).await.is(202);
    let told: jiff::Timestamp = written.text_at("/send_after").parse().expect("a time");
    assert_eq!(told.as_millisecond(), due.as_millisecond());
    waiting::seconds(8).await;
    let waits = shop.reads(&format!("/messages/{}", written.text_at("/id"))).await.is(200);
    assert_eq!((waits.text_at("/status"), inbox(&shop, &phone).await.len()), ("queued", 0));
    let done = message_is(&shop, written.text_at("/id"), "delivered").await;
    let sent: jiff::Timestamp = done.text_at("/history/1/at").parse().expect("a time");
    assert!(sent >= due, "{}", done.text);
    let mut past = order(&phone);
    past["send_after"] = json!("2020-01-01T00:00:00Z");
    let at_once = write(&shop, &past).await.is(202);
    assert!(at_once.body["send_after"].is_null());
}

#[tokio::test]
async fn an_offer_in_quiet_hours_waits_until_they_end() {
    let (shop, phone) = (writing().await.0, drama(12));
    registers(&shop, &phone, true).await;
    let clock = |minutes: i64| {
        let at = now() + SignedDuration::from_mins(minutes);
        let zone = jiff::tz::TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").expect("a rule");
        at.to_zoned(zone).strftime("%H:%M").to_string()
    };
    let hours = |from, to| json!({"quiet_hours": {"from": clock(from), "to": clock(to)}});
    let _ = set(&shop, &hours(-5, 4)).await.is(200);
    // Settings hold in ten seconds.
    waiting::seconds(10).await;
    let waits = write(&shop, &offer(&phone)).await.is(202);
    let due: jiff::Timestamp = waits.text_at("/send_after").parse().expect("a time");
    let wait = due.duration_since(now());
    assert!(wait.as_secs() > 60 && wait.as_secs() <= 240, "{wait}");
    assert!(write(&shop, &order(&phone)).await.is(202).body["send_after"].is_null());
    let _ = set(&shop, &hours(-5, -3)).await.is(200);
    waiting::seconds(10).await;
    assert!(write(&shop, &offer(&phone)).await.is(202).body["send_after"].is_null());
    assert_eq!(
        message_is(&shop, waits.text_at("/id"), "queued").await.text_at("/status"),
        "queued"
    );
}

#[tokio::test]
async fn an_offer_beyond_the_cap_is_refused_and_says_until_when() {
    let (shop, phone) = (writing().await.0, drama(13));
    registers(&shop, &phone, true).await;
    let _ = set(&shop, &json!({"frequency_cap": {"texts": 1, "days": 2}})).await.is(200);
    waiting::seconds(10).await;
    let limited = || {
        let call = shop.asks(post("/messages")).json(&offer(&phone));
        call.header("Doorstep-Test", "limits").header("Idempotency-Key", &unique()).send()
    };
    let _ = limited().await.is(202);
    let refused = limited().await;
    refused.refused(429, "rate_limited");
    assert_eq!(refused.text_at("/limit"), "frequency_cap");
    assert!(refused.header("retry-after").is_some(), "{}", refused.text);
}

#[tokio::test]
async fn a_letter_is_in_the_language_that_is_asked_for_or_the_next_best() {
    let (shop, _) = writing_in("de-AT").await;
    for (locale, phone) in [("de", 12), ("cy", 13), ("cy-GB", 14)] {
        let _ =
            save(&shop, &news("order", locale, &format!("{locale} {{{{ order }}}}"))).await.is(201);
        eventually(locale, 14, || async {
            let mut body = order(&drama(phone));
            body["locale"] = "cy-GB".into();
            let id = write(&shop, &body).await.is(202).text_at("/id").to_owned();
            message_is(&shop, &id, "delivered").await;
            let newest = inbox(&shop, &drama(phone)).await.into_iter().next();
            (newest == Some(format!("{locale} 1042"))).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_verified_shopper_is_welcomed_once() {
    let shop = Shop::fresh().await;
    let _ = set(&shop, &json!({"templates": {"welcome": "hello"}})).await.is(200);
    let hello = news("hello", "en", "Hello {{ name }}, {{ store }} knows you now.");
    let _ = save(&shop, &hello).await.is(201);
    let phone = drama(15);
    let body = json!({"phone": phone, "customer": {"name": "Ada"}});
    let id = shop.starts(&body).await.is(202).text_at("/id").to_owned();
    let code = shop.code(&id).await;
    assert_eq!(inbox(&shop, &phone).await.len(), 1);
    for _ in 0..3 {
        let _ = shop.types(&id, &code).await.is(200);
    }
    reads(&shop, &phone, "Hello Ada, Corner Shop knows you now.").await;
    waiting::seconds(3).await;
    let texts = inbox(&shop, &phone).await;
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].starts_with("Hello"), "the newest first: {texts:?}");
    assert_eq!(shop.texts(&id).await.len(), 1, "a sign-up's own texts carry its code");
    let nameless = shop.signs_up(&drama(16)).await;
    let _ = shop.types(&nameless, &shop.code(&nameless).await).await.is(200);
    waiting::seconds(3).await;
    assert_eq!(inbox(&shop, &drama(16)).await.len(), 1, "a text without its name is not sent");
}

#[tokio::test]
async fn a_reset_forgets_letters_and_keeps_the_texts() {
    let (shop, _) = writing().await;
    let (key, phone) = (unique(), drama(17));
    let first = write_as(&shop, &key, &order(&phone)).await.is(202);
    message_is(&shop, first.text_at("/id"), "delivered").await;
    let reset = shop.asks(post("/sandbox/reset")).send().await;
    assert_eq!(reset.status, 204, "{}", reset.text);
    shop.reads(&format!("/messages/{}", first.text_at("/id"))).await.refused(404, "not_found");
    assert_eq!(inbox(&shop, &phone).await, [""; 0]);
    let again = write_as(&shop, &key, &order(&phone)).await.is(202);
    assert_eq!(again.header("idempotency-replayed"), None);
}
