//! Who sees which entries, and that what was changed is told.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    audit::{Action, AuditEntry, Outcome, chain::turn},
    id::{AuditId, StoreId},
    ports::{Audit, Clock},
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use jiff::SignedDuration;
use privacy::PrivacyRoutes;
use serde_json::Value;

type Log = PrivacyRoutes<Memory, Ring, Memory, Ring>;

const fn other() -> StoreId {
    StoreId::from_bits(16)
}

/// Three entries a second apart: the sample store's, another's, the deployment's.
async fn log() -> Log {
    let (ports, bucket) = (Memory::default(), Memory::default());
    for store in [sample::STORE, other(), Store::DEPLOYMENT] {
        let entry = AuditEntry {
            id: AuditId::random(&ports),
            at: ports.now(),
            store,
            mode: Mode::Live,
            actor: None,
            role: None,
            action: Action::StoreChange,
            target: None,
            outcome: Outcome::Done,
            code: None,
            network: None,
            request_id: "r".to_owned(),
            suppressed: 0,
        };
        ports.record(&entry).await.unwrap();
        ports.clock.pass(SignedDuration::from_secs(1));
    }
    ports.clock.pass(SignedDuration::from_secs(5));
    let deadline = ports.now() + SignedDuration::from_secs(50);
    turn(&ports, &bucket, &Ring, ("a turn", deadline)).await.unwrap();
    PrivacyRoutes { ports: Arc::new(ports), ring: Ring, bucket, notary: Ring, public_url: None }
}

fn caller(store: Option<StoreId>, role: Role) -> Caller {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(3));
    let key = sample::api_key(&plain, store, role);
    Caller { key: Arc::new(key), replay: None }
}

async fn asks(log: &Log, caller: Caller, query: &[(&str, &str)]) -> Result<Answer, Problem> {
    let query = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let route = "GET /audit-log".to_owned();
    log.answer(&Call { route, query, caller: Some(caller), ..Call::default() }).await
}

async fn reads(log: &Log, caller: Caller, query: &[(&str, &str)]) -> Value {
    asks(log, caller, query).await.unwrap().body.unwrap()
}

#[tokio::test]
async fn a_store_sees_its_own_entries_alone() {
    let log = log().await;
    let mine = reads(&log, caller(Some(sample::STORE), Role::Auditor), &[]).await;
    assert_eq!(mine["data"].as_array().unwrap().len(), 1);
    assert_eq!(mine["data"][0]["store_id"], sample::STORE.to_string());
    assert!(mine.get("chain").is_none());
    let all = reads(&log, caller(None, Role::Operator), &[]).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_deployments_key_may_name_a_store_and_turn_pages() {
    let log = log().await;
    let header = ("doorstep-store".to_owned(), other().to_string());
    let (route, headers) = ("GET /audit-log".to_owned(), [header].into());
    let call =
        Call { route, headers, caller: Some(caller(None, Role::Auditor)), ..Call::default() };
    let named = log.answer(&call).await.unwrap().body.unwrap();
    assert_eq!(named["data"][0]["store_id"], other().to_string());
    let mut stores = Vec::new();
    let mut cursor = None;
    loop {
        let query: Vec<_> = [("limit", "1")]
            .into_iter()
            .chain(cursor.as_deref().map(|it| ("cursor", it)))
            .collect();
        let page = reads(&log, caller(None, Role::Operator), &query).await;
        stores.push(page["data"][0]["store_id"].clone());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let newest_first = [Value::Null, other().to_string().into(), sample::STORE.to_string().into()];
    assert_eq!(stores, newest_first);
}

#[tokio::test]
async fn only_who_may_sees_the_log() {
    let log = log().await;
    for role in [Role::Storefront, Role::Marketer, Role::Developer, Role::Finance] {
        let refused = asks(&log, caller(Some(sample::STORE), role), &[]).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (403, "forbidden"), "{role:?}");
    }
    let wrong = asks(&log, caller(None, Role::Operator), &[("verify", "yes")]).await.unwrap_err();
    assert_eq!(wrong.errors[0].pointer, "?verify");
}

#[tokio::test]
async fn what_was_changed_is_told_where_it_is() {
    let log = log().await;
    let checks = async || reads(&log, caller(None, Role::Auditor), &[("verify", "true")]).await;
    let chain = checks().await["chain"].take();
    assert_eq!((&chain["verified"], &chain["linked"]), (&true.into(), &3.into()), "{chain}");
    assert_eq!((&chain["entries"], &chain["signed_heads"]), (&3.into(), &1.into()), "{chain}");
    assert_eq!(chain["head"]["seq"], 3);
    let changed = log.ports.tamper(|evidence| {
        let entry = evidence.entries.values_mut().nth(1).unwrap();
        entry.outcome = Outcome::Refused;
        entry.id.to_string()
    });
    let chain = checks().await["chain"].take();
    assert_eq!(chain["verified"], false);
    assert_eq!(chain["problems"][0]["kind"], "entry_changed");
    assert_eq!(
        (&chain["problems"][0]["seq"], &chain["problems"][0]["entry"]),
        (&2.into(), &changed.into())
    );
}
