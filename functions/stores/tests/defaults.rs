//! What stores inherit.

mod common;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    ports::Stores,
    store::{Settings, Store},
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use serde_json::{Value, json};
use stores::StoreRoutes;

fn operator() -> Caller {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(3));
    let key = sample::api_key(&plain, None, Role::Operator);
    Caller { key: Arc::new(key), replay: None }
}

async fn patches(ports: &Arc<Memory>, body: &Value) -> Result<Answer, Problem> {
    let ports = Arc::clone(ports);
    let (live_route, absent) = (Vec::new(), Vec::new());
    let routes = StoreRoutes {
        ports,
        kms: Ring,
        public_url: None,
        live_route,
        absent,
        any_shape: common::ANY_SHAPE,
        backlog: common::Waiting,
    };
    let (route, body) = ("PATCH /defaults".to_owned(), body.to_string().into_bytes());
    routes.answer(&Call { route, body, caller: Some(operator()), ..Call::default() }).await
}

#[tokio::test]
async fn a_number_for_texts_is_no_default() {
    let ports = Arc::new(Memory::default());
    let sender = json!({"sender": {"id": "Shops", "inbound_number": "+447400123456"}});
    let refused = patches(&ports, &sender).await.unwrap_err();
    assert_eq!((refused.status, &*refused.errors[0].pointer), (400, "/sender/inbound_number"));
    assert!(refused.errors[0].detail.contains("one store"), "{}", refused.errors[0].detail);
    let sender = json!({"sender": {"id": "Shops", "inbound_number": null}});
    patches(&ports, &sender).await.unwrap();
}

#[tokio::test]
async fn members_of_an_object_that_are_left_out_stay_and_null_unsets() {
    let ports = Arc::new(Memory::default());
    let whole = json!({
        "sender": {"id": "Shops"},
        "templates": {"otp": "code", "welcome": "hello"},
        "retention": {"signups_days": 9, "messages_days": 8},
    });
    patches(&ports, &whole).await.unwrap();
    for (change, member, expected) in [
        (
            json!({"sender": {"inbound_number": null}}),
            "sender",
            json!({"id": "Shops", "inbound_number": null}),
        ),
        (
            json!({"templates": {"otp": "other"}}),
            "templates",
            json!({"otp": "other", "welcome": "hello"}),
        ),
        (
            json!({"templates": {"welcome": null}}),
            "templates",
            json!({"otp": "other", "welcome": null}),
        ),
        (json!({"templates": {}}), "templates", json!({"otp": "other", "welcome": null})),
        (json!({"templates": null}), "templates", json!(null)),
        (json!({"retention": {"messages_days": null}}), "retention", json!({"signups_days": 9})),
        (json!({"sender": {"id": null}}), "sender", json!(null)),
    ] {
        let now = patches(&ports, &change).await.unwrap().body.unwrap();
        assert_eq!(now.get(member).cloned().unwrap_or_default(), expected, "{change}");
    }
}

#[tokio::test]
async fn a_store_inherits_no_number_for_texts() {
    let deployment = Settings {
        sender_id: Some("Shops".to_owned()),
        inbound_number: Some("+447400123456".to_owned()),
        ..Settings::default()
    };
    let ports = Memory::default();
    let deployment = Store { id: Store::DEPLOYMENT, own: deployment, ..sample::store() };
    ports.save(&deployment).await.unwrap();
    ports.save(&sample::store()).await.unwrap();
    let store = ports.find(sample::STORE).await.unwrap().unwrap();
    let settings = (&store.settings.sender_id, &store.settings.inbound_number);
    assert_eq!(settings, (&Some("Shops".to_owned()), &None), "a STOP to it would name no store");
}
