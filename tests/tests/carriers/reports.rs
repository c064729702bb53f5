//! Receipts by Standard Webhooks, and receipts that were good for somebody else.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use doorstep_tests::{
    Answer, Shop, mobile, post, put,
    stand_in::{HTTP, turn},
    unique,
    waiting::{now, now_ms},
};
use serde_json::{Value, json};

use crate::live::{Live, first};

const SECRET: &str = "whsec_YSBzZWNyZXQgb2YgYSBzdG9yeQ==";
const PASSWORD: &str = "stand-in-webhook-password";

/// Reports an event, signed with this secret.
async fn report(event: &Value, secret: &str) -> Answer {
    let (id, seconds, body) = (unique(), now_ms() / 1000, event.to_string());
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    let call = post("/webhooks").raw(body).header("Content-Type", "application/json");
    let call = call.header("webhook-id", &id).header("webhook-timestamp", &seconds.to_string());
    call.header("webhook-signature", &format!("v1,{}", STANDARD.encode(tag))).send().await
}

fn delivered(account: &str, name: &str, value: &Value) -> Value {
    json!({"type": "message.delivered", "timestamp": now().to_string(),
        "data": {"account": account, name: value}})
}

/// A new shop with an account of its own, of this shape; the stand-in knows its key.
async fn with_own_account(shape: &str) -> (Live, String) {
    let (shop, account) = (Live { shop: Shop::fresh().await }, unique());
    let body = json!({"account": account, "shape": shape, "from": "Doorstep",
        "webhook_secret": SECRET, "secrets": {"api_key": "stand-in-api-key",
        "webhook_user": "carrier", "webhook_password": PASSWORD}});
    let path = format!("/stores/{}/carriers/http", shop.shop.id);
    let _ = shop.asks(put(&path)).json(&body).send().await.is(200);
    shop.pin(&[HTTP]).await;
    (shop, account)
}

/// MMG's way of sending, with the id that it answers.
fn with_id() -> String {
    let send = json!({"path": "/jsonv2a/api.php", "accepted": {"status": [200]},
        "auth": {"header": {"name": "authorization", "value": "Basic {api_key}"}},
        "json": {"MSISDN": "{to_digits}", "msg": "{text}", "sender": "{from}", "cid": "{message}"},
        "id": "/Reference"});
    json!({"send": send}).to_string()
}

/// A sign-up whose text the carrier took in silence.
async fn silent(shop: &Live) -> (String, Value) {
    let phone = mobile();
    let to = phone.trim_start_matches('+');
    HTTP.plays(&json!({"mode": "silent", "for": [to]})).await;
    let id = shop.signs_up(&phone).await;
    let text = first(HTTP, &phone).await;
    shop.becomes(&id, "sent", 20).await;
    HTTP.plays(&json!({"mode": "ok"})).await;
    (id, text)
}

#[tokio::test]
async fn anybody_with_the_accounts_secret_reports_by_the_carriers_id() {
    let _turn = turn().await;
    let (shop, account) = with_own_account(&with_id()).await;
    let (id, text) = silent(&shop).await;
    let event = delivered(&account, "carrier_message_id", &text["id"]);
    report(&event, HTTP.told("webhook_secret")).await.refused(401, "unauthenticated");
    let answer = report(&event, SECRET).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    shop.becomes(&id, "delivered", 20).await;
}

/// MMG's shape keeps no id of the carrier's: ours stands for it.
#[tokio::test]
async fn the_deployments_account_is_reported_on_too() {
    let _turn = turn().await;
    let shop = Live::pinned(&[HTTP]).await;
    let (id, text) = silent(&shop).await;
    let event = delivered(HTTP.told("account"), "carrier_message_id", &text["ref"]);
    report(&event, SECRET).await.refused(401, "unauthenticated");
    let answer = report(&event, HTTP.told("webhook_secret")).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    shop.becomes(&id, "delivered", 20).await;
}

#[tokio::test]
async fn a_stores_own_account_is_reported_on_by_our_id() {
    let _turn = turn().await;
    let (shop, account) = with_own_account("mmg").await;
    let (id, text) = silent(&shop).await;
    let event = delivered(&account, "message_id", &text["ref"]);
    report(&event, HTTP.told("webhook_secret")).await.refused(401, "unauthenticated");
    let answer = report(&event, SECRET).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    shop.becomes(&id, "delivered", 20).await;
}

#[tokio::test]
async fn an_account_that_nobody_has_is_not_told_from_a_bad_signature() {
    let event = delivered(&unique(), "carrier_message_id", &json!("c-1"));
    report(&event, SECRET).await.refused(401, "unauthenticated");
    let nameless = json!({"type": "message.delivered", "timestamp": now().to_string(), "data": {}});
    report(&nameless, SECRET).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn what_was_good_for_one_account_is_refused_at_another() {
    let _turn = turn().await;
    let ((shop, one), (_, other)) = (with_own_account("mmg").await, with_own_account("mmg").await);
    let (id, text) = silent(&shop).await;
    let basic = STANDARD.encode(format!("carrier:{PASSWORD}"));
    let receipt = json!({"reference": text["id"], "CID": text["ref"], "MSISDN": text["to"],
        "status": "3", "substatus": "5", "deliverytime": "2026-01-01 10:00:00"});
    let reports = |account: &str| {
        let call = post(&format!("/webhooks/carriers/http/{account}")).json(&receipt);
        call.header("Authorization", &format!("Basic {basic}")).send()
    };
    for _ in 0..2 {
        let answer = reports(&one).await;
        assert_eq!(answer.status, 204, "a carrier may say it twice: {}", answer.text);
    }
    shop.becomes(&id, "delivered", 20).await;
    reports(&other).await.refused(403, "forbidden");
}
