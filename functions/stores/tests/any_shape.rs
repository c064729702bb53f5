//! Accounts of carriers of any shape: whom a store may have called, and with what.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    account,
    audit::Action,
    carrier::CarrierName,
    nonce::issue,
    ports::Stores,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use serde_json::{Value, json};
use stores::StoreRoutes;

async fn routes() -> StoreRoutes<Memory, Ring, common::Waiting> {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    StoreRoutes {
        ports: Arc::new(ports),
        kms: Ring,
        public_url: None,
        live_route: Vec::new(),
        absent: Vec::new(),
        any_shape: common::ANY_SHAPE,
        backlog: common::Waiting,
    }
}

fn owner() -> Caller {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(3));
    let key = sample::api_key(&plain, Some(sample::STORE), Role::Owner);
    Caller { key: Arc::new(key), replay: None }
}

async fn puts(
    routes: &StoreRoutes<Memory, Ring, common::Waiting>,
    body: &Value,
) -> Result<Answer, Problem> {
    let path = [("id", sample::STORE.to_string()), ("carrier", "http".to_owned())];
    let (owner, action) = (owner(), Action::CarrierChange);
    let leave = issue(&*routes.ports, &owner.key, action).await.unwrap().0;
    let call = Call {
        headers: [("audit-nonce".to_owned(), leave.expose().to_owned())].into(),
        route: "PUT /stores/{id}/carriers/{carrier}".to_owned(),
        path: path.map(|(name, value)| (name.to_owned(), value)).into(),
        body: body.to_string().into_bytes(),
        caller: Some(owner),
        ..Call::default()
    };
    routes.answer(&call).await
}

fn secrets() -> Value {
    json!({"api_key": "not-a-real-key", "webhook_user": "u", "webhook_password": "p"})
}

fn at(url: &str) -> Value {
    json!({"account": "main", "shape": "mmg", "url": url, "secrets": secrets()})
}

async fn pointers(
    routes: &StoreRoutes<Memory, Ring, common::Waiting>,
    body: &Value,
) -> Vec<String> {
    let problem = puts(routes, body).await.unwrap_err();
    assert_eq!((problem.status, problem.code), (400, "invalid_member"), "{body}");
    assert!(!format!("{problem:?}").contains("not-a-real-key"));
    problem.errors.into_iter().map(|error| error.pointer).collect()
}

/// What a sender would open.
async fn exposed(
    routes: &StoreRoutes<Memory, Ring, common::Waiting>,
    field: &str,
) -> Option<String> {
    let store = Stores::find(&*routes.ports, sample::STORE).await.unwrap().unwrap();
    let account = account::open(&*routes.ports, &Ring, &store, CarrierName::Http).await.unwrap();
    account.unwrap().expose(field).map(str::to_owned)
}

#[tokio::test]
async fn a_store_names_its_carrier_by_a_url_on_the_outside() {
    let routes = routes().await;
    puts(&routes, &at("https://sms.example:8443/v2/")).await.unwrap();
    assert_eq!(exposed(&routes, "url").await.unwrap(), "https://sms.example:8443/v2/");
    for url in [
        "http://sms.example/",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://169.254.169.254/",
        "https://localhost/",
        "https://user:pass@sms.example/",
        "https://sms.example:25/",
        "https://sms.example/?a=b",
        "https://sms.example/#a",
        "sms.example",
        "http://127.0.0.1:4601",
    ] {
        assert_eq!(pointers(&routes, &at(url)).await, ["/url"], "{url}");
    }
    assert_eq!(exposed(&routes, "url").await.unwrap(), "https://sms.example:8443/v2/");
}

#[tokio::test]
async fn who_changes_the_host_brings_all_secrets_again() {
    let routes = routes().await;
    puts(&routes, &at("https://sms.example")).await.unwrap();
    let mut elsewhere = at("https://thief.example");
    for missing in ["api_key", "webhook_user", "webhook_password"] {
        elsewhere["secrets"] = secrets();
        elsewhere["secrets"].as_object_mut().unwrap().remove(missing);
        assert_eq!(pointers(&routes, &elsewhere).await, ["/secrets"], "{missing}");
    }
    elsewhere.as_object_mut().unwrap().remove("secrets");
    assert_eq!(pointers(&routes, &elsewhere).await.len(), 3);
    assert_eq!(exposed(&routes, "url").await.unwrap(), "https://sms.example", "nothing changed");
    elsewhere["secrets"] = secrets();
    elsewhere["secrets"]["api_key"] = "another".into();
    puts(&routes, &elsewhere).await.unwrap();
    assert_eq!(exposed(&routes, "api_key").await.unwrap(), "another");
}

#[tokio::test]
async fn no_secret_of_one_host_goes_along_to_the_next() {
    let routes = routes().await;
    let mut first = at("https://sms.example");
    first["secrets"]["extra"] = "of the first".into();
    puts(&routes, &first).await.unwrap();
    puts(&routes, &at("https://other.example")).await.unwrap();
    assert_eq!(exposed(&routes, "extra").await, None);
    let mut deployments = at("");
    deployments.as_object_mut().unwrap().remove("url");
    deployments.as_object_mut().unwrap().remove("secrets");
    assert_eq!(pointers(&routes, &deployments).await.len(), 3, "back to the deployment's, too");
}

#[tokio::test]
async fn a_shape_that_is_none_is_told_where() {
    let routes = routes().await;
    let mut body = at("https://sms.example");
    body["shape"] = json!({"send": {"path": "/x"}}).to_string().into();
    assert_eq!(pointers(&routes, &body).await, ["/shape"]);
    body["shape"] = "pigeon".into();
    assert_eq!(pointers(&routes, &body).await, ["/shape"]);
}
