//! Keys that give their place to new ones, tokens, and keys of the whole deployment.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use doorstep_tests::{
    Answer, Shop, delete, eventually, get, post,
    shop::{nonce, operator},
    unique, waiting,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How long both keys work.
const OVERLAP: u64 = 8;

async fn made(shop: &Shop, wish: Value) -> Answer {
    shop.asks(post("/api-keys")).json(&wish).send().await.is(201)
}

async fn token_of(key: &Answer) -> Answer {
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        key.text_at("/id"),
        key.text_at("/key")
    );
    let call = post("/oauth/token").header("Content-Type", "application/x-www-form-urlencoded");
    call.raw(form).send().await
}

async fn reads(key: &str) -> u16 {
    get("/signups?limit=1").key(key).send().await.status
}

#[tokio::test]
async fn under_load_no_call_fails_while_both_keys_work() {
    let shop = Shop::fresh().await;
    let old = made(&shop, json!({"name": "till", "role": "storefront"})).await;
    let (old_key, new_key) = (old.text_at("/key"), tokio::sync::OnceCell::<String>::new());
    let (over, calls) = (AtomicBool::new(false), AtomicU32::new(0));
    let load = async {
        while !over.load(Ordering::Relaxed) {
            assert_eq!(reads(old_key).await, 200, "the old key during the overlap");
            if let Some(new_key) = new_key.get() {
                assert_eq!(reads(new_key).await, 200, "the new key");
            }
            calls.fetch_add(1, Ordering::Relaxed);
        }
    };
    let rotation = async {
        waiting::seconds(1).await;
        let path = format!("/api-keys/{}/rotate", old.text_at("/id"));
        let leave = nonce(&shop.test_key, "api_key.rotate").await;
        let call = shop.asks(post(&path)).json(&json!({"overlap_seconds": OVERLAP}));
        let new = call.header("Audit-Nonce", &leave).send().await.is(201);
        new_key.set(new.text_at("/key").to_owned()).expect("it rotates once");
        let end: Timestamp = new.text_at("/old_key_ends_at").parse().expect("a time");
        // The last call that is on its way must be answered before the end.
        waiting::seconds(OVERLAP - 2).await;
        over.store(true, Ordering::Relaxed);
        end
    };
    let ((), (), end) = tokio::join!(load_again(&over, old_key), load, rotation);
    assert!(calls.load(Ordering::Relaxed) > 10, "there was no load");
    let refused = || async { (reads(old_key).await == 401).then_some(()) };
    eventually("the old key ends", 45, refused).await;
    assert!(waiting::now() >= end, "it ended too soon");
    assert!(waiting::now() < end + SignedDuration::from_secs(35), "it ended too late");
    assert_eq!(reads(new_key.get().expect("a new key")).await, 200);
}

/// A second caller with the old key.
async fn load_again(over: &AtomicBool, key: &str) {
    while !over.load(Ordering::Relaxed) {
        assert_eq!(reads(key).await, 200, "the old key during the overlap");
    }
}

