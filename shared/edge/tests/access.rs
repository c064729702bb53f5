//! Who is let in.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::HashMap;

use doorstep_domain::{
    Mode,
    access::{ApiKey, History, Kind, PUBLISHABLE_SCOPES, Role, Scope},
    ports::{ApiKeys, Clock, Stores},
    token::PlainKey,
};
use doorstep_edge::{Call, access};
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
            id: plain.id().clone(),
            name: "test".to_owned(),
            kind,
            mode: Mode::Test,
            store: Some(sample::STORE),
            role: None,
            scopes: scopes.iter().copied().collect(),
            digest: plain.digest(),
            created_at: ports.now(),
            expires_at: Some(ports.now() + SignedDuration::from_hours(1)),
            history: History::default(),
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

#[test]
fn another_content_type_is_refused() {
    assert_eq!(call(&[("content-type", "text/plain")]).json().unwrap_err().status, 415);
    assert!(call(&[("content-type", "application/json; charset=utf-8")]).json().is_ok());
}
