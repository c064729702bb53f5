//! The DynamoDB adapter passes the contract suites that the fakes pass, on tables with the keys and
//! indexes of the deployed ones: what the suites leave behind is sealed with keys of nobody, and no
//! function shall come upon it.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table};
use doorstep_domain::{
    Mode,
    complaint::{About, Complaint, Contents, Note, NoteKind},
    export::{Export, ExportState, Reason},
    id::{ComplaintId, UserId},
    keys::DataKeys,
    ports::{Complaints, Rights, Stores},
    store::{Saved, Store},
};
use doorstep_fakes::{
    Seeded, contract,
    sample::{self, fresh_keys, fresh_store},
};
use doorstep_tests::{aws, stack::stack};
use serde_json::Value;
use tokio::sync::OnceCell;

/// The names of both tables.
async fn names() -> &'static [String; 2] {
    static NAMES: OnceCell<[String; 2]> = OnceCell::const_new();
    let like = async |name| aws::table_like(stack().text(name)).await;
    NAMES.get_or_init(async || [like("/state_table").await, like("/evidence_table").await]).await
}

/// The adapter as `main` wires it; `make test` sets the emulator's address and credentials.
async fn table() -> Table {
    let [state, evidence] = names().await.clone();
    Table::new(&Aws::load().await, state, evidence)
}

macro_rules! passes {
    ($($suite:ident),+) => {
        $(
            #[tokio::test]
            async fn $suite() {
                contract::$suite(&table().await).await;
            }
        )+
    };
}

passes!(
    attempts,
    audit_log,
    chain,
    nonces,
    claims,
    complaints,
    confirmations,
    leases,
    phones,
    people,
    imports,
    texted,
    messages,
    links,
    ledger,
    calls,
    health_book,
    proofs,
    preference_links,
    wordings,
    stores,
    subjects,
    api_keys,
    replays,
    rights,
    slates,
    signing_keys,
    templates,
    users
);

/// Each instance of a function has a cache of its own.
#[tokio::test]
async fn a_store_that_is_forgotten_is_found_as_it_is_now() {
    let (one, other) = (table().await, table().await);
    let store = Store { id: fresh_store(), revision: 0, ..sample::store() };
    assert_eq!(one.save(&store).await.unwrap(), Saved::Yes);
    let revision = async |of: &Table| Stores::find(of, store.id).await.unwrap().unwrap().revision;
    assert_eq!(revision(&one).await, 0);
    let changed = Store { revision: 1, ..store.clone() };
    assert_eq!(other.save(&changed).await.unwrap(), Saved::Yes);
    assert_eq!(revision(&one).await, 0, "it remembers");
    one.forget(store.id);
    assert_eq!(revision(&one).await, 1);
}

/// The one item of this kind that a store has, as it is at rest.
async fn at_rest(keys: &DataKeys, kind: &str) -> Value {
    let items = aws::items(&names().await[0]).await;
    let store = keys.scope().0.to_string();
    let of = |pk: &str| pk.contains(&store) && pk.contains(kind);
    let is_it = |item: &&Value| item["pk"]["S"].as_str().is_some_and(of);
    items.iter().find(is_it).cloned().expect(kind)
}

#[tokio::test]
async fn a_complaint_is_kept_until_it_has_its_outcome_and_for_its_days_then() {
    let (table, keys) = (table().await, fresh_keys(Mode::Live));
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let mut complaint = Complaint {
        id: ComplaintId::from_bits(1),
        about: About::Other,
        contents: Contents {
            name: None,
            contact: "box 7".to_owned(),
            text: "Texts go on.".to_owned(),
            phone: None,
        },
        phone: None,
        received_at: at(1_800_000_000),
        notes: Vec::new(),
    };
    table.file(&keys, &complaint).await.unwrap();
    for (kind, owed) in [(NoteKind::Progress, true), (NoteKind::Outcome, false)] {
        let item = at_rest(&keys, "#CMP#").await;
        assert!(item["duty"]["S"].is_string() && item["ttl"].is_null(), "{item}");
        let actor = "0123456789ab".to_owned();
        let note = Note { kind, at: at(1_800_000_001), actor, text: "Seen to.".to_owned() };
        assert!(table.note(&keys, &complaint, &note).await.unwrap());
        complaint.notes.push(note);
        let item = at_rest(&keys, "#CMP#").await;
        assert_eq!((item["duty"].is_null(), item["ttl"].is_null()), (!owed, owed), "{item}");
    }
}

#[tokio::test]
async fn an_export_that_is_too_large_is_owed_and_one_of_nobody_is_not() {
    for (reason, owed) in [(Reason::TooLarge, true), (Reason::Erased, false)] {
        let (table, keys) = (table().await, fresh_keys(Mode::Live));
        let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        let export = Export::new(UserId::from_bits(1), now, &Seeded::new(1));
        table.ask_export(&keys, &export, "00-t").await.unwrap();
        assert!(at_rest(&keys, "#EXP#").await["duty"]["S"].is_string());
        let failed = ExportState::Failed(reason);
        assert!(table.settle_export(&keys, export.id, failed).await.unwrap());
        let item = at_rest(&keys, "#EXP#").await;
        assert_eq!(item["duty"]["S"].is_string(), owed, "{item}");
        assert_eq!(item["duty_at"]["N"].is_string(), owed, "{item}");
        assert!(item["out"].is_null(), "{item}");
    }
}

/// Each instance of a function has caches of its own.
#[tokio::test]
async fn lags() {
    contract::lags(async || Arc::new(table().await)).await;
}
