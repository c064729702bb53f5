//! Sensitive calls need a fresh nonce, and leave an entry before they change anything.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Role},
    audit::{Action, Outcome},
    ports::{ApiKeys, Stores},
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use jiff::SignedDuration;
use serde_json::{Value, json};
use stores::StoreRoutes;

type Shop = StoreRoutes<Memory, Ring, common::Waiting>;

const ACCOUNT: &str = "/stores/{id}/carriers/{carrier}";

async fn shop() -> Shop {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    let (public_url, live_route, absent) = (None, Vec::new(), Vec::new());
    StoreRoutes {
        ports: Arc::new(ports),
        kms: Ring,
        public_url,
        live_route,
        absent,
        any_shape: common::ANY_SHAPE,
        backlog: common::Waiting,
    }
}

/// A live key of the sample store; another for each seed.
fn key(seed: u64, role: Role) -> ApiKey {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(seed));
    sample::api_key(&plain, Some(sample::STORE), role)
}

fn owner() -> ApiKey {
    key(3, Role::Owner)
}

/// A call for this key or account, with this nonce unless it is empty.
fn call(route: &str, id: &str, caller: ApiKey, nonce: &str) -> Call {
    let path = [("id", id), ("carrier", "twilio")];
    let mut headers = std::collections::HashMap::new();
    if !nonce.is_empty() {
        headers.insert("audit-nonce".to_owned(), nonce.to_owned());
    }
    Call {
        route: route.to_owned(),
        path: path.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        headers,
        caller: Some(Caller { key: Arc::new(caller), replay: None }),
        request_id: "request-7".to_owned(),
        ..Call::default()
    }
}

async fn asks(shop: &Shop, caller: ApiKey, action: &str) -> Result<Answer, Problem> {
    let body = json!({"action": action}).to_string().into_bytes();
    shop.answer(&Call { body, ..call("POST /nonces", "", caller, "") }).await
}

async fn nonce(shop: &Shop, caller: ApiKey, action: &str) -> String {
    let body = asks(shop, caller, action).await.unwrap().body.unwrap();
    body["nonce"].as_str().unwrap().to_owned()
}

/// A key that is there to be deleted.
async fn victim(shop: &Shop) -> ApiKey {
    let victim = key(99, Role::Storefront);
    shop.ports.create(&victim).await.unwrap();
    victim
}

async fn deletes(shop: &Shop, by: ApiKey, id: &str, nonce: &str) -> Result<Answer, Problem> {
    shop.answer(&call("DELETE /api-keys/{id}", id, by, nonce)).await
}

async fn puts(shop: &Shop, body: &Value, nonce: &str) -> Result<Answer, Problem> {
    let body = body.to_string().into_bytes();
    let put = call(&format!("PUT {ACCOUNT}"), &sample::STORE.to_string(), owner(), nonce);
    shop.answer(&Call { body, ..put }).await
}

fn twilio(token: &str) -> Value {
    json!({"account": "AC1", "auth_token": token, "from": "+447400123456"})
}

fn refused(answered: Result<Answer, Problem>, action: &str) {
    let problem = answered.unwrap_err();
    assert_eq!((problem.status, problem.code), (403, "forbidden"));
    assert!(problem.detail.contains("POST /nonces"), "{}", problem.detail);
    assert!(problem.detail.contains(action), "{}", problem.detail);
}

#[tokio::test]
async fn a_key_is_deleted_by_its_nonce_alone_and_once() {
    let shop = shop().await;
    let (victim, other) = (victim(&shop).await, key(4, Role::Owner));
    let id = victim.id.to_string();
    let action = "api_key.delete";
    let good = nonce(&shop, owner(), action).await;
    let wrong = [
        String::new(),
        "0123456789abcdefghijkl".to_owned(),
        nonce(&shop, owner(), "api_key.rotate").await,
        nonce(&shop, other.clone(), action).await,
    ];
    for wrong in wrong {
        refused(deletes(&shop, owner(), &id, &wrong).await, action);
    }
    refused(deletes(&shop, other, &id, &good).await, action);
    assert_eq!(deletes(&shop, owner(), &id, &good).await.unwrap().status, 204);
    shop.ports.create(&victim).await.unwrap();
    refused(deletes(&shop, owner(), &id, &good).await, action);
    let kept = ApiKeys::find(&*shop.ports, Mode::Live, &victim.id).await.unwrap();
    assert!(kept.is_some());
}

#[tokio::test]
async fn a_nonce_ends_after_five_minutes() {
    let shop = shop().await;
    let id = victim(&shop).await.id.to_string();
    let late = nonce(&shop, owner(), "api_key.delete").await;
    shop.ports.clock.pass(SignedDuration::from_mins(5));
    refused(deletes(&shop, owner(), &id, &late).await, "api_key.delete");
}

