//! What shops, and those who look at all of them, read of sign-ups.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, Kind, Role},
    carrier::CarrierName,
    guard::{Expected, Pool},
    id::StoreId,
    open_store,
    ports::{Challenges, Stores},
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Call, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use jiff::SignedDuration;
use serde_json::{Value, json};
use signup::{People, Signup};

/// Knows no tokens.
struct Nobody;

impl Challenges for Nobody {
    async fn solved(&self, _: &str, _: &Expected) -> Result<bool, Fault> {
        Ok(false)
    }
}

const ADA: &str = "+447400123456";
const BOB: &str = "+447401123456";
const OTHER: StoreId = StoreId::from_bits(16);

struct Shops(Signup<Memory, Ring, Nobody>);

impl Shops {
    /// Two shops of one deployment.
    async fn open() -> Self {
        let ports = Memory::default();
        ports.save(&sample::store()).await.unwrap();
        ports.save(&Store { id: OTHER, ..sample::store() }).await.unwrap();
        open_store::change(&ports, Store::DEPLOYMENT, sample::deployment().own).await.unwrap();
        Self(Signup {
            ports: Arc::new(ports),
            ring: Ring,
            live_route: vec![CarrierName::Eum.into()],
            pool: Pool::default(),
            people: None::<People<Nobody>>,
        })
    }

    /// A call by the owner of a store, or by an auditor of all.
    async fn asks(&self, store: Option<StoreId>, route: &str, asked: Asked<'_>) -> Value {
        let headers = [("idempotency-key".to_owned(), asked.key.to_owned())];
        let query = asked.query.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let path = asked.id.map(|id| ("id".to_owned(), id.to_owned()));
        let call = Call {
            route: route.to_owned(),
            headers: HashMap::from(headers),
            query: query.collect(),
            path: path.into_iter().collect(),
            body: asked.body.to_string().into_bytes(),
            caller: Some(Caller { key: key(store), replay: None }),
            ..Call::default()
        };
        self.0.answer(&call).await.unwrap().body.unwrap()
    }

    async fn signs_up(&self, store: StoreId, key: &str, body: Value) -> String {
        let asked = Asked { key, body, ..Asked::default() };
        let started = self.asks(Some(store), "POST /signups", asked).await;
        self.0.ports.clock.pass(SignedDuration::from_secs(1));
        started["id"].as_str().unwrap().to_owned()
    }

    /// The ids of a list, page by page, and how many pages there were.
    async fn lists(
        &self,
        store: Option<StoreId>,
        route: &str,
        (limit, body): (usize, Value),
    ) -> (Vec<String>, usize) {
        let (mut query, mut ids, mut pages) = (vec![("limit", limit.to_string())], Vec::new(), 0);
        loop {
            let asked = Asked { query: &query, body: body.clone(), ..Asked::default() };
            let page = self.asks(store, route, asked).await;
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= limit, "{page}");
            ids.extend(data.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
            pages += 1;
            let Some(next) = page["next_cursor"].as_str() else { return (ids, pages) };
            query = vec![("limit", limit.to_string()), ("cursor", next.to_owned())];
        }
    }
}

/// What differs between calls.
struct Asked<'a> {
    key: &'a str,
    id: Option<&'a str>,
    query: &'a [(&'a str, String)],
    body: Value,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self { key: "any", id: None, query: &[], body: json!({}) }
    }
}

fn key(store: Option<StoreId>) -> Arc<ApiKey> {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(43));
    let role = if store.is_some() { Role::Owner } else { Role::Auditor };
    Arc::new(sample::api_key(&plain, store, role))
}

#[tokio::test]
async fn a_search_finds_the_shops_own_signups_page_by_page_and_tells_of_no_others() {
    let shops = Shops::open().await;
    let mut own = Vec::new();
    for (n, store) in [sample::STORE, OTHER, sample::STORE, OTHER, OTHER].into_iter().enumerate() {
        let body = json!({"phone": ADA, "customer": {"external_id": "c-1"}});
        let id = shops.signs_up(store, &format!("n{n}"), body).await;
        if store == sample::STORE {
            own.insert(0, id);
        }
    }
    shops.signs_up(sample::STORE, "bob", json!({"phone": BOB})).await;
    for wish in [json!({"phone": ADA}), json!({"external_id": "c-1"})] {
        for (limit, pages) in [(1, 2), (2, 1), (3, 1)] {
            let asked = (limit, wish.clone());
            let found = shops.lists(Some(sample::STORE), "POST /signups/search", asked).await;
            assert_eq!(found, (own.clone(), pages), "{limit} at a time");
        }
    }
}

#[tokio::test]
async fn who_looks_at_all_stores_sees_one_after_the_other() {
    let shops = Shops::open().await;
    let mut all = Vec::new();
    for store in [OTHER, sample::STORE] {
        let mut own = Vec::new();
        for n in 0..3 {
            // Of other ranges: the guards count texts to one.
            let body = json!({"phone": format!("+44740{}123456", all.len() + n)});
            own.insert(0, shops.signs_up(store, &format!("n{n}"), body).await);
        }
        all.extend(own);
    }
    for limit in [1, 2, 3, 4, 6, 7] {
        let (found, _) = shops.lists(None, "GET /signups", (limit, json!({}))).await;
        assert_eq!(found, all, "{limit} at a time");
        let (own, _) = shops.lists(Some(OTHER), "GET /signups", (limit, json!({}))).await;
        assert_eq!(own, all[..3], "{limit} at a time");
    }
    let page = shops.asks(None, "GET /signups", Asked::default()).await;
    assert_eq!(page["data"][5]["store_id"], sample::STORE.to_string());
}

#[tokio::test]
async fn a_signup_is_read_with_its_match_and_what_the_shop_noted() {
    let shops = Shops::open().await;
    let body = json!({"phone": ADA, "method": "link", "metadata": {"basket": "b-7"}});
    let asked = Asked { body, ..Asked::default() };
    let started = shops.asks(Some(OTHER), "POST /signups", asked).await;
    let id = started["id"].as_str().unwrap();
    let reads = async || {
        let asked = Asked { id: Some(id), ..Asked::default() };
        shops.asks(Some(OTHER), "GET /signups/{id}", asked).await
    };
    let read = reads().await;
    assert_eq!(read["match"], started["match"]);
    assert_eq!(read["metadata"], json!({"basket": "b-7"}));
    shops.0.ports.clock.pass(SignedDuration::from_secs(600));
    assert_eq!(reads().await.get("match"), None, "nobody may type it any more");
    let asked = Asked { id: Some(id), ..Asked::default() };
    let timeline = shops.asks(Some(OTHER), "GET /signups/{id}/timeline", asked).await;
    let types: Vec<_> = timeline["data"].as_array().unwrap().iter().map(|it| &it["type"]).collect();
    assert_eq!(types, ["signup.started", "route.chosen", "message.queued", "signup.expired"]);
    assert_eq!(timeline["data"][1]["carriers"], json!(["eum"]));
    assert_eq!(timeline["data"][1]["estimated_cost"]["currency"], "GBP");
}
