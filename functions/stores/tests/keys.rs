//! Keys over the API: who makes, rotates and sees which.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Role},
    audit::Action,
    id::StoreId,
    nonce::issue,
    ports::{ApiKeys, Clock, Stores},
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use jiff::SignedDuration;
use serde_json::{Value, json};
use stores::StoreRoutes;

type Shop = StoreRoutes<Memory, Ring, common::Waiting>;

async fn routes() -> Shop {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    ports.save(&Store { id: other(), ..sample::store() }).await.unwrap();
    let (live_route, absent) = (Vec::new(), Vec::new());
    StoreRoutes {
        ports: Arc::new(ports),
        kms: Ring,
        public_url: None,
        live_route,
        absent,
        any_shape: common::ANY_SHAPE,
        backlog: common::Waiting,
    }
}

const fn other() -> StoreId {
    StoreId::from_bits(16)
}

/// A key that is kept, and who calls with it.
async fn caller(shop: &Shop, store: Option<StoreId>, role: Role, seed: u64) -> Caller {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(seed));
    let key = ApiKey {
        name: role.as_str().to_owned(),
        created_at: shop.ports.now(),
        ..sample::api_key(&plain, store, role)
    };
    shop.ports.create(&key).await.unwrap();
    Caller { key: Arc::new(key), replay: None }
}

async fn owner(shop: &Shop) -> Caller {
    caller(shop, Some(sample::STORE), Role::Owner, 21).await
}

async fn operator(shop: &Shop) -> Caller {
    caller(shop, None, Role::Operator, 22).await
}

/// A call, of which each test says what differs.
fn call(route: &str, caller: &Caller, named: Option<StoreId>, body: &Value) -> Call {
    let named = named.map(|store| ("doorstep-store".to_owned(), store.to_string()));
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let headers = named.into_iter().collect();
    Call { route: route.to_owned(), headers, body, caller: Some(caller.clone()), ..Call::default() }
}

async fn makes(
    shop: &Shop,
    caller: &Caller,
    named: Option<StoreId>,
    body: Value,
) -> Result<Answer, Problem> {
    shop.answer(&call("POST /api-keys", caller, named, &body)).await
}

async fn on(
    shop: &Shop,
    route: &str,
    caller: &Caller,
    id: &str,
    body: &Value,
) -> Result<Answer, Problem> {
    let path = [("id".to_owned(), id.to_owned())].into();
    shop.answer(&Call { path, ..call(route, caller, None, body) }).await
}

async fn rotates(shop: &Shop, caller: &Caller, id: &str, body: &Value) -> Result<Answer, Problem> {
    let leave = issue(&*shop.ports, &caller.key, Action::ApiKeyRotate).await.unwrap().0;
    let headers = [("audit-nonce".to_owned(), leave.expose().to_owned())].into();
    let path = [("id".to_owned(), id.to_owned())].into();
    let rotate = call("POST /api-keys/{id}/rotate", caller, None, body);
    shop.answer(&Call { path, headers, ..rotate }).await
}

/// The ids of the list, all pages of this size.
async fn listed(
    shop: &Shop,
    caller: &Caller,
    named: Option<StoreId>,
    size: usize,
) -> Result<Vec<String>, Problem> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let mut page = call("GET /api-keys", caller, named, &Value::Null);
        page.query.insert("limit".to_owned(), size.to_string());
        page.query.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
        let body = shop.answer(&page).await?.body.unwrap();
        let data = body["data"].as_array().unwrap();
        assert!(data.len() <= size);
        ids.extend(data.iter().map(|key| key["id"].as_str().unwrap().to_owned()));
        match body["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(ids),
        }
    }
}

fn refused(answered: Result<Answer, Problem>) -> (u16, &'static str) {
    let problem = answered.unwrap_err();
    (problem.status, problem.code)
}

fn body(answered: Result<Answer, Problem>) -> Value {
    answered.unwrap().body.unwrap()
}

fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_rotation_shows_the_new_key_once_and_both_ends() {
    let shop = routes().await;
    let owner = owner(&shop).await;
    let wish = json!({"name": "Server", "role": "storefront"});
    let old = body(makes(&shop, &owner, None, wish).await);
    let answer = rotates(&shop, &owner, id(&old), &json!({"overlap_seconds": 60})).await.unwrap();
    let new = answer.body.unwrap();
    assert_eq!(answer.status, 201);
    let end = (shop.ports.now() + SignedDuration::from_secs(60)).to_string();
    assert_eq!((&new["replaces"], &new["old_key_ends_at"]), (&old["id"], &json!(end)));
    for member in ["name", "role", "scopes", "kind", "mode", "store_id", "expires_at"] {
        assert_eq!(new[member], old[member], "{member}");
    }
    let plain = PlainKey::parse(new["key"].as_str().unwrap()).unwrap();
    assert_eq!(plain.id().to_string(), new["id"]);
    let shown = body(on(&shop, "GET /api-keys/{id}", &owner, id(&old), &Value::Null).await);
    assert_eq!((&shown["rotated_to"], &shown["expires_at"]), (&new["id"], &json!(end)));
    let shown = body(on(&shop, "GET /api-keys/{id}", &owner, id(&new), &Value::Null).await);
    assert!(shown.get("key").is_none() && shown.get("expires_at").is_none(), "{shown}");
}

