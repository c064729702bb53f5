//! The DynamoDB adapter passes the contract suites that the fakes pass, on the deployed tables.

use doorstep_adapters::{Aws, Table};
use doorstep_fakes::contract;
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
    claims,
    leases,
    phones,
    texted,
    messages,
    links,
    ledger,
    calls,
    health_book,
    proofs,
    wordings,
    stores,
    api_keys,
    replays,
    templates,
    users
);
