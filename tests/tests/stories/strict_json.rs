//! A body is taken as the contract says, or not at all.

use doorstep_tests::{Answer, Shop, drama, emulator, post, unique};
use serde_json::json;

async fn starts_with(shop: &Shop, body: impl Into<Vec<u8>>) -> Answer {
    let call = shop.asks(post("/signups")).header("Idempotency-Key", &unique());
    call.header("Content-Type", "application/json").raw(body).send().await
}

#[tokio::test]
async fn unknown_members_are_pointed_at() {
    let shop = Shop::fresh().await;
    for (body, pointer) in [
        (json!({"phone": drama(1), "fone": "x"}), "/fone"),
        (json!({"phone": drama(1), "customer": {"nmae": "Anna"}}), "/customer/nmae"),
        (json!({"phone": drama(1), "context": {"ip6": "::1"}}), "/context/ip6"),
        (json!({"phone": drama(1), "a/b~c": 1}), "/a~1b~0c"),
        (
            json!({"phone": drama(1), "consents": [
                {"purpose": "p", "channel": "sms", "granted": true, "wording_version": "v1", "x": 1}]}),
            "/consents/0/x",
        ),
    ] {
        let answer = shop.starts(&body).await;
        answer.refused(400, "unknown_member");
        answer.points_at(pointer);
    }
}

#[tokio::test]
async fn wrong_members_are_pointed_at() {
    let shop = Shop::fresh().await;
    for (body, pointer) in [
        (json!({}), "/phone"),
        (json!({"phone": 447_700_900_001_u64}), "/phone"),
        (json!({"phone": null}), "/phone"),
        (json!({"phone": [drama(1)]}), "/phone"),
        (json!({"phone": drama(1), "purpose": "fun"}), "/purpose"),
        (json!({"phone": drama(1), "channel": "pigeon"}), "/channel"),
        (json!({"phone": drama(1), "method": "magic"}), "/method"),
        (json!({"phone": drama(1), "country": "gb"}), "/country"),
        (json!({"phone": drama(1), "customer": "Anna"}), "/customer"),
        (json!({"phone": drama(1), "customer": {"name": 7}}), "/customer/name"),
        (json!({"phone": drama(1), "customer": {"name": "n".repeat(129)}}), "/customer/name"),
        (json!({"phone": drama(1), "context": {"ip": "300.1.1.1"}}), "/context/ip"),
        (json!({"phone": drama(1), "consents": {}}), "/consents"),
        (
            json!({"phone": drama(1), "consents": [{"purpose": "p", "channel": "sms", "granted": "yes",
            "wording_version": "v1"}]}),
            "/consents/0/granted",
        ),
        (
            json!({"phone": drama(1), "consents": [{"channel": "sms", "granted": true,
            "wording_version": "v1"}]}),
            "/consents/0/purpose",
        ),
        (json!({"phone": drama(1), "metadata": {"a": 1}}), "/metadata"),
    ] {
        let answer = shop.starts(&body).await;
        answer.refused(400, "invalid_member");
        answer.points_at(pointer);
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_malformed() {
    let shop = Shop::fresh().await;
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    let nested = format!(
        r#"{{"phone":"+447700900001","metadata":{}1{}}}"#,
        r#"{"a":"#.repeat(100),
        "}".repeat(100)
    );
    for body in [
        "",
        " ",
        "{",
        "null",
        "[]",
        "7",
        "\"+447700900001\"",
        "{'phone': 1}",
        r#"{"phone":"+447700900001",}"#,
        r#"{"phone":"+447700900001"} x"#,
        r#"{"phone":"+447700900001"}{}"#,
        &deep,
        "NaN",
        r#"{"phone":"\ud800"}"#,
        "\u{feff}{}",
        r#"{"phone":"+447700900001","phone":"+447700900002"}"#,
        r#"{"phone":"+447700900001","customer":{"name":"a","name":"b"}}"#,
    ] {
        starts_with(&shop, body).await.refused(400, "malformed_json");
    }
    let answer = starts_with(&shop, nested).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    // The gateway may replace what is no UTF-8, before the function can refuse it.
    let answer = starts_with(&shop, b"{\"phone\":\"\xff\xfe\"}".to_vec()).await;
    assert!([400, 422].contains(&answer.status), "{}", answer.text);
    assert_eq!(shop.reads("/signups").await.is(200).data().len(), 0);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let shop = Shop::fresh().await;
    let before = emulator::items_of(&shop.id).await.len();
    let body = json!({"phone": drama(1), "metadata": {"a": "x".repeat(100_000)}});
    let answer = shop.starts(&body).await;
    assert!([400, 413].contains(&answer.status), "{}", answer.text);
    assert!(answer.body["code"].is_string(), "{}", answer.text);
    assert_eq!(emulator::items_of(&shop.id).await.len(), before);
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let shop = Shop::fresh().await;
    let body = json!({"phone": drama(1)}).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data",
    ] {
        let call = shop.asks(post("/signups")).header("Idempotency-Key", &unique());
        let answer = call.header("Content-Type", kind).raw(body.clone()).send().await;
        assert!([400, 415].contains(&answer.status), "{kind}: {} {}", answer.status, answer.text);
        assert!(answer.body["code"].is_string(), "{kind}: {}", answer.text);
    }
    let call = shop.asks(post("/signups")).header("Idempotency-Key", &unique());
    let kind = "application/json; charset=utf-8";
    let _ = call.header("Content-Type", kind).raw(body).send().await.is(202);
}

#[tokio::test]
async fn queries_are_as_strict() {
    let shop = Shop::fresh().await;
    for query in ["limit=0", "limit=101", "limit=x", "cursor=%21%21", "from=yesterday", "to=1"] {
        let answer = shop.reads(&format!("/signups?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    for path in ["/signups/sgn_1", "/signups/x/timeline", "/messages/msg_1"] {
        shop.reads(path).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn verify_is_as_strict() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(2)).await;
    let call = || shop.asks(post(&format!("/signups/{id}/verify")));
    let unknown = call().json(&json!({"code": "123456", "cod": 1})).send().await;
    unknown.refused(400, "unknown_member");
    unknown.points_at("/cod");
    call().json(&json!([])).send().await.refused(400, "malformed_json");
    for body in [json!({}), json!({"code": 123_456}), json!({"code": null})] {
        let answer = call().json(&body).send().await;
        let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
        assert!(["invalid_member", "code_malformed"].contains(&code.as_str()), "{}", answer.text);
        answer.refused(400, &code);
    }
    let read = shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(read.body["attempts_remaining"], 5, "none of them was a try");
}