#[tokio::test]
async fn what_is_not_found_or_wrong_uses_no_nonce_up() {
    let shop = shop().await;
    let id = victim(&shop).await.id.to_string();
    let good = nonce(&shop, owner(), "api_key.delete").await;
    let unknown = deletes(&shop, owner(), "abcdefghijkl", &good).await.unwrap_err();
    assert_eq!(unknown.status, 404);
    assert_eq!(deletes(&shop, owner(), &id, &good).await.unwrap().status, 204);
    puts(&shop, &twilio("one"), "").await.unwrap();
    let good = nonce(&shop, owner(), "carrier.change").await;
    assert_eq!(puts(&shop, &json!({"account": "AC1"}), &good).await.unwrap_err().status, 400);
    puts(&shop, &twilio("two"), &good).await.unwrap();
}

#[tokio::test]
async fn the_first_account_needs_no_nonce_and_every_change_does() {
    let shop = shop().await;
    let delete = |nonce: String| {
        let delete = format!("DELETE {ACCOUNT}");
        let call = call(&delete, &sample::STORE.to_string(), owner(), &nonce);
        let shop = &shop;
        async move { shop.answer(&call).await }
    };
    assert_eq!(delete(String::new()).await.unwrap_err().status, 404, "there is none");
    puts(&shop, &twilio("one"), "").await.unwrap();
    refused(puts(&shop, &twilio("two"), "").await, "carrier.change");
    refused(delete(String::new()).await, "carrier.change");
    let leave = nonce(&shop, owner(), "carrier.change").await;
    puts(&shop, &twilio("two"), &leave).await.unwrap();
    refused(delete(leave).await, "carrier.change");
    delete(nonce(&shop, owner(), "carrier.change").await).await.unwrap();
    puts(&shop, &twilio("three"), "").await.unwrap();
}

#[tokio::test]
async fn a_new_key_needs_no_nonce_but_no_bad_one_either() {
    let shop = shop().await;
    let body = json!({"name": "n", "role": "storefront", "mode": "live"}).to_string().into_bytes();
    let creates = |nonce: String| {
        let call = Call { body: body.clone(), ..call("POST /api-keys", "", owner(), &nonce) };
        let shop = &shop;
        async move { shop.answer(&call).await }
    };
    creates(String::new()).await.unwrap();
    refused(creates("0123456789abcdefghijkl".to_owned()).await, "api_key.create");
    creates(nonce(&shop, owner(), "api_key.create").await).await.unwrap();
}

#[tokio::test]
async fn a_nonce_is_made_for_what_the_key_may_do() {
    let shop = shop().await;
    let finance = || key(5, Role::Finance);
    for action in ["api_key.delete", "api_key.rotate", "carrier.change", "user.erase"] {
        let refused = asks(&shop, finance(), action).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (403, "forbidden"), "{action}");
        let answer = asks(&shop, owner(), action).await.unwrap();
        assert_eq!(answer.status, 201);
        assert_eq!(answer.body.unwrap()["expires_at"], "2027-01-01T12:05:00Z");
    }
    for wrong in ["", "store.change", "API_KEY.DELETE", "call"] {
        let refused = asks(&shop, owner(), wrong).await.unwrap_err();
        assert_eq!((refused.status, &*refused.errors[0].pointer), (400, "/action"), "{wrong}");
    }
}

#[tokio::test]
async fn every_change_leaves_an_entry_that_names_no_secret() {
    let shop = shop().await;
    let id = victim(&shop).await.id.to_string();
    let leave = nonce(&shop, owner(), "api_key.delete").await;
    deletes(&shop, owner(), &id, &leave).await.unwrap();
    puts(&shop, &twilio("a-secret-token"), "").await.unwrap();
    let patch = call("PATCH /stores/{id}", &sample::STORE.to_string(), owner(), "");
    shop.answer(&Call { body: br#"{"locale": "cy"}"#.to_vec(), ..patch }).await.unwrap();
    let log = shop.ports.audit_log();
    let told: Vec<_> = log
        .iter()
        .map(|entry| (entry.action.as_str(), entry.target.clone().unwrap_or_default()))
        .collect();
    let store = sample::STORE.to_string();
    for expected in
        [("api_key.delete", id), ("carrier.change", "twilio".to_owned()), ("store.change", store)]
    {
        assert!(told.contains(&expected), "{told:?}");
    }
    for entry in &log {
        assert_eq!((entry.outcome, entry.store), (Outcome::Done, sample::STORE));
        assert_eq!((&entry.actor, entry.role), (&Some(owner().id), Some(Role::Owner)));
        assert_eq!(entry.request_id, "request-7");
    }
    assert!(!format!("{log:?}").contains("a-secret-token"));
    assert!(log.iter().all(|entry| entry.action != Action::Call));
}

#[tokio::test]
async fn what_was_refused_left_no_trace_of_having_been_done() {
    let shop = shop().await;
    let id = victim(&shop).await.id.to_string();
    let _ = deletes(&shop, owner(), &id, "").await.unwrap_err();
    let bad = call("PATCH /stores/{id}", &sample::STORE.to_string(), owner(), "");
    let _ = shop.answer(&Call { body: br#"{"colour": 1}"#.to_vec(), ..bad }).await.unwrap_err();
    assert_eq!(shop.ports.audit_log(), []);
}
