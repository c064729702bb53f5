//! A registration, end to end.

use doorstep_domain::gsm7::{Encoding, Size, measure};
use doorstep_tests::{Answer, Shop, drama, emulator, get, patch, post, shop::code_in, waiting};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn time(answer: &Answer, pointer: &str) -> Timestamp {
    let text = answer.text_at(pointer);
    assert!(text.ends_with('Z'), "{pointer} is not in UTC: {text}");
    text.parse().expect("RFC 3339")
}

fn anna(phone: &str) -> Value {
    json!({
        "phone": phone, "purpose": "checkout", "locale": "en-GB",
        "customer": {"external_id": "customer-77", "name": "Anna", "email": "anna@mail.example"},
        "consents": [
            {"purpose": "order_updates", "channel": "sms", "granted": true, "wording_version": "v1",
             "wording": "Text me about my order."},
            {"purpose": "offers", "channel": "sms", "granted": false, "wording_version": "v1"},
        ],
        "context": {"ip": "203.0.113.7", "page_url": "https://shop.example/join", "session_id": "s-1",
                    "user_agent": "Mozilla/5.0", "device": "phone", "region": "London"},
        "metadata": {"campaign": "autumn"},
    })
}

#[tokio::test]
async fn a_shopper_signs_up_and_is_verified() {
    let shop = Shop::fresh().await;
    let started = shop.starts(&anna(&drama(1))).await.is(202);
    let id = started.text_at("/id");
    assert!(id.starts_with("sgn_"));

    let verified = shop.types(id, &shop.code(id).await).await.is(200);
    assert_eq!(verified.body["id"], id);
    assert_eq!(verified.body["status"], "verified");
    assert!(verified.text_at("/user/id").starts_with("usr_"));
    assert_eq!(verified.body["user"]["external_id"], "customer-77");
    assert!(
        time(&verified, "/verified_at")
            > time(&started, "/resend_after") - SignedDuration::from_secs(60)
    );
    let consents = verified.body["consents"].as_array().expect("consents");
    let said = |n: usize| (consents[n]["purpose"].as_str(), consents[n]["granted"].as_bool());
    assert_eq!(consents.len(), 2);
    assert_eq!(said(0), (Some("order_updates"), Some(true)));
    assert_eq!(said(1), (Some("offers"), Some(false)));
    assert_eq!(consents[0]["channel"], "sms");
    assert_eq!(consents[0]["wording_version"], "v1");
}

