//! What a list is answered, before anything of it is worked through.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    id::ImportId,
    import::CHUNK,
    ports::{Chunks, Clock, Stores},
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use privacy::PrivacyRoutes;
use serde_json::Value;

type Desk = PrivacyRoutes<Memory, Ring, Memory, Ring>;

async fn desk() -> Desk {
    let (ports, bucket) = (Memory::default(), Memory::default());
    ports.save(&sample::store()).await.unwrap();
    PrivacyRoutes { ports: Arc::new(ports), ring: Ring, bucket, notary: Ring, public_url: None }
}

fn caller(role: Role) -> Caller {
    let plain = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(3));
    let key = sample::api_key(&plain, Some(sample::STORE), role);
    Caller { key: Arc::new(key), replay: None }
}

fn call(route: &str, headers: &[(&str, &str)], body: &str) -> Call {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Call {
        route: route.to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
        caller: Some(caller(Role::Owner)),
        ..Call::default()
    }
}

async fn sends(desk: &Desk, key: &str, body: &str) -> Result<Answer, Problem> {
    let headers = [("content-type", "text/csv"), ("idempotency-key", key)];
    desk.answer(&call("POST /imports", &headers, body)).await
}

async fn reads(desk: &Desk, id: &str) -> Result<Value, Problem> {
    let mut call = call("GET /imports/{id}", &[], "");
    call.path.insert("id".to_owned(), id.to_owned());
    Ok(desk.answer(&call).await?.body.unwrap())
}

fn list(rows: usize) -> String {
    "phone,suppressed\n".to_owned() + &"+447700900001,true\n".repeat(rows)
}

#[tokio::test]
async fn rows_are_kept_in_chunks_and_then_the_work_is_set_off() {
    let desk = desk().await;
    let answer = sends(&desk, "a", &list(2_500)).await.unwrap();
    let body = answer.body.unwrap();
    assert_eq!(
        (answer.status, &body["status"], &body["rows"]),
        (202, &"running".into(), &2_500.into())
    );
    let id: ImportId = body["id"].as_str().unwrap().parse().unwrap();
    let keys = sample::data_keys(Mode::Test);
    for (number, rows) in [(0, CHUNK), (1, CHUNK), (2, 500)] {
        let kept = desk.bucket.rows(&keys, id, number).await.unwrap().unwrap();
        assert_eq!(kept.len(), rows);
    }
    assert_eq!(desk.ports.events(), ["job/import/0"]);
    let read = reads(&desk, body["id"].as_str().unwrap()).await.unwrap();
    assert_eq!((&read["accepted"], &read["errors"]), (&0.into(), &Value::Array(vec![])));
    assert_eq!(read["created_at"], desk.ports.now().to_string());
}

#[tokio::test]
async fn the_same_request_is_one_import_and_another_list_another() {
    let desk = desk().await;
    let first = sends(&desk, "a", &list(1)).await.unwrap();
    let again = sends(&desk, "a", &list(1)).await.unwrap();
    assert_eq!((again.status, &again.body), (202, &first.body));
    assert_eq!(again.headers, [("idempotency-replayed", "true".to_owned())]);
    let other = sends(&desk, "a", &list(2)).await.unwrap_err();
    assert_eq!((other.status, other.code), (422, "idempotency_key_reused"));
    assert_ne!(sends(&desk, "b", &list(1)).await.unwrap().body, first.body);
    assert_eq!(desk.ports.events().len(), 2);
}

#[tokio::test]
async fn what_is_refused_leaves_nothing() {
    let desk = desk().await;
    let headers = [("content-type", "text/csv")];
    let without = desk.answer(&call("POST /imports", &headers, &list(1))).await.unwrap_err();
    assert_eq!(without.code, "idempotency_key_missing");
    assert_eq!(sends(&desk, "a", "phone\n").await.unwrap_err().status, 400);
    assert_eq!(reads(&desk, "imp_00000000000000000000000001").await.unwrap_err().status, 404);
    assert_eq!(reads(&desk, "none").await.unwrap_err().status, 404);
    assert!(desk.ports.events().is_empty());
}

#[tokio::test]
async fn only_who_may_write_consents_sends_lists() {
    let desk = desk().await;
    for role in [Role::Finance, Role::Auditor] {
        let mut call = call("POST /imports", &[], "");
        call.caller = Some(caller(role));
        assert_eq!(desk.answer(&call).await.unwrap_err().status, 403);
    }
}