#[tokio::test]
async fn a_rotation_repeated_shows_the_same_new_key() {
    let shop = Shop::fresh().await;
    let old = made(&shop, json!({"name": "till", "role": "storefront"})).await;
    let (path, repeat) = (format!("/api-keys/{}/rotate", old.text_at("/id")), unique());
    let leave = nonce(&shop.test_key, "api_key.rotate").await;
    let call = || shop.asks(post(&path)).header("Audit-Nonce", &leave);
    let rotates = || call().header("Idempotency-Key", &repeat).send();
    let first = rotates().await.is(201);
    let again = rotates().await.is(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let listed = shop.reads("/api-keys").await.is(200);
    let named: Vec<_> = listed.data().iter().filter(|key| key["name"] == "till").collect();
    assert_eq!(named.len(), 2, "{}", listed.text);
    let new = named.iter().find(|key| key["id"] == first.body["id"]).expect("the new key");
    assert_eq!(new["replaces"], old.body["id"]);
}

#[tokio::test]
async fn a_keys_last_day_is_shown() {
    let shop = Shop::fresh().await;
    let key = made(&shop, json!({"name": "till", "role": "storefront"})).await;
    let shown = || async {
        let path = format!("/api-keys/{}", key.text_at("/id"));
        shop.reads(&path).await.is(200).body["last_used_day"].as_str().map(str::to_owned)
    };
    assert_eq!(shown().await, None);
    assert_eq!(reads(key.text_at("/key")).await, 200);
    let today = waiting::now().to_string();
    assert_eq!(shown().await.as_deref(), today.split('T').next());
}

#[tokio::test]
async fn a_token_works_as_its_key_does_and_dies_with_it() {
    let shop = Shop::fresh().await;
    let key = made(&shop, json!({"name": "till", "role": "developer"})).await;
    let answer = token_of(&key).await.is(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let token = answer.text_at("/access_token").to_owned();
    let body = json!({"name": "hi", "locale": "en-GB", "kind": "transactional", "body": "Hello"});
    let repeat = unique();
    let saves = |token: &str| {
        post("/templates").key(token).header("Idempotency-Key", &repeat).json(&body).send()
    };
    let first = saves(&token).await.is(201);
    let next = token_of(&key).await.is(200);
    let again = saves(next.text_at("/access_token")).await.is(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "by the client's next token");
    assert_eq!(again.body, first.body);
    let leave = nonce(&shop.test_key, "api_key.delete").await;
    let revoked = delete(&format!("/api-keys/{}", key.text_at("/id"))).key(&shop.test_key);
    let _ = revoked.header("Audit-Nonce", &leave).send().await.is(204);
    let refused = || async { (reads(&token).await == 401).then_some(()) };
    eventually("the token dies with its key", 60, refused).await;
    let dead = || async { Some(token_of(&key).await).filter(|answer| answer.status == 401) };
    let refused = eventually("the key gets no tokens", 60, dead).await;
    refused.refused(401, "unauthenticated");
    assert_eq!(refused.body["error"], "invalid_client");
    assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"oauth\""));
}

#[tokio::test]
async fn everybody_may_read_the_public_keys() {
    let shop = Shop::fresh().await;
    let key = made(&shop, json!({"name": "till", "role": "storefront"})).await;
    let _ = token_of(&key).await.is(200);
    let keys = get("/.well-known/jwks.json").send().await.is(200);
    assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
    assert!(!keys.body["keys"].as_array().expect("a list").is_empty(), "{}", keys.text);
    assert_eq!(keys.text_at("/keys/0/crv"), "Ed25519");
}

#[tokio::test]
async fn an_auditor_of_the_deployment_looks_at_one_store_or_at_all() {
    let (one, other) = (Shop::fresh().await, Shop::fresh().await);
    let wish = json!({"name": "audit", "role": "auditor", "mode": "live"});
    let made = post("/api-keys").key(operator()).json(&wish).send().await.is(201);
    let asks = |path: &str| get(path).key(made.text_at("/key"));
    let of_one = asks("/api-keys").header("Doorstep-Store", &one.id).send().await.is(200);
    assert!(of_one.data().iter().all(|key| key["store_id"] == one.id) && of_one.data().len() == 3);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = asks(&format!("/api-keys?limit=100{cursor}")).send().await.is(200);
        seen.extend(page.data().iter().map(|key| key["store_id"].clone()));
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    for shop in [&one, &other] {
        assert_eq!(seen.iter().filter(|store| **store == shop.id).count(), 3);
    }
    for path in ["/signups", "/templates", "/limits", "/kill-switch", "/allow-list"] {
        let _ = asks(path).send().await.is(200);
    }
    let listed = asks("/signups").header("Doorstep-Store", &one.id).send().await.is(200);
    assert_eq!(listed.data().len(), 0);
    let nobodys = asks("/signups").header("Doorstep-Store", "sto_00000000000000000000000007");
    nobodys.send().await.refused(404, "not_found");
}