#[tokio::test]
async fn the_first_answer_says_what_the_shop_has_to_know() {
    let shop = Shop::fresh().await;
    let started = shop.starts(&json!({"phone": drama(2)})).await.is(202);
    for (member, value) in [
        ("status", json!("pending")),
        ("method", json!("code")),
        ("channel", json!("sms")),
        ("phone", json!("+44•••••••002")),
        ("attempts_remaining", json!(5)),
    ] {
        assert_eq!(started.body[member], value, "{member}: {}", started.text);
    }
    let life = time(&started, "/expires_at").duration_since(waiting::now());
    assert!(
        life > SignedDuration::from_secs(580) && life <= SignedDuration::from_secs(601),
        "{life}"
    );
    let pause = time(&started, "/expires_at").duration_since(time(&started, "/resend_after"));
    assert_eq!(pause, SignedDuration::from_secs(570), "30 s after the start");
    assert!(started.body.get("attempt_secret").is_none(), "only for browsers");
    assert!(started.body.get("match").is_none(), "only for links");
    assert!(!started.text.contains("7700900002"), "the whole number");
    assert!(started.header("request-id").is_some());
    assert_eq!(started.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_text_is_one_segment_and_ends_with_the_line_for_browsers() {
    let shop = Shop::demo();
    let id = shop.signs_up(&drama(3)).await;
    let text = shop.text(&id).await;
    let one = Size { encoding: Encoding::Gsm7, segments: 1 };
    assert_eq!(measure(&text), one, "{text}");
    let code = code_in(&text);
    assert_eq!(code.len(), 6);
    assert_eq!(text.lines().last(), Some(format!("@shop.example #{code}").as_str()));
    assert!(text.starts_with(&code), "the code comes first: {text}");

    let shown = &shop.texts(&id).await[0];
    assert_eq!((&shown["encoding"], &shown["segments"]), (&json!("gsm7"), &json!(1)));
    assert_eq!(shown["signup_id"], id);
}

#[tokio::test]
async fn the_inbox_is_found_by_number_too() {
    let shop = Shop::fresh().await;
    let first = shop.signs_up_and_reads(&drama(4)).await;
    let second = shop.signs_up_and_reads(&drama(4)).await;
    let inbox = shop.reads("/sandbox/messages?to=%2B447700900004").await.is(200);
    let of: Vec<_> = inbox.data().iter().filter_map(|text| text["signup_id"].as_str()).collect();
    assert_eq!(of, [second.0, first.0], "the newest first");
}

#[tokio::test]
async fn the_shop_reads_what_became_of_it() {
    let shop = Shop::fresh().await;
    let started = shop.starts(&anna(&drama(5))).await.is(202);
    let id = started.text_at("/id");
    let code = shop.code(id).await;
    shop.delivery_is(id, "delivered", 20).await;

    let pending = shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(pending.body["status"], "pending");
    assert_eq!(pending.body["phone"], "+44•••••••005");
    assert_eq!(pending.body["message"]["status"], "delivered");
    assert!(pending.text_at("/message/id").starts_with("msg_"));
    assert!(pending.body.get("user").is_none(), "nobody is proven yet");

    let done = shop.types(id, &code).await.is(200);
    let read = shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(read.body["status"], "verified");
    assert_eq!(read.body["phone"], drama(5), "the owner may read users");
    for member in ["user", "verified_at", "consents"] {
        assert_eq!(read.body[member], done.body[member], "{member}");
    }
    assert_eq!(read.body["expires_at"], started.body["expires_at"], "it never moves");
}

#[tokio::test]
async fn the_timeline_tells_it_in_order() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(6)).await;
    shop.delivery_is(&id, "delivered", 20).await;
    shop.types(&id, &code).await.is(200).header("request-id").expect("named");
    let types = shop.timeline(&id).await;
    let place = |wanted: &str| {
        let at = types.iter().position(|found| found == wanted);
        at.unwrap_or_else(|| panic!("no {wanted} in {types:?}"))
    };
    let story =
        ["signup.started", "route.chosen", "message.sent", "message.delivered", "signup.verified"];
    assert!(story.map(place).is_sorted(), "{types:?}");
    let answer = shop.reads(&format!("/signups/{id}/timeline")).await.is(200);
    let times: Vec<_> = answer.data().iter().map(|entry| entry["at"].to_string()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn sign_ups_are_listed_page_by_page_and_found() {
    let shop = Shop::fresh().await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.insert(0, shop.signs_up(&drama(7 + n)).await);
    }
    let first = shop.reads("/signups?limit=2").await.is(200);
    let seen = |answer: &Answer| -> Vec<String> {
        answer
            .data()
            .iter()
            .map(|signup| signup["id"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let next = first.text_at("/next_cursor").to_owned();
    let second = shop.reads(&format!("/signups?limit=2&cursor={next}")).await.is(200);
    assert_eq!([seen(&first), seen(&second)].concat(), ids, "the newest first");
    assert!(second.body["next_cursor"].is_null());

    let wide =
        shop.reads("/signups?from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z").await.is(200);
    assert_eq!(seen(&wide), ids, "{}", wide.text);
    assert!(wide.body["next_cursor"].is_null(), "nothing older is kept");
    let found =
        shop.asks(post("/signups/search")).json(&json!({"phone": drama(8)})).send().await.is(200);
    assert_eq!(seen(&found), [ids[1].clone()]);
    let _ = shop.signs_up(&drama(8)).await;
    let search = |path: &str| shop.asks(post(path)).json(&json!({"phone": drama(8)})).send();
    let newest = search("/signups/search?limit=1").await.is(200);
    let next = newest.text_at("/next_cursor");
    let older = search(&format!("/signups/search?limit=1&cursor={next}")).await.is(200);
    assert_eq!(seen(&older), [ids[1].clone()]);
    assert!(older.body["next_cursor"].is_null(), "{}", older.text);
    let id = shop.starts(&anna(&drama(10))).await.is(202).text_at("/id").to_owned();
    let wish = json!({"external_id": "customer-77"});
    let found = shop.asks(post("/signups/search")).json(&wish).send().await.is(200);
    assert_eq!(seen(&found), [id]);
    let wish = json!({"external_id": "customer-78"});
    let found = shop.asks(post("/signups/search")).json(&wish).send().await.is(200);
    assert_eq!(found.data().len(), 0);
}

#[tokio::test]
async fn a_shopper_who_comes_back_is_the_same_user() {
    let shop = Shop::fresh().await;
    let mut users = Vec::new();
    for _ in 0..2 {
        let (id, code) = shop.signs_up_and_reads(&drama(11)).await;
        users.push(shop.types(&id, &code).await.is(200).text_at("/user/id").to_owned());
    }
    assert_eq!(users[0], users[1]);
    let other = Shop::fresh().await;
    let (id, code) = other.signs_up_and_reads(&drama(11)).await;
    let stranger = other.types(&id, &code).await.is(200);
    assert_ne!(stranger.text_at("/user/id"), users[0], "stores share nobody");
}

#[tokio::test]
async fn two_sign_ups_of_one_phone_stay_valid() {
    let shop = Shop::fresh().await;
    let first = shop.signs_up_and_reads(&drama(12)).await;
    let second = shop.signs_up_and_reads(&drama(12)).await;
    assert_ne!(first.0, second.0);
    let _ = shop.types(&first.0, &first.1).await.is(200);
    let _ = shop.types(&second.0, &second.1).await.is(200);
}

#[tokio::test]
async fn a_national_number_is_read_with_its_country() {
    let shop = Shop::fresh().await;
    let body = json!({"phone": "07700 900013", "country": "GB"});
    let started = shop.starts(&body).await.is(202);
    assert_eq!(started.body["phone"], "+44•••••••013");
}

#[tokio::test]
async fn a_live_sign_up_goes_to_the_live_carrier() {
    let shop = Shop::fresh().await;
    let phone = doorstep_tests::mobile();
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
    let started = call.header("Idempotency-Key", "live-1").send().await.is(202);
    let id = started.text_at("/id");
    let sent = || async { emulator::sms_to(&phone).await.pop() };
    let text = doorstep_tests::eventually("a text by SNS", 20, sent).await;
    assert_eq!(text.lines().last(), Some(format!("@{} #{}", shop.domain, code_in(&text)).as_str()));
    let call = post(&format!("/signups/{id}/verify")).key(&shop.live_key);
    let verified = call.json(&json!({"code": code_in(&text)})).send().await.is(200);
    assert!(verified.text_at("/user/id").starts_with("usr_"));
}

#[tokio::test]
async fn health_says_ok_to_anybody() {
    let health = get("/health").send().await.is(200);
    assert_eq!(health.body["status"], "ok");
    assert!(!health.text_at("/version").is_empty());
}

#[tokio::test]
async fn a_reset_forgets_the_test_state() {
    let shop = Shop::fresh().await;
    let (id, _) = shop.signs_up_and_reads(&drama(14)).await;
    let _ = shop.asks(post("/sandbox/reset")).send().await.is(204);
    shop.reads(&format!("/signups/{id}")).await.refused(404, "not_found");
    let inbox = shop.reads("/sandbox/messages?to=%2B447700900014").await.is(200);
    assert_eq!(inbox.data().len(), 0);
    let path = format!("/stores/{}", shop.id);
    let _ = shop.asks(patch(&path)).json(&json!({"name": "Still here"})).send().await.is(200);
}
