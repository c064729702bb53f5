//! The DynamoDB adapter passes the contract suites that the fakes pass, on the deployed tables.

use std::sync::Arc;

use doorstep_adapters::{Aws, Table};
use doorstep_domain::{
    ports::Stores,
    store::{Saved, Store},
};
use doorstep_fakes::{
    contract,
    sample::{self, fresh_store},
};
use doorstep_tests::stack::stack;

/// The adapter as `main` wires it; `make test` sets the emulator's address and credentials.
async fn table() -> Table {
    let (state, evidence) = (stack().text("/state_table"), stack().text("/evidence_table"));
    Table::new(&Aws::load().await, state.to_owned(), evidence.to_owned())
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

/// Each instance of a function has caches of its own.
#[tokio::test]
async fn lags() {
    contract::lags(async || Arc::new(table().await)).await;
}
