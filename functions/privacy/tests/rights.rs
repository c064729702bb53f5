//! Exports and erasures as they are called.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Role},
    audit::{Action, Outcome},
    export::{ExportState, KEPT},
    id::UserId,
    keys::DataKeys,
    nonce::issue,
    ports::{Archive, Clock, Rights, Stores},
    seal::Place,
    start::start,
    token::PlainKey,
    verify::verify,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, contract, sample};
use jiff::SignedDuration;
use privacy::PrivacyRoutes;
use serde_json::{Value, json};

type Desk = PrivacyRoutes<Memory, Ring, Memory, Ring>;

async fn desk() -> Desk {
    let (ports, bucket) = (Memory::default(), Memory::default());
    ports.save(&sample::store()).await.unwrap();
    let public_url = Some("https://api.example".to_owned());
    PrivacyRoutes { ports: Arc::new(ports), ring: Ring, bucket, notary: Ring, public_url }
}

fn owner() -> ApiKey {
    let plain = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(3));
    sample::api_key(&plain, Some(sample::STORE), Role::Owner)
}

fn keys() -> Arc<DataKeys> {
    sample::data_keys(Mode::Test)
}

/// A shopper of the shop.
async fn shopper(desk: &Desk) -> UserId {
    let shop = sample::shop(sample::store(), Mode::Test);
    let pool = doorstep_domain::guard::Pool::default();
    let asked = sample::start("+447700900123", "k");
    let attempt = start(&*desk.ports, &pool, &shop, asked).await.unwrap().attempt;
    let codes = sample::code_keys(Mode::Test);
    let code = codes.code(attempt.id, &attempt.seed).unwrap();
    let store = Arc::new(sample::store());
    let shop = doorstep_domain::verify::Shop { store, data: keys(), codes };
    verify(&*desk.ports, &shop, attempt, &code).await.unwrap().user
}

async fn nonce(desk: &Desk, action: Action) -> String {
    issue(&*desk.ports, &owner(), action).await.unwrap().0.expose().to_owned()
}

async fn asks(
    desk: &Desk,
    route: &str,
    id: &str,
    nonce: &str,
    body: Value,
) -> Result<Answer, Problem> {
    let headers = [("audit-nonce".to_owned(), nonce.to_owned())].into();
    let call = Call {
        route: route.to_owned(),
        path: [("id".to_owned(), id.to_owned())].into(),
        headers,
        body: body.to_string().into_bytes(),
        caller: Some(Caller { key: Arc::new(owner()), replay: None }),
        ..Call::default()
    };
    desk.answer(&call).await
}

async fn starts_export(desk: &Desk, user: UserId) -> String {
    let nonce = nonce(desk, Action::ExportCreate).await;
    let body = json!({"user_id": user.to_string()});
    let started = asks(desk, "POST /exports", "", &nonce, body).await.unwrap();
    assert_eq!(
        (started.status, &started.body.as_ref().unwrap()["status"]),
        (202, &json!("running"))
    );
    started.body.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn reads(desk: &Desk, id: &str) -> Result<Value, u16> {
    let answer = asks(desk, "GET /exports/{id}", id, "", json!({})).await;
    answer.map(|answer| answer.body.unwrap()).map_err(|problem| problem.status)
}

/// The job did its work: this is in the bucket.
async fn is_gathered(desk: &Desk, id: &str, user: UserId, document: &Value) {
    let place = Place { item: id, attribute: "export" };
    let sealed = keys().seal(place, document.to_string().as_bytes(), &*desk.ports);
    let export = id.parse().unwrap();
    desk.bucket.keep_export(keys().scope(), (user, export), sealed).await.unwrap();
    let ready = ExportState::Ready { expires_at: desk.ports.now() + KEPT };
    assert!(desk.ports.settle_export(&keys(), export, ready).await.unwrap());
}

/// Follows a link, as a browser without a key does.
async fn follows(desk: &Desk, id: &str, url: &str) -> Result<Answer, u16> {
    let (path, token) = url.split_once("?token=").unwrap();
    assert_eq!(path, format!("https://api.example/exports/{id}/file"));
    let call = Call {
        route: "GET /exports/{id}/file".to_owned(),
        path: [("id".to_owned(), id.to_owned())].into(),
        query: [("token".to_owned(), token.to_owned())].into(),
        ..Call::default()
    };
    desk.answer(&call).await.map_err(|problem| problem.status)
}

fn document() -> Value {
    json!({"user": {"id": "usr_1", "phone": "+447700900123", "name": "Ada <3"}})
}

#[tokio::test]
async fn an_export_is_fetched_by_a_link_of_five_minutes() {
    let desk = desk().await;
    let user = shopper(&desk).await;
    let id = starts_export(&desk, user).await;
    assert_eq!(reads(&desk, &id).await.unwrap()["status"], "running");
    is_gathered(&desk, &id, user, &document()).await;
    let view = reads(&desk, &id).await.unwrap();
    assert_eq!(view["status"], "ready");
    let (url, page) = (view["url"].as_str().unwrap(), view["page_url"].as_str().unwrap());
    let file = follows(&desk, &id, url).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&file.text.unwrap()).unwrap(), document());
    let shown = follows(&desk, &id, page).await.unwrap().text.unwrap();
    assert!(shown.starts_with("<!doctype html>") && shown.contains("Ada &lt;3"), "{shown}");
    desk.ports.clock.pass(SignedDuration::from_secs(299));
    assert!(follows(&desk, &id, url).await.is_ok());
    desk.ports.clock.pass(SignedDuration::from_secs(1));
    assert_eq!(follows(&desk, &id, url).await.unwrap_err(), 410);
    let next = reads(&desk, &id).await.unwrap();
    assert!(follows(&desk, &id, next["url"].as_str().unwrap()).await.is_ok(), "signed anew");
}

