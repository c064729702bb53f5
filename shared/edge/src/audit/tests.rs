use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    access::{ApiKey, Kind, Role},
    ports::ApiKeys,
};
use doorstep_fakes::{Memory, Seeded, sample};
use jiff::SignedDuration;

use super::*;
use crate::call::Caller;

fn plain(seed: u64) -> PlainKey {
    PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(seed))
}

fn key(plain: &PlainKey) -> ApiKey {
    sample::api_key(plain, Some(sample::STORE), Role::Finance)
}

fn call(route: &str, id: &str) -> Call {
    Call {
        route: route.to_owned(),
        path: HashMap::from([("id".to_owned(), id.to_owned())]),
        source_ip: Some("203.0.113.77".to_owned()),
        request_id: "request-1".to_owned(),
        ..Call::default()
    }
}

async fn told(ports: &Memory, call: &Call, problem: &Problem) -> AuditEntry {
    refused(ports, &Bounds::default(), call, problem).await;
    ports.audit_log().pop().unwrap()
}

#[tokio::test]
async fn a_failed_key_is_told_to_the_store_whose_key_was_named() {
    let (ports, known) = (Memory::default(), plain(3));
    ports.create(&key(&known)).await.unwrap();
    let mut call = call("GET /signups", "");
    call.headers.insert("authorization".to_owned(), format!("Bearer {}", known.expose()));
    let entry = told(&ports, &call, &Problem::unauthenticated()).await;
    assert_eq!((entry.store, entry.mode), (sample::STORE, Mode::Test));
    assert_eq!(entry.actor.as_ref(), Some(known.id()));
    assert_eq!(entry.outcome, Outcome::FailedAuthentication);
    assert_eq!(entry.target.as_deref(), Some("GET /signups"));
    assert_eq!(entry.network.as_deref(), Some("203.0.113.0/24"));
    assert!(!format!("{entry:?}").contains("203.0.113.77"));
}

#[tokio::test]
async fn a_key_that_somebody_tries_for_a_token_is_told_to_its_store() {
    let (ports, known) = (Memory::default(), plain(3));
    ports.create(&key(&known)).await.unwrap();
    let failed = Problem::unauthenticated().naming(known.mode(), known.id());
    let entry = told(&ports, &call("POST /oauth/token", ""), &failed).await;
    assert_eq!((entry.store, entry.actor.as_ref()), (sample::STORE, Some(known.id())));
    assert_eq!(entry.outcome, Outcome::FailedAuthentication);
}

#[tokio::test]
async fn who_names_another_store_is_told_to_their_own() {
    let (ports, known) = (Memory::default(), plain(3));
    let mut call = call("GET /signups", "");
    call.headers.insert("doorstep-store".to_owned(), sample::fresh_store().to_string());
    let key = Arc::new(key(&known));
    let refused = call.named_store(&key).unwrap_err();
    call.caller = Some(Caller { key, replay: None });
    let entry = told(&ports, &call, &refused).await;
    assert_eq!((entry.store, entry.actor.as_ref()), (sample::STORE, Some(known.id())));
    assert_eq!((entry.outcome, entry.code.as_deref()), (Outcome::Refused, Some("not_found")));
}

#[tokio::test]
async fn a_stranger_is_told_to_the_deployment_and_by_no_word_of_his_own() {
    let ports = Memory::default();
    for sent in ["", "Bearer x", "Basic YTpi", &format!("Bearer {}", plain(4).expose())] {
        let mut call = call("GET /signups/{id}", "+447700900123");
        call.headers.insert("authorization".to_owned(), sent.to_owned());
        let entry = told(&ports, &call, &Problem::unauthenticated()).await;
        assert_eq!((entry.store, &entry.actor), (Store::DEPLOYMENT, &None), "{sent}");
        assert_eq!(entry.target.as_deref(), Some("GET /signups/{id}"));
    }
}

#[tokio::test]
async fn a_refusal_names_the_key_and_what_it_wanted() {
    let (ports, plain) = (Memory::default(), plain(3));
    let caller = Some(Caller { key: Arc::new(key(&plain)), replay: None });
    let id = self::plain(5).id().to_string();
    let delete = Call { caller: caller.clone(), ..call("DELETE /api-keys/{id}", &id) };
    let entry = told(&ports, &delete, &Problem::forbidden("no")).await;
    assert_eq!((entry.action, entry.target), (Action::ApiKeyDelete, Some(id)));
    assert_eq!((entry.actor, entry.role), (Some(plain.id().clone()), Some(Role::Finance)));
    assert_eq!((entry.outcome, entry.code.as_deref()), (Outcome::Refused, Some("forbidden")));
    ports.clock.pass(SignedDuration::from_secs(1));
    let secret = self::plain(6).expose();
    let careless = Call { caller, ..call("DELETE /api-keys/{id}", &secret) };
    let entry = told(&ports, &careless, &Problem::forbidden("no")).await;
    assert_eq!(entry.target, None, "what is no id may be a secret");
}

#[tokio::test]
async fn what_is_no_refusal_of_access_is_not_written() {
    let (ports, bounds) = (Memory::default(), Bounds::default());
    let suppressed = Problem::new(403, "suppressed", "The number texted STOP.");
    for problem in [Problem::not_found(), Problem::busy(), suppressed] {
        refused(&ports, &bounds, &call("POST /signups", ""), &problem).await;
    }
    assert_eq!(ports.audit_log(), []);
}

#[tokio::test]
async fn a_flood_of_bad_keys_is_no_flood_of_evidence_and_hides_no_refusal() {
    let (ports, bounds) = (Memory::default(), Bounds::default());
    let call = call("GET /signups", "");
    for _ in 0..500 {
        refused(&ports, &bounds, &call, &Problem::unauthenticated()).await;
    }
    assert_eq!(ports.audit_log().len(), 10);
    refused(&ports, &bounds, &call, &Problem::forbidden("no")).await;
    assert_eq!(ports.audit_log().len(), 11);
    ports.clock.pass(SignedDuration::from_secs(1));
    refused(&ports, &bounds, &call, &Problem::unauthenticated()).await;
    assert_eq!(ports.audit_log().pop().unwrap().suppressed, 490);
}

#[test]
fn every_action_that_needs_a_nonce_has_its_call() {
    let routes = [
        ("POST /api-keys", Action::ApiKeyCreate),
        ("POST /api-keys/{id}/rotate", Action::ApiKeyRotate),
        ("DELETE /api-keys/{id}", Action::ApiKeyDelete),
        ("POST /exports", Action::ExportCreate),
        ("DELETE /users/{id}", Action::UserErase),
        ("PUT /stores/{id}/connectors/{platform}", Action::ConnectorChange),
        ("DELETE /carriers/{carrier}", Action::CarrierChange),
    ];
    for ((route, wanted), noncable) in routes.iter().zip(Action::NONCED) {
        assert_eq!((action(route), wanted), (*wanted, noncable), "{route}");
    }
    assert_eq!(action("GET /api-keys"), Action::Call);
}

#[test]
fn only_the_network_of_an_address_is_kept() {
    assert_eq!(network("203.0.113.77").as_deref(), Some("203.0.113.0/24"));
    assert_eq!(network("2001:db8:aa:bb::77").as_deref(), Some("2001:db8:aa::/48"));
    assert_eq!(network("203.0.113"), None);
}
