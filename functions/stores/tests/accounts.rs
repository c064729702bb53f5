//! Carrier accounts over the API: who may put them, and what is shown of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    audit::Action,
    carrier::CarrierName,
    id::StoreId,
    nonce::issue,
    ports::Stores,
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use serde_json::{Value, json};
use stores::StoreRoutes;

const SHOP: &str = "/stores/{id}/carriers/{carrier}";
const ALL: &str = "/carriers/{carrier}";
const TOKEN: &str = "not-a-real-token";

async fn routes() -> StoreRoutes<Memory, Ring, common::Waiting> {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    ports.save(&Store { id: other(), ..sample::store() }).await.unwrap();
    let public_url = Some("https://api.shop.example/v1".to_owned());
    let live_route = Vec::new();
    let absent = Vec::new();
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

const fn other() -> StoreId {
    StoreId::from_bits(16)
}

fn caller(store: Option<StoreId>, role: Role, mode: Mode) -> Caller {
    let plain = PlainKey::random(Kind::Secret, mode, &Seeded::new(3));
    let key = sample::api_key(&plain, store, role);
    Caller { key: Arc::new(key), replay: None }
}

fn owner() -> Caller {
    caller(Some(sample::STORE), Role::Owner, Mode::Live)
}

fn operator() -> Caller {
    caller(None, Role::Operator, Mode::Live)
}

/// A call to this route for the sample store's account at this carrier.
fn call(method: &str, pattern: &str, carrier: &str, caller: Caller) -> Call {
    let path = [("id", sample::STORE.to_string()), ("carrier", carrier.to_owned())];
    Call {
        route: format!("{method} {pattern}"),
        path: path.map(|(name, value)| (name.to_owned(), value)).into(),
        headers: HashMap::new(),
        caller: Some(caller),
        ..Call::default()
    }
}

async fn puts(
    routes: &StoreRoutes<Memory, Ring, common::Waiting>,
    pattern: &str,
    caller: Caller,
    body: &Value,
) -> Result<Answer, Problem> {
    let body = body.to_string().into_bytes();
    routes.answer(&Call { body, ..call("PUT", pattern, "twilio", caller) }).await
}

fn twilio(id: &str) -> Value {
    json!({"account": id, "auth_token": TOKEN, "from": "+447400123456"})
}

fn body(answered: Result<Answer, Problem>) -> Value {
    answered.unwrap().body.unwrap()
}

#[tokio::test]
async fn an_account_shows_its_urls_and_no_field() {
    let routes = routes().await;
    let put = body(puts(&routes, SHOP, owner(), &twilio("AC1")).await);
    let read = body(routes.answer(&call("GET", SHOP, "twilio", owner())).await);
    assert_eq!(read["parked"], json!({"queued": 3, "dead": 1}));
    let health = &read["health"];
    let told = (&health["carrier"], &health["weight"], &health["breaker"]);
    assert_eq!(told, (&json!("twilio"), &json!(50), &json!("closed")));
    assert_eq!(put, read);
    let url = "https://api.shop.example/v1/webhooks/carriers/twilio/AC1";
    assert_eq!((&read["callback_url"], &read["inherited"]), (&json!(url), &json!(false)));
    assert_eq!(read["inbound_url"], json!(format!("{url}/inbound")));
    assert!(!read.to_string().contains(TOKEN) && !read.to_string().contains("7400123456"));
}

#[tokio::test]
async fn a_store_sees_that_it_inherits() {
    let routes = routes().await;
    puts(&routes, ALL, operator(), &twilio("AC0")).await.unwrap();
    let read = body(routes.answer(&call("GET", SHOP, "twilio", owner())).await);
    assert_eq!((&read["account"], &read["inherited"]), (&json!("AC0"), &json!(true)));
    let deleted = routes.answer(&call("DELETE", SHOP, "twilio", owner())).await;
    assert_eq!(deleted.unwrap_err().status, 404, "it is not the store's to delete");
    let mut delete = call("DELETE", ALL, "twilio", operator());
    let leave = issue(&*routes.ports, &operator().key, Action::CarrierChange).await.unwrap();
    delete.headers.insert("audit-nonce".to_owned(), leave.0.expose().to_owned());
    routes.answer(&delete).await.unwrap();
    let gone = routes.answer(&call("GET", SHOP, "twilio", owner())).await;
    assert_eq!(gone.unwrap_err().status, 404);
}

#[tokio::test]
async fn only_who_may_puts_an_account() {
    let routes = routes().await;
    let strangers = [
        (SHOP, caller(Some(other()), Role::Owner, Mode::Live), 404),
        (SHOP, caller(Some(sample::STORE), Role::Developer, Mode::Live), 403),
        (SHOP, caller(Some(sample::STORE), Role::Owner, Mode::Test), 403),
        (ALL, owner(), 403),
        (ALL, caller(None, Role::Operator, Mode::Test), 403),
    ];
    for (pattern, caller, status) in strangers {
        let refused = puts(&routes, pattern, caller, &twilio("AC1")).await.unwrap_err();
        assert_eq!(refused.status, status, "{pattern}");
    }
}

#[tokio::test]
async fn an_id_that_another_has_is_a_conflict() {
    let routes = routes().await;
    puts(&routes, ALL, operator(), &twilio("AC1")).await.unwrap();
    let refused = puts(&routes, SHOP, owner(), &twilio("AC1")).await.unwrap_err();
    assert_eq!((refused.status, refused.code), (409, "conflict"));
}

#[tokio::test]
async fn what_is_missing_unknown_or_wrong_is_pointed_at() {
    let routes = routes().await;
    for (sent, code, pointers) in [
        (json!({}), "invalid_member", vec!["/account", "/auth_token"]),
        (json!({"account": "AC1", "auth_token": null}), "invalid_member", vec!["/auth_token"]),
        (json!({"account": "a/b", "auth_token": "t"}), "invalid_member", vec!["/account"]),
        (json!({"account": "..", "auth_token": "t"}), "invalid_member", vec!["/account"]),
        (
            json!({"account": "AC1", "auth_token": "t", "secrets": {}}),
            "unknown_member",
            vec!["/secrets"],
        ),
    ] {
        let refused = puts(&routes, SHOP, owner(), &sent).await.unwrap_err();
        let found: Vec<_> = refused.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!((refused.code, found), (code, pointers), "{sent}");
    }
}

#[tokio::test]
async fn carriers_that_need_no_account_have_none() {
    let routes = routes().await;
    for carrier in ["sandbox", "sandbox-2", "eum", "sns", "pigeon", "Twilio", ""] {
        for method in ["PUT", "GET", "DELETE"] {
            let refused = routes.answer(&call(method, SHOP, carrier, owner())).await;
            assert_eq!(refused.unwrap_err().status, 404, "{method} {carrier}");
        }
    }
}

#[tokio::test]
async fn a_carrier_that_nothing_sends_by_gets_no_account() {
    let routes = StoreRoutes { absent: vec![CarrierName::Twilio], ..routes().await };
    for (pattern, caller) in [(SHOP, owner()), (ALL, operator())] {
        let refused = puts(&routes, pattern, caller, &twilio("AC1")).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (404, "not_found"));
        assert!(refused.detail.contains("no sender"), "{}", refused.detail);
    }
}