#[tokio::test]
async fn an_overlap_is_a_day_and_at_most_a_week() {
    let shop = routes().await;
    let owner = owner(&shop).await;
    let old = body(makes(&shop, &owner, None, json!({"name": "n", "role": "storefront"})).await);
    for wrong in [json!(604_801), json!(-1), json!(1.5), json!("60"), json!([])] {
        let answered = rotates(&shop, &owner, id(&old), &json!({"overlap_seconds": wrong})).await;
        assert_eq!(refused(answered), (400, "invalid_member"), "{wrong}");
    }
    let answered = rotates(&shop, &owner, id(&old), &json!({"overlap": 1})).await;
    assert_eq!(refused(answered), (400, "unknown_member"));
    for (sent, hours) in [(json!({"overlap_seconds": 604_800}), 168), (Value::Null, 24)] {
        let new = body(rotates(&shop, &owner, id(&old), &sent).await);
        let end = shop.ports.now() + SignedDuration::from_hours(hours);
        assert_eq!(new["old_key_ends_at"], json!(end.to_string()));
    }
}

#[tokio::test]
async fn a_publishable_key_rotates_too() {
    let shop = routes().await;
    let owner = owner(&shop).await;
    let old = body(makes(&shop, &owner, None, json!({"name": "n", "kind": "publishable"})).await);
    let new = body(rotates(&shop, &owner, id(&old), &Value::Null).await);
    assert!(new["key"].as_str().unwrap().starts_with("dstpk_live_"));
}

#[tokio::test]
async fn who_may_not_delete_a_key_may_not_rotate_it() {
    let shop = routes().await;
    let (owner, operator) = (owner(&shop).await, operator(&shop).await);
    let stranger = caller(&shop, Some(other()), Role::Owner, 23).await;
    let developer = caller(&shop, Some(sample::STORE), Role::Developer, 24).await;
    let key = owner.key.id.to_string();
    assert_eq!(refused(rotates(&shop, &stranger, &key, &Value::Null).await), (404, "not_found"));
    assert_eq!(refused(rotates(&shop, &developer, &key, &Value::Null).await), (403, "forbidden"));
    let test =
        Caller { key: Arc::new(ApiKey { mode: Mode::Test, ..(*owner.key).clone() }), replay: None };
    assert_eq!(refused(rotates(&shop, &test, &key, &Value::Null).await), (404, "not_found"));
    let gone = rotates(&shop, &owner, "nobodyskey00", &Value::Null).await;
    assert_eq!(refused(gone), (404, "not_found"));
    rotates(&shop, &operator, &key, &Value::Null).await.unwrap();
}

#[tokio::test]
async fn a_key_that_may_make_keys_does_not_rotate_its_way_up() {
    let shop = routes().await;
    let owner = owner(&shop).await;
    let wish = json!({"name": "janitor", "scopes": ["keys:write", "keys:read"]});
    let janitor = body(makes(&shop, &owner, None, wish).await);
    let named = id(&janitor).parse().unwrap();
    let found = ApiKeys::find(&*shop.ports, Mode::Live, &named).await.unwrap();
    let janitor = Caller { key: found.unwrap(), replay: None };
    let answered = rotates(&shop, &janitor, &owner.key.id.to_string(), &Value::Null).await;
    assert_eq!(refused(answered), (403, "forbidden"));
    rotates(&shop, &janitor, &janitor.key.id.to_string(), &Value::Null).await.unwrap();
}

#[tokio::test]
async fn the_operator_lets_people_look_at_all_stores() {
    let shop = routes().await;
    let operator = operator(&shop).await;
    for role in ["finance", "auditor", "operator"] {
        let made = body(makes(&shop, &operator, None, json!({"name": "n", "role": role})).await);
        assert!(made.get("store_id").is_none(), "{made}");
    }
    for role in ["storefront", "marketer", "developer", "owner"] {
        let made = makes(&shop, &operator, None, json!({"name": "n", "role": role})).await;
        assert_eq!(refused(made), (400, "store_required"), "{role}");
    }
    let owner = owner(&shop).await;
    let made = makes(&shop, &owner, None, json!({"name": "n", "role": "auditor"})).await;
    assert_eq!(
        body(made)["store_id"],
        json!(sample::STORE.to_string()),
        "an owner's is its store's"
    );
}

