//! Codes that a hundred failures disabled, and who may enable them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    id::{SignupId, StoreId, UserId},
    keys::{DataKeys, PhoneIndex},
    phone::PhoneNumber,
    ports::{Clock, Phones, Stores},
    token::PlainKey,
    tries::{Exhausted, IN_A_ROW, PER_WINDOW, PhoneRecord, Try},
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use serde_json::{Value, json};
use stores::StoreRoutes;

const NUMBER: &str = "+447400123456";

struct World {
    shop: StoreRoutes<Memory, Ring, common::Waiting>,
    keys: DataKeys,
}

impl World {
    async fn new() -> Self {
        let ports = Arc::new(Memory::default());
        ports.save(&sample::store()).await.unwrap();
        let shop = StoreRoutes {
            ports,
            kms: Ring,
            public_url: None,
            live_route: vec![],
            absent: vec![],
            any_shape: common::ANY_SHAPE,
            backlog: common::Waiting,
        };
        Self { shop, keys: sample::keys_of(sample::STORE, Mode::Live) }
    }

    fn index(&self) -> PhoneIndex {
        self.keys.phone_index(&PhoneNumber::parse(NUMBER, None, Mode::Live).unwrap())
    }

    async fn record(&self) -> PhoneRecord {
        Phones::find(&*self.shop.ports, &self.keys, &self.index()).await.unwrap()
    }

    /// A hundred wrong codes in a row, two of them in these 24 hours.
    async fn disabled(&self) {
        for number in [1_u128, 2] {
            let attempt = Try { signup: SignupId::derived(number << 4), at: self.shop.ports.now() };
            let user = UserId::from_bits(1);
            self.shop.ports.count(&self.keys, &self.index(), &attempt, 5, user).await.unwrap();
        }
        let known = self.record().await;
        let row = PhoneRecord { row: IN_A_ROW, ..known.clone() };
        let settled = self.shop.ports.settle(&self.keys, &self.index(), (&known, &row)).await;
        assert!(settled.unwrap());
    }

    async fn enables(&self, caller: Caller, body: &Value) -> Result<Answer, Problem> {
        let named = caller.key.store.is_none().then(|| sample::STORE.to_string());
        let headers = named.map(|store| ("doorstep-store".to_owned(), store));
        let (route, body) = ("POST /codes/enable".to_owned(), body.to_string().into_bytes());
        let headers = headers.into_iter().collect();
        self.shop
            .answer(&Call { route, headers, body, caller: Some(caller), ..Call::default() })
            .await
    }
}

fn caller(store: Option<StoreId>, role: Role) -> Caller {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(3));
    Caller { key: Arc::new(sample::api_key(&plain, store, role)), replay: None }
}

#[tokio::test]
async fn an_operator_enables_codes_and_the_days_tries_stay_counted() {
    let world = World::new().await;
    world.disabled().await;
    let stranger = SignupId::derived(999 << 4);
    let before = world.record().await;
    assert_eq!(before.exhausted(stranger, 5), Some(Exhausted::Disabled));
    for _ in 0..2 {
        let answer = world.enables(caller(None, Role::Operator), &json!({"phone": NUMBER})).await;
        assert_eq!(answer.unwrap().status, 204, "whether there is anything to enable or not");
    }
    let after = world.record().await;
    assert_eq!((after.row, after.tries.clone()), (0, before.tries));
    assert_eq!(after.exhausted(stranger, 5), None);
    assert!(after.tries.len() < PER_WINDOW);
}

#[tokio::test]
async fn who_enabled_them_is_written_down_without_the_number() {
    let world = World::new().await;
    world.disabled().await;
    world.enables(caller(None, Role::Operator), &json!({"phone": NUMBER})).await.unwrap();
    let query = [("limit".to_owned(), "9".to_owned())].into();
    let caller = Some(caller(Some(sample::STORE), Role::Owner));
    let call = Call { route: "GET /decisions".to_owned(), query, caller, ..Call::default() };
    let log = world.shop.answer(&call).await.unwrap().body.unwrap();
    assert_eq!(
        (&log["data"][0]["kind"], &log["data"][0]["reason"]),
        (&json!("codes"), &json!("enabled"))
    );
    assert!(!log.to_string().contains("7400123"), "{log}");
}

#[tokio::test]
async fn nobody_of_the_store_enables_them() {
    let world = World::new().await;
    world.disabled().await;
    for role in [Role::Owner, Role::Developer, Role::Auditor] {
        let of_store = caller(Some(sample::STORE), role);
        let refused = world.enables(of_store, &json!({"phone": NUMBER})).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (403, "forbidden"));
    }
    for body in [json!({}), json!({"phone": "+44"}), json!({"phone": NUMBER, "more": 1})] {
        let refused = world.enables(caller(None, Role::Operator), &body).await.unwrap_err();
        assert_eq!(refused.status, 400, "{body}");
    }
    assert_eq!(world.record().await.row, IN_A_ROW);
}