#[tokio::test]
async fn the_secrets_that_a_shape_names_are_taken_by_name() {
    let routes = routes().await;
    let secrets = json!({"api_key": TOKEN, "webhook_user": "u", "webhook_password": "p"});
    let mut sent = json!({"account": "main", "shape": "mmg", "secrets": secrets});
    let puts = |body: &Value| {
        let body = body.to_string().into_bytes();
        let mut call = Call { body, ..call("PUT", SHOP, "http", owner()) };
        let routes = &routes;
        async move {
            let leave = issue(&*routes.ports, &owner().key, Action::CarrierChange).await.unwrap();
            call.headers.insert("audit-nonce".to_owned(), leave.0.expose().to_owned());
            routes.answer(&call).await
        }
    };
    puts(&sent).await.unwrap();
    sent["secrets"] = json!({"shape": "another"});
    assert_eq!(puts(&sent).await.unwrap_err().errors[0].pointer, "/secrets");
}

#[tokio::test]
async fn an_smpp_account_is_told_what_each_field_must_be() {
    let routes = routes().await;
    let puts = |body: Value| {
        let call =
            Call { body: body.to_string().into_bytes(), ..call("PUT", ALL, "smpp", operator()) };
        let routes = &routes;
        async move { routes.answer(&call).await }
    };
    let good = json!({"account": "teashop", "password": "secret", "from": "Teashop", "alphabet": "latin1"});
    let wrong = json!({
        "account": "a-system-id-of-17", "password": "too-long-a-secret", "from": "Twelve chars",
        "alphabet": "ebcdic", "window": "0",
    });
    let refused = puts(wrong).await.unwrap_err();
    let told: Vec<_> =
        refused.errors.iter().map(|e| (e.pointer.as_str(), e.detail.as_str())).collect();
    let pointers: Vec<_> = told.iter().map(|(pointer, _)| *pointer).collect();
    assert_eq!(pointers, ["/account", "/password", "/from", "/alphabet", "/window"]);
    assert_eq!(told[3].1, "must be one of gsm7, ascii, latin1, latin1-named, ucs2");
    assert!(told.iter().all(|(_, detail)| !detail.contains("too-long-a-secret")));
    puts(good).await.unwrap();
}
