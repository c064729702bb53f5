//! Pins, and the log of decisions.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    carrier::CarrierName,
    decisions::Line,
    health::{Breaker, Health, Pin, RESTING},
    id::StoreId,
    open_store::change,
    phone::Region,
    ports::{Clock, HealthBook, Stores},
    route::Lane,
    steer::Country,
    store::{Settings, Store},
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
    let lane = |carrier, resting| Lane { carrier, resting };
    let live_route =
        vec![lane(CarrierName::Sns, 100), lane(CarrierName::Twilio, 0), lane(CarrierName::Eum, 20)];
    StoreRoutes {
        ports: Arc::new(ports),
        kms: Ring,
        public_url: None,
        live_route,
        absent: vec![],
        any_shape: common::ANY_SHAPE,
        backlog: common::Waiting,
    }
}

const fn other() -> StoreId {
    StoreId::from_bits(16)
}

fn caller(store: Option<StoreId>, role: Role) -> Caller {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(3));
    let key = sample::api_key(&plain, store, role);
    Caller { key: Arc::new(key), replay: None }
}

fn owner() -> Caller {
    caller(Some(sample::STORE), Role::Owner)
}

fn operator() -> Caller {
    caller(None, Role::Operator)
}

async fn pins(shop: &Shop, caller: Caller, body: &Value) -> Result<Answer, Problem> {
    let (route, body) = ("PUT /routes".to_owned(), body.to_string().into_bytes());
    shop.answer(&Call { route, body, caller: Some(caller), ..Call::default() }).await
}

async fn reads(shop: &Shop, route: &str, caller: Caller, query: &[(&str, &str)]) -> Value {
    let query = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let call = Call { route: route.to_owned(), query, caller: Some(caller), ..Call::default() };
    shop.answer(&call).await.unwrap().body.unwrap()
}

/// A pin of the United Kingdom, so many days from now.
fn pin(shop: &Shop, carriers: &[&str], days: i64) -> Value {
    let until = shop.ports.now() + SignedDuration::from_hours(24 * days);
    json!({"country": "GB", "carriers": carriers, "until": until.to_string()})
}

#[tokio::test]
async fn a_pin_is_kept_shown_and_logged_once() {
    let shop = routes().await;
    let wish = pin(&shop, &["eum", "sns"], 1);
    for _ in 0..2 {
        shop.ports.clock.pass(SignedDuration::from_secs(1));
        let answer = pins(&shop, owner(), &wish).await.unwrap();
        assert_eq!((answer.status, answer.body.unwrap()), (200, wish.clone()));
    }
    let shown = reads(&shop, "GET /routes", owner(), &[]).await;
    assert_eq!(shown["data"][0]["pin"], wish);
    let log = reads(&shop, "GET /decisions", owner(), &[]).await;
    assert_eq!(log["data"].as_array().unwrap().len(), 1, "{log}");
    assert_eq!(log["data"][0]["kind"], "pin");
    shop.ports.clock.pass(SignedDuration::from_hours(25));
    let shown = reads(&shop, "GET /routes", owner(), &[]).await;
    assert!(shown["data"][0].get("pin").is_none(), "it has ended");
}

#[tokio::test]
async fn a_pin_whose_line_was_not_written_is_logged_when_it_comes_again() {
    let shop = routes().await;
    let wish = pin(&shop, &["eum"], 1);
    let until = wish["until"].as_str().unwrap().parse().unwrap();
    let cut = Pin { carriers: vec![CarrierName::Eum], until, since: shop.ports.now() };
    let own = Settings { pins: Some([(Region::GB, cut)].into()), ..sample::store().own };
    change(&*shop.ports, sample::STORE, own).await.unwrap();
    for _ in 0..2 {
        shop.ports.clock.pass(SignedDuration::from_secs(1));
        pins(&shop, owner(), &wish).await.unwrap();
    }
    let log = reads(&shop, "GET /decisions", owner(), &[]).await;
    assert_eq!(log["data"].as_array().unwrap().len(), 1, "{log}");
}

