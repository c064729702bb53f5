//! Who is let in.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, PUBLISHABLE_SCOPES, Role, Scope},
    id::StoreId,
    ports::{ApiKeys, Clock, Stores},
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Call, access, call::Caller};
use doorstep_fakes::{Memory, Seeded, sample};
use jiff::SignedDuration;

/// A shop with one key.
struct Shop {
    ports: Memory,
    plain: PlainKey,
}

impl Shop {
    async fn with(kind: Kind) -> Self {
        let ports = Memory::default();
        ports.save(&sample::store()).await.unwrap();
        let plain = PlainKey::random(kind, Mode::Test, &Seeded::new(3));
        let scopes = if kind == Kind::Secret { Role::Owner.scopes() } else { PUBLISHABLE_SCOPES };
        let key = ApiKey {
            role: None,
            scopes: scopes.iter().copied().collect(),
            created_at: ports.now(),
            expires_at: Some(ports.now() + SignedDuration::from_hours(1)),
            ..sample::api_key(&plain, Some(sample::STORE), Role::Owner)
        };
        ports.create(&key).await.unwrap();
        Self { ports, plain }
    }

    async fn code(&self, key: &str, origin: Option<&str>) -> &'static str {
        let mut headers = HashMap::from([("authorization".to_owned(), format!("Bearer {key}"))]);
        headers.extend(origin.map(|origin| ("origin".to_owned(), origin.to_owned())));
        access::check(&self.ports, &headers).await.map_or_else(|problem| problem.code, |_| "ok")
    }
}

#[tokio::test]
async fn a_known_key_is_let_in_until_it_ends() {
    let shop = Shop::with(Kind::Secret).await;
    let key = shop.plain.expose();
    assert_eq!(shop.code(&key, None).await, "ok");
    shop.ports.clock.pass(SignedDuration::from_hours(1));
    assert_eq!(shop.code(&key, None).await, "unauthenticated");
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_look_alike() {
    let shop = Shop::with(Kind::Secret).await;
    let stranger = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(4)).expose();
    for key in ["", "dst_test_x", &stranger, &shop.plain.expose().replace("test", "live")] {
        assert_eq!(shop.code(key, None).await, "unauthenticated", "{key}");
    }
}

#[tokio::test]
async fn a_publishable_key_works_from_its_stores_origins_only() {
    let shop = Shop::with(Kind::Publishable).await;
    let key = shop.plain.expose();
    assert_eq!(shop.code(&key, Some("https://shop.example")).await, "ok");
    for origin in [None, Some("https://evil.example"), Some("https://shop.example.evil.example")] {
        assert_eq!(shop.code(&key, origin).await, "forbidden", "{origin:?}");
    }
}

/// A key of this store, or of the deployment, in test mode.
fn key(store: Option<StoreId>, scopes: &[Scope]) -> ApiKey {
    let plain = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(5));
    ApiKey {
        role: None,
        scopes: scopes.iter().copied().collect(),
        ..sample::api_key(&plain, store, Role::Owner)
    }
}

fn call(headers: &[(&str, &str)]) -> Call {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Call {
        route: "POST /signups".to_owned(),
        headers: headers.iter().map(pair).collect(),
        body: b"{}".to_vec(),
        ..Call::default()
    }
}

#[test]
fn an_idempotency_key_may_be_quoted() {
    for sent in ["basket-7", "\"basket-7\"", " basket-7 "] {
        assert_eq!(call(&[("idempotency-key", sent)]).idempotency_key().unwrap(), "basket-7");
    }
    let long = "k".repeat(256);
    for wrong in ["", "\"\"", &long, "schlüssel"] {
        let problem = call(&[("idempotency-key", wrong)]).idempotency_key().unwrap_err();
        assert_eq!(problem.code, "idempotency_key_missing", "{wrong}");
    }
}

#[test]
fn a_call_without_a_key_has_no_scope() {
    assert_eq!(call(&[]).store(Scope::SignupsRead).unwrap_err().status, 401);
}

/// A call with a key of this store, or of the whole deployment, that names a store.
fn names(store: Option<StoreId>, named: Option<&str>) -> Call {
    let role = if store.is_some() { Role::Owner } else { Role::Auditor };
    let headers: Vec<_> = named.iter().map(|named| ("doorstep-store", *named)).collect();
    let caller = Caller { key: Arc::new(key(store, role.scopes())), replay: None };
    Call { caller: Some(caller), ..call(&headers) }
}

#[test]
fn a_key_of_the_whole_deployment_names_the_store() {
    let named = sample::STORE.to_string();
    let opened = names(None, Some(&named)).store(Scope::SignupsRead).unwrap();
    assert_eq!(opened, (sample::STORE, Mode::Test));
    let refused = names(None, None).store(Scope::SignupsRead).unwrap_err();
    assert_eq!((refused.status, refused.code), (400, "store_required"));
    let deployment = Store::DEPLOYMENT.to_string();
    for wrong in ["", "sto_1", "corner-shop", &deployment, &named.to_lowercase()] {
        let refused = names(None, Some(wrong)).store(Scope::SignupsRead).unwrap_err();
        assert_eq!(refused.status, 404, "{wrong}");
    }
    let refused = names(None, None).store(Scope::UsersRead).unwrap_err();
    assert_eq!(refused.status, 403, "the scope is asked for first");
}

#[test]
fn a_stores_own_key_names_no_other_store() {
    let (own, other) = (sample::STORE.to_string(), StoreId::from_bits(16).to_string());
    for (named, status) in [(None, 200), (Some(&own), 200), (Some(&other), 404)] {
        let call = names(Some(sample::STORE), named.map(String::as_str));
        let opened = call.store(Scope::SignupsRead);
        assert_eq!(opened.map_or_else(|problem| problem.status, |_| 200), status, "{named:?}");
    }
}

#[tokio::test]
async fn a_keys_last_day_of_use_is_noted() {
    let shop = Shop::with(Kind::Secret).await;
    let noted = async || {
        let found = ApiKeys::find(&shop.ports, Mode::Test, shop.plain.id()).await;
        found.unwrap().unwrap().history.last_used_day
    };
    assert_eq!(shop.code("dst_test_x", None).await, "unauthenticated");
    assert_eq!(noted().await, None, "a call that is refused is no use");
    assert_eq!(shop.code(&shop.plain.expose(), None).await, "ok");
    assert_eq!(noted().await, Some(jiff::civil::date(2027, 1, 1)));
}

#[test]
fn another_content_type_is_refused() {
    assert_eq!(call(&[("content-type", "text/plain")]).json().unwrap_err().status, 415);
    assert!(call(&[("content-type", "application/json; charset=utf-8")]).json().is_ok());
}