#[tokio::test]
async fn an_export_is_gone_after_seven_days() {
    let desk = desk().await;
    let user = shopper(&desk).await;
    let id = starts_export(&desk, user).await;
    is_gathered(&desk, &id, user, &document()).await;
    desk.ports.clock.pass(KEPT - SignedDuration::from_secs(1));
    let last = reads(&desk, &id).await.unwrap();
    let url = last["url"].as_str().unwrap();
    assert_eq!(last["url_expires_at"], last["expires_at"], "a link never outlives its file");
    desk.ports.clock.pass(SignedDuration::from_secs(1));
    assert_eq!(follows(&desk, &id, url).await.unwrap_err(), 410);
    assert_eq!(reads(&desk, &id).await.unwrap_err(), 404);
}

#[tokio::test]
async fn a_link_that_was_changed_opens_nothing() {
    let desk = desk().await;
    let user = shopper(&desk).await;
    let (id, other) = (starts_export(&desk, user).await, starts_export(&desk, user).await);
    for export in [&id, &other] {
        is_gathered(&desk, export, user, &document()).await;
    }
    let view = reads(&desk, &id).await.unwrap();
    let url = view["url"].as_str().unwrap();
    let (path, token) = url.split_once("?token=").unwrap();
    for n in 0..token.len() {
        let letter = if &token[n..=n] == "A" { "B" } else { "A" };
        let changed = format!("{path}?token={}{letter}{}", &token[..n], &token[n + 1..]);
        assert_eq!(follows(&desk, &id, &changed).await.unwrap_err(), 410, "letter {n}");
    }
    let moved = url.replace(&id, &other);
    assert_eq!(follows(&desk, &other, &moved).await.unwrap_err(), 410, "of another export");
    for wrong in ["", "x"] {
        let wrong = format!("{path}?token={wrong}");
        assert_eq!(follows(&desk, &id, &wrong).await.unwrap_err(), 410);
    }
}

#[tokio::test]
async fn sensitive_calls_need_their_nonce_and_are_written_down() {
    let desk = desk().await;
    let user = shopper(&desk).await;
    let body = json!({"user_id": user.to_string()});
    for (route, id) in [("POST /exports", String::new()), ("DELETE /users/{id}", user.to_string())]
    {
        let refused = asks(&desk, route, &id, "", body.clone()).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (403, "forbidden"), "{route}");
    }
    let wrong = nonce(&desk, Action::UserErase).await;
    assert_eq!(asks(&desk, "POST /exports", "", &wrong, body).await.unwrap_err().status, 403);
    assert_eq!(desk.ports.events().iter().filter(|it| it.starts_with("job/")).count(), 0);
    starts_export(&desk, user).await;
    let log = desk.ports.audit_log();
    let [entry] = &log[..] else { panic!("{log:?}") };
    assert_eq!((entry.action, entry.outcome), (Action::ExportCreate, Outcome::Done));
    assert_eq!(entry.target, Some(user.to_string()));
}

#[tokio::test]
async fn nobody_and_anothers_are_not_found() {
    let desk = desk().await;
    let nobody = UserId::from_bits(1).to_string();
    let nonce = nonce(&desk, Action::ExportCreate).await;
    let body = json!({"user_id": nobody});
    assert_eq!(asks(&desk, "POST /exports", "", &nonce, body).await.unwrap_err().status, 404);
    let gone = asks(&desk, "DELETE /users/{id}", &nobody, "", json!({})).await;
    assert_eq!(gone.unwrap_err().status, 404);
    let unknown = "exp_00000000000000000000000001";
    assert_eq!(reads(&desk, unknown).await.unwrap_err(), 404);
    let wrong = asks(&desk, "POST /exports", "", "", json!({"user_id": "x"})).await.unwrap_err();
    assert_eq!((wrong.status, wrong.errors[0].pointer.as_str()), (400, "/user_id"));
}

#[tokio::test]
async fn nothing_goes_out_once_an_erasure_is_answered() {
    let desk = desk().await;
    let user = shopper(&desk).await;
    let nonce = nonce(&desk, Action::UserErase).await;
    let id = user.to_string();
    let answer = asks(&desk, "DELETE /users/{id}", &id, &nonce, json!({})).await.unwrap();
    assert_eq!((answer.status, &answer.body.unwrap()["status"]), (202, &json!("running")));
    let entries =
        doorstep_domain::ports::Ledger::entries(&*desk.ports, &keys(), user).await.unwrap();
    assert_eq!(doorstep_domain::consent::live(&entries, "sms", None), [""; 0]);
    assert_eq!(desk.bucket.journal_entries(), 1);
    assert!(desk.ports.events().contains(&"job/erase".to_owned()));
}

/// As the contract's `x-scope` says.
#[tokio::test]
async fn each_call_asks_for_its_scope() {
    let desk = &desk().await;
    contract::scopes("privacy", |route, key| async move {
        let call = Call { route, caller: Some(Caller { key, replay: None }), ..Call::default() };
        desk.answer(&call).await.err().map(|problem| (problem.status, problem.detail))
    })
    .await;
}