#[tokio::test]
async fn a_store_that_is_named_must_be_there() {
    let shop = routes().await;
    let operator = operator(&shop).await;
    let wish = || json!({"name": "n", "role": "owner"});
    let nobodys = Some(StoreId::from_bits(7));
    assert_eq!(refused(makes(&shop, &operator, nobodys, wish()).await), (404, "not_found"));
    let mut both = wish();
    both["store_id"] = json!(other().to_string());
    let made = makes(&shop, &operator, Some(sample::STORE), both.clone()).await;
    assert_eq!(refused(made), (400, "invalid_member"));
    let made = body(makes(&shop, &operator, Some(other()), both).await);
    assert_eq!(made["store_id"], json!(other().to_string()));
    for route in ["GET /api-keys", "GET /stores", "GET /decisions", "GET /routes"] {
        let answered = shop.answer(&call(route, &operator, nobodys, &Value::Null)).await;
        assert_eq!(refused(answered), (404, "not_found"), "{route}");
    }
}

#[tokio::test]
async fn the_operator_lists_one_stores_keys_or_all() {
    let shop = routes().await;
    let (owner, operator) = (owner(&shop).await, operator(&shop).await);
    let stranger = caller(&shop, Some(other()), Role::Owner, 23).await;
    for n in 0..5 {
        shop.ports.clock.pass(SignedDuration::from_secs(1));
        let wish = json!({"name": format!("n{n}"), "role": "storefront"});
        makes(&shop, if n % 2 == 0 { &owner } else { &stranger }, None, wish).await.unwrap();
    }
    let all = listed(&shop, &operator, None, 100).await.unwrap();
    assert_eq!(all.len(), 8);
    assert_eq!(all[0], operator.key.id.to_string(), "the deployment's own come first");
    for size in 1..=8 {
        assert_eq!(listed(&shop, &operator, None, size).await.unwrap(), all, "pages of {size}");
    }
    let one = listed(&shop, &operator, Some(sample::STORE), 2).await.unwrap();
    assert_eq!(one.len(), 4);
    assert_eq!(listed(&shop, &owner, None, 3).await.unwrap(), one);
    assert_eq!(one.last(), Some(&owner.key.id.to_string()), "the newest come first");
    let refused = listed(&shop, &owner, Some(other()), 3).await.unwrap_err();
    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn a_call_about_another_store_than_the_named_one_finds_nothing() {
    let shop = routes().await;
    let (owner, operator) = (owner(&shop).await, operator(&shop).await);
    let path = || [("id".to_owned(), sample::STORE.to_string())].into();
    let reads =
        |named| Call { path: path(), ..call("GET /stores/{id}", &operator, named, &Value::Null) };
    assert_eq!(refused(shop.answer(&reads(Some(other()))).await).0, 404);
    for named in [None, Some(sample::STORE)] {
        shop.answer(&reads(named)).await.unwrap();
    }
    let path = [("id".to_owned(), owner.key.id.to_string())].into();
    let reads = Call { path, ..call("GET /api-keys/{id}", &operator, Some(other()), &Value::Null) };
    assert_eq!(refused(shop.answer(&reads).await).0, 404);
}

#[tokio::test]
async fn an_auditor_of_the_deployment_reads_every_stores_decisions() {
    let shop = routes().await;
    let auditor = caller(&shop, None, Role::Auditor, 25).await;
    let operator = operator(&shop).await;
    let shop =
        StoreRoutes { live_route: vec![doorstep_domain::carrier::CarrierName::Sns.into()], ..shop };
    let until = (shop.ports.now() + SignedDuration::from_hours(1)).to_string();
    for (n, store) in [sample::STORE, other()].into_iter().enumerate() {
        shop.ports.clock.pass(SignedDuration::from_secs(1 + i64::try_from(n).unwrap()));
        let pin = json!({"country": "GB", "carriers": ["sns"], "until": until});
        shop.answer(&call("PUT /routes", &operator, Some(store), &pin)).await.unwrap();
    }
    let pin = json!({"country": "GB", "carriers": ["sns"], "until": until});
    let unnamed = shop.answer(&call("PUT /routes", &operator, None, &pin)).await;
    assert_eq!(refused(unnamed), (400, "store_required"));
    for (named, count) in [(None, 2), (Some(other()), 1)] {
        let read = call("GET /decisions", &auditor, named, &Value::Null);
        let log = body(shop.answer(&read).await);
        assert_eq!(log["data"].as_array().unwrap().len(), count, "{log}");
    }
}
