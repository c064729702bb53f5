//! What was agreed to can be shown, though whoever agreed was erased.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    erase::{begin, finish, request},
    id::UserId,
    keys::DataKeys,
    ports::{Clock, Stores},
    start::start,
    token::PlainKey,
    verify::verify,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use serde_json::Value;
use users::UserRoutes;

type Desk = UserRoutes<Memory, Ring>;

const ADA: &str = "+447700900123";

fn keys() -> Arc<DataKeys> {
    sample::data_keys(Mode::Test)
}

async fn desk() -> Desk {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    UserRoutes { ports: Arc::new(ports), ring: Ring }
}

async fn registers(desk: &Desk) -> UserId {
    let shop = sample::shop(sample::store(), Mode::Test);
    let pool = doorstep_domain::guard::Pool::default();
    let call = sample::start(ADA, "k");
    let attempt = start(&*desk.ports, &pool, &shop, call).await.unwrap().attempt;
    let codes = sample::code_keys(Mode::Test);
    let code = codes.code(attempt.id, &attempt.seed).unwrap();
    let store = Arc::new(sample::store());
    let shop = doorstep_domain::verify::Shop { store, data: keys(), codes };
    verify(&*desk.ports, &shop, attempt, &code).await.unwrap().user
}

async fn asks(desk: &Desk, user: UserId, what: &str) -> Result<Answer, Problem> {
    let plain = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(3));
    let key = Arc::new(sample::api_key(&plain, Some(sample::STORE), Role::Owner));
    let call = Call {
        route: format!("GET /users/{{id}}{what}"),
        path: [("id".to_owned(), user.to_string())].into(),
        caller: Some(Caller { key, replay: None }),
        ..Call::default()
    };
    desk.answer(&call).await
}

async fn erases(desk: &Desk, user: UserId) {
    let (ports, archive, now) = (&*desk.ports, Memory::default(), desk.ports.now());
    let erasure = request(ports, &keys(), user, now).await.unwrap().unwrap();
    begin(ports, &archive, &keys(), &erasure).await.unwrap();
    finish(ports, &archive, &keys(), (&erasure, now)).await.unwrap();
}

#[tokio::test]
async fn what_an_erased_shopper_agreed_to_is_shown_without_them() {
    let desk = desk().await;
    let ada = registers(&desk).await;
    let before = asks(&desk, ada, "/consents").await.unwrap().body.unwrap();
    erases(&desk, ada).await;
    assert_eq!(asks(&desk, ada, "").await.err().unwrap().status, 404);
    let after = asks(&desk, ada, "/consents").await.unwrap().body.unwrap();
    assert_eq!(after["chain"]["intact"], true);
    let (yes, end) = (&after["history"][0], after["history"].as_array().unwrap().last().unwrap());
    for kept in ["id", "event", "purpose", "channel", "when", "told"] {
        assert_eq!(yes[kept], before["history"][0][kept], "{kept}");
    }
    assert_eq!((&yes["event"], &end["event"]), (&"granted".into(), &"erased".into()));
    assert!(yes["withdrawn_at"].is_string(), "{yes}");
    assert_eq!(after["consents"][0]["live"], false);
    assert_eq!(before["history"][0]["who"]["phone"], ADA);
    for entry in after["history"].as_array().unwrap() {
        let gone = ["page_url", "ip_network", "reason"].map(|name| &entry["how"][name]);
        assert_eq!(gone, [&Value::Null; 3], "{entry}");
        assert!(entry["who"]["phone"].is_null(), "{entry}");
    }
}

#[tokio::test]
async fn nobody_has_no_evidence() {
    let desk = desk().await;
    assert_eq!(asks(&desk, UserId::from_bits(7), "/consents").await.err().unwrap().status, 404);
}