#[tokio::test]
async fn a_pin_names_carriers_that_the_store_can_use_and_a_near_end() {
    let shop = routes().await;
    for (wish, pointer) in [
        (pin(&shop, &[], 1), "/carriers"),
        (pin(&shop, &["pigeon"], 1), "/carriers"),
        (pin(&shop, &["sandbox"], 1), "/carriers"),
        (pin(&shop, &["twilio"], 1), "/carriers"),
        (pin(&shop, &["sns", "sns"], 1), "/carriers"),
        (pin(&shop, &["sns"], 31), "/until"),
        (pin(&shop, &["sns"], 0), "/until"),
        (json!({"country": "GB", "carriers": ["sns"]}), "/until"),
        (json!({"country": "gb", "carriers": ["sns"]}), "/country"),
    ] {
        let refused = pins(&shop, owner(), &wish).await.unwrap_err();
        let pointers: Vec<_> = refused.errors.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(refused.status, 400, "{wish}");
        assert!(pointers.contains(&pointer), "{wish}: {pointers:?}");
    }
    let store = Stores::find(&*shop.ports, sample::STORE).await.unwrap().unwrap();
    assert_eq!(store.own.pins, None);
}

#[tokio::test]
async fn an_operator_names_the_store_and_an_auditor_pins_nothing() {
    let shop = routes().await;
    let wish = pin(&shop, &["eum"], 1);
    let refused = pins(&shop, operator(), &wish).await.unwrap_err();
    assert_eq!((refused.status, refused.code), (400, "store_required"));
    let named = Call {
        route: "PUT /routes".to_owned(),
        headers: [("doorstep-store".to_owned(), sample::STORE.to_string())].into(),
        body: wish.to_string().into_bytes(),
        caller: Some(operator()),
        ..Call::default()
    };
    assert_eq!(shop.answer(&named).await.unwrap().status, 200);
    let auditor = caller(Some(sample::STORE), Role::Auditor);
    assert_eq!(pins(&shop, auditor, &wish).await.unwrap_err().status, 403);
}

#[tokio::test]
async fn routes_show_weights_and_breakers() {
    let shop = routes().await;
    let until = shop.ports.now() + SignedDuration::from_secs(30);
    let ill = Health {
        weight: 0,
        breaker: Breaker::Open { until },
        ..Health::new(CarrierName::Sns, Region::GB, RESTING, until)
    };
    let country = Country { carriers: vec![ill], ..Country::new(Region::GB) };
    shop.ports.advance(&country, &[]).await.unwrap();
    let shown = reads(&shop, "GET /routes", owner(), &[]).await;
    let sns = json!({"carrier": "sns", "weight": 0, "resting_weight": 100, "breaker": "open", "until": until.to_string()});
    let eum = json!({"carrier": "eum", "weight": 20, "resting_weight": 20, "breaker": "closed"});
    assert_eq!(shown["data"], json!([{"country": "GB", "carriers": [sns, eum]}]));
}

/// A line of the log, so many seconds ago.
fn line(shop: &Shop, store: StoreId, ago: i64, country: &str) -> Line {
    Line {
        scope: (store, Mode::Live),
        at: shop.ports.now() - SignedDuration::from_secs(ago),
        kind: "route".to_owned(),
        region: Region::parse(country),
        signup: None,
        carrier: Some(CarrierName::Eum),
        weights: Some((50, 40)),
        breaker: Some("closed".to_owned()),
        reason: "worse".to_owned(),
        text: format!("{ago} s ago"),
    }
}

#[tokio::test]
async fn a_store_reads_its_own_log_and_the_deployment_s_newest_first() {
    let shop = routes().await;
    for (store, ago, country) in [
        (Store::DEPLOYMENT, 9, "GB"),
        (Store::DEPLOYMENT, 3, "GB"),
        (Store::DEPLOYMENT, 5, "JE"),
        (sample::STORE, 4, "GB"),
        (other(), 1, "GB"),
    ] {
        shop.ports.log(&line(&shop, store, ago, country)).await.unwrap();
    }
    let texts = |page: &Value| -> Vec<String> {
        let lines = page["data"].as_array().unwrap().iter();
        lines.map(|line| line["text"].as_str().unwrap().replace(" s ago", "")).collect()
    };
    let all = reads(&shop, "GET /decisions", owner(), &[]).await;
    assert_eq!(texts(&all), ["3", "4", "5", "9"]);
    let line = &all["data"][0];
    assert_eq!((&line["from_weight"], &line["to_weight"]), (&json!(50), &json!(40)));
    let british = reads(&shop, "GET /decisions", owner(), &[("country", "GB")]).await;
    assert_eq!(texts(&british), ["3", "4", "9"]);
    let operators = reads(&shop, "GET /decisions", operator(), &[]).await;
    assert_eq!(texts(&operators), ["1", "3", "4", "5", "9"], "all stores");
    for size in ["1", "2", "3"] {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", size), ("country", "GB")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = reads(&shop, "GET /decisions", owner(), &query).await;
            found.extend(texts(&page));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = Some(next.to_owned());
        }
        assert_eq!(found, ["3", "4", "9"], "by {size}");
    }
}
