//! The shopper asks for the text once more.

use doorstep_tests::{Shop, drama, eventually, post, unique, waiting};
use serde_json::json;

fn codes(texts: &[serde_json::Value]) -> Vec<String> {
    let text = |text: &serde_json::Value| text["text"].as_str().unwrap_or_default().to_owned();
    texts.iter().map(|shown| doorstep_tests::shop::code_in(&text(shown))).collect()
}

#[tokio::test]
async fn too_soon_is_said_with_the_time_to_wait() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(300)).await;
    let answer = shop.resends(&id, &unique()).await;
    answer.refused(429, "resend_too_soon");
    let wait: u64 =
        answer.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((1..=30).contains(&wait), "{wait} s");
    assert_eq!(answer.body["retry_after_seconds"], wait);
    let left = format!("\"resend_spacing\";r=0;t={wait}");
    assert_eq!(answer.header("ratelimit"), Some(left.as_str()));
}

/// Slow: half a minute must pass.
#[tokio::test]
async fn after_half_a_minute_the_same_code_comes_again() {
    let shop = Shop::fresh().await;
    let started = shop.starts(&json!({"phone": drama(301)})).await.is(202);
    let id = started.text_at("/id");
    let first = shop.code(id).await;
    let key = unique();
    shop.resends(id, &key).await.refused(429, "resend_too_soon");
    waiting::seconds(30).await;

    let resent = shop.resends(id, &key).await.is(202);
    assert_eq!(resent.body["id"], id);
    assert_eq!(resent.body["expires_at"], started.body["expires_at"], "it never moves");
    assert!(resent.text_at("/resend_after") > started.text_at("/resend_after"));
    let both = || async { Some(shop.texts(id).await).filter(|texts| texts.len() == 2) };
    let texts = eventually("a second text", 20, both).await;
    assert_eq!(codes(&texts), [first.clone(), first.clone()]);

    let replayed = shop.resends(id, &key).await.is(202);
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    assert_eq!(replayed.body, resent.body);
    let next = shop.resends(id, &unique()).await;
    next.refused(429, "resend_too_soon");
    assert!(
        next.body["retry_after_seconds"].as_u64().is_some_and(|s| (45..=60).contains(&s)),
        "{}",
        next.text
    );
    let _ = shop.types(id, &first).await.is(200);
    assert_eq!(shop.texts(id).await.len(), 2, "a replay sends nothing");
}

#[tokio::test]
async fn a_verified_sign_up_is_not_sent_again() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(302)).await;
    let _ = shop.types(&id, &code).await.is(200);
    let answer = shop.resends(&id, &unique()).await;
    assert!([409, 410].contains(&answer.status), "{}", answer.text);
}

#[tokio::test]
async fn the_body_may_say_sms_and_nothing_unknown() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(303)).await;
    let ask = |body| {
        let call = shop.asks(post(&format!("/signups/{id}/resend")));
        call.header("Idempotency-Key", &unique()).json(&body).send()
    };
    ask(json!({"channel": "sms"})).await.refused(429, "resend_too_soon");
    let unknown = ask(json!({"chanel": "sms"})).await;
    unknown.refused(400, "unknown_member");
    unknown.points_at("/chanel");
}
