//! A store's own accounts at carriers.

use doorstep_tests::{Answer, Call, Shop, delete, get, put, shop::nonce, stand_in::TWILIO, unique};
use futures::future::join_all;
use serde_json::{Value, json};

const TOKEN: &str = "a-token-that-nobody-shows";

fn path(shop: &Shop, carrier: &str) -> String {
    format!("/stores/{}/carriers/{carrier}", shop.id)
}

async fn sends(shop: &Shop, call: Call) -> Answer {
    call.key(&shop.live_key).send().await
}

async fn puts(shop: &Shop, carrier: &str, body: &Value) -> Answer {
    sends(shop, put(&path(shop, carrier)).json(body)).await
}

/// Sends a call that changes credentials which are there.
async fn changes(shop: &Shop, call: Call) -> Answer {
    let leave = nonce(&shop.live_key, "carrier.change").await;
    sends(shop, call.header("Audit-Nonce", &leave)).await
}

fn sid() -> String {
    format!("AC{}", unique())
}

fn account(sid: &str) -> Value {
    json!({"account": sid, "auth_token": TOKEN, "from": "+447400123456"})
}

#[tokio::test]
async fn an_account_is_kept_and_shown_without_its_secrets() {
    let (shop, sid) = (Shop::fresh().await, sid());
    let put = puts(&shop, "twilio", &account(&sid)).await.is(200);
    assert_eq!((put.text_at("/carrier"), put.text_at("/account")), ("twilio", sid.as_str()));
    assert_eq!(put.body["inherited"], false);
    let url = put.text_at("/callback_url");
    assert!(url.ends_with(&format!("/webhooks/carriers/twilio/{sid}")), "{url}");
    assert_eq!(put.text_at("/inbound_url"), format!("{url}/inbound"));
    let read = sends(&shop, get(&path(&shop, "twilio"))).await.is(200);
    assert_eq!(read.text_at("/health/carrier"), "twilio");
    for parked in ["/parked/queued", "/parked/dead"] {
        assert!(read.body.pointer(parked).is_some_and(Value::is_u64), "{}", read.text);
    }
    for member in ["carrier", "account", "callback_url", "inbound_url", "changed_at"] {
        assert_eq!(read.body[member], put.body[member], "{member}");
    }
    for answer in [put, read] {
        assert!(!answer.text.contains(TOKEN), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_a_carrier_does_not_know_is_pointed_at() {
    let shop = Shop::fresh().await;
    let mut unknown = account(&sid());
    unknown["colour"] = json!("red");
    let answer = puts(&shop, "twilio", &unknown).await;
    answer.refused(400, "unknown_member");
    answer.points_at("/colour");
    let vonages = json!({"account": sid(), "auth_token": TOKEN, "api_secret": TOKEN});
    let answer = puts(&shop, "twilio", &vonages).await;
    answer.refused(400, "unknown_member");
    answer.points_at("/api_secret");
    for (body, pointer) in [
        (json!({"account": sid()}), "/auth_token"),
        (json!({"auth_token": TOKEN}), "/account"),
        (json!({"account": "../AC", "auth_token": TOKEN}), "/account"),
        (json!({"account": sid(), "auth_token": 7}), "/auth_token"),
    ] {
        let answer = puts(&shop, "twilio", &body).await;
        answer.refused(400, "invalid_member");
        answer.points_at(pointer);
        assert!(!answer.text.contains(TOKEN), "{}", answer.text);
    }
    for carrier in ["pigeon", "eum", "sandbox"] {
        let answer = puts(&shop, carrier, &account(&sid())).await;
        assert!([400, 404].contains(&answer.status), "{carrier}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_account_belongs_to_one_store() {
    let (shop, other, sid) = (Shop::fresh().await, Shop::fresh().await, sid());
    let _ = puts(&shop, "twilio", &account(&sid)).await.is(200);
    puts(&other, "twilio", &account(&sid)).await.refused(409, "conflict");
    puts(&other, "twilio", &account(TWILIO.told("account"))).await.refused(409, "conflict");
    let again = put(&path(&shop, "twilio")).json(&account(&sid));
    let _ = changes(&shop, again).await.is(200);
    let stranger = put(&path(&shop, "twilio")).json(&account(&self::sid()));
    let answer = sends(&other, stranger).await;
    assert!([403, 404].contains(&answer.status), "{}", answer.text);
    assert_eq!(changes(&shop, delete(&path(&shop, "twilio"))).await.status, 204);
    let _ = puts(&other, "twilio", &account(&sid)).await.is(200);
}

#[tokio::test]
async fn without_its_own_account_a_store_has_the_deployments() {
    let (shop, sid) = (Shop::fresh().await, sid());
    let _ = puts(&shop, "twilio", &account(&sid)).await.is(200);
    assert_eq!(changes(&shop, delete(&path(&shop, "twilio"))).await.status, 204);
    let read = sends(&shop, get(&path(&shop, "twilio"))).await.is(200);
    assert_eq!(read.body["inherited"], true);
    assert_eq!(read.text_at("/account"), TWILIO.told("account"));
    sends(&shop, delete(&path(&shop, "twilio"))).await.refused(404, "not_found");

    sends(&shop, get(&path(&shop, "smpp"))).await.refused(404, "not_found");
    let name = unique();
    let own =
        json!({"account": &name[name.len() - 12..], "password": "s3cr3t", "from": "Doorstep"});
    let _ = puts(&shop, "smpp", &own).await.is(200);
    assert_eq!(changes(&shop, delete(&path(&shop, "smpp"))).await.status, 204);
    sends(&shop, get(&path(&shop, "smpp"))).await.refused(404, "not_found");
}

/// Each instance of a function may remember a store: the calls at once wake several.
#[tokio::test]
async fn a_change_is_seen_by_its_caller_and_stands_in_nobodys_way() {
    let shop = Shop::fresh().await;
    let path = path(&shop, "twilio");
    let reads = || join_all((0..8).map(|_| sends(&shop, get(&path))));
    reads().await;
    for _ in 0..3 {
        let sid = sid();
        let _ = puts(&shop, "twilio", &account(&sid)).await.is(200);
        for read in reads().await {
            assert_eq!(read.is(200).text_at("/account"), sid);
        }
        assert_eq!(changes(&shop, delete(&path)).await.status, 204);
        for read in reads().await {
            assert_eq!(read.is(200).body["inherited"], true);
        }
    }
}

#[tokio::test]
async fn a_test_key_touches_no_account() {
    let shop = Shop::fresh().await;
    let put = shop.asks(put(&path(&shop, "twilio"))).json(&account(&sid())).send().await;
    put.refused(403, "forbidden");
    shop.asks(delete(&path(&shop, "twilio"))).send().await.refused(403, "forbidden");
}
