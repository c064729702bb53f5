//! The same request again is the same sign-up.

use doorstep_tests::{Shop, drama, emulator, post, unique};
use futures::future::join_all;
use serde_json::json;

#[tokio::test]
async fn six_at_once_are_one_sign_up_and_one_text() {
    let shop = Shop::fresh().await;
    let (key, body) = (unique(), json!({"phone": drama(100)}));
    let answers = join_all((0..6).map(|_| shop.starts_as(&key, &body))).await;
    // The contract leaves a call that meets its running twin the choice between 409 and waiting.
    let (started, running): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 202);
    for answer in &running {
        answer.refused(409, "idempotency_in_progress");
    }
    let first = &started[0];
    for answer in &started {
        assert_eq!(answer.body, first.body);
    }
    let fresh = started.iter().filter(|answer| answer.header("idempotency-replayed").is_none());
    assert_eq!(fresh.count(), 1, "one is new");

    let id = first.text_at("/id");
    shop.delivery_is(id, "delivered", 20).await;
    emulator::quiet(&shop.id, 60).await;
    assert_eq!(shop.texts(id).await.len(), 1);
    assert_eq!(shop.reads("/signups").await.is(200).data().len(), 1);
}

#[tokio::test]
async fn a_replay_says_so_and_says_the_same() {
    let shop = Shop::fresh().await;
    let (key, body) = (unique(), json!({"phone": drama(101), "metadata": {"a": "1"}}));
    let first = shop.starts_as(&key, &body).await.is(202);
    assert_eq!(first.header("idempotency-replayed"), None);
    let code = shop.code(first.text_at("/id")).await;
    let again = shop.starts_as(&key, &body).await.is(202);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.body, first.body);
    let _ = shop.types(first.text_at("/id"), &code).await.is(200);
    let later = shop.starts_as(&key, &body).await.is(202);
    assert_eq!(later.body, first.body, "also when it has gone on");
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let shop = Shop::fresh().await;
    let key = unique();
    let _ = shop.starts_as(&key, &json!({"phone": drama(102)})).await.is(202);
    let other = shop.starts_as(&key, &json!({"phone": drama(103)})).await;
    other.refused(422, "idempotency_key_reused");
    let other = shop.starts_as(&key, &json!({"phone": drama(102), "locale": "en-GB"})).await;
    other.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn without_a_key_nothing_starts() {
    let shop = Shop::fresh().await;
    let body = json!({"phone": drama(104)});
    let call = shop.asks(post("/signups")).json(&body);
    call.clone().send().await.refused(400, "idempotency_key_missing");
    call.clone().header("Idempotency-Key", "").send().await.refused(400, "idempotency_key_missing");
    let long = call.header("Idempotency-Key", &"k".repeat(256)).send().await;
    assert_eq!(long.status, 400, "{}", long.text);
    assert_eq!(shop.reads("/signups").await.is(200).data().len(), 0);
    let id = shop.signs_up(&drama(104)).await;
    let path = format!("/signups/{id}/resend");
    shop.asks(post(&path)).send().await.refused(400, "idempotency_key_missing");
}

#[tokio::test]
async fn the_longest_key_is_taken() {
    let shop = Shop::fresh().await;
    let key = format!("{}{}", unique(), "k".repeat(200));
    let _ = shop.starts_as(&key[..200], &json!({"phone": drama(105)})).await.is(202);
    let _ = shop.starts_as(&"k".repeat(255), &json!({"phone": drama(105)})).await.is(202);
}

#[tokio::test]
async fn a_refused_call_leaves_its_key_usable() {
    let shop = Shop::fresh().await;
    let key = unique();
    shop.starts_as(&key, &json!({"phone": "+447400123456"})).await.refused(422, "phone_invalid");
    shop.starts_as(&key, &json!({"phone": drama(106), "x": 1}))
        .await
        .refused(400, "unknown_member");
    let answer = shop.starts_as(&key, &json!({"phone": drama(106)})).await.is(202);
    assert_eq!(answer.header("idempotency-replayed"), None);
}

#[tokio::test]
async fn a_quoted_key_is_the_same_key() {
    let shop = Shop::fresh().await;
    let (key, body) = (unique(), json!({"phone": drama(107)}));
    let plain = shop.starts_as(&key, &body).await.is(202);
    let quoted = shop.starts_as(&format!("\"{key}\""), &body).await.is(202);
    assert_eq!(quoted.header("idempotency-replayed"), Some("true"));
    assert_eq!(quoted.body, plain.body);
}

#[tokio::test]
async fn keys_of_two_stores_and_modes_have_nothing_in_common() {
    let (one, other) = (Shop::fresh().await, Shop::fresh().await);
    let (key, body) = (unique(), json!({"phone": drama(108)}));
    let first = one.starts_as(&key, &body).await.is(202);
    let second = other.starts_as(&key, &body).await.is(202);
    assert_ne!(first.body["id"], second.body["id"]);
    let live =
        post("/signups").key(&one.live_key).json(&json!({"phone": doorstep_tests::mobile()}));
    let live = live.header("Idempotency-Key", &key).send().await.is(202);
    assert_ne!(first.body["id"], live.body["id"]);
}
