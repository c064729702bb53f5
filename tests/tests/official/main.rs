//! The carriers' own client libraries agree with ours: what they sign we believe, what we sign
//! they believe, and they take our stand-ins for the carriers themselves.
//!
//! `DOORSTEP_CARRIERS_PYTHON` is the Python of the environment `carriers`, as `make test` sets it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside of Doorstep: it has a clock and an environment"
)]

#[path = "../../../shared/adapters/tests/carriers/listener.rs"]
mod listener;
#[path = "../../../shared/adapters/tests/carriers/stand_in.rs"]
mod stand_in;
mod twilio;
mod vonage;

use std::{
    collections::BTreeMap,
    env,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use doorstep_adapters::carriers::Ears;
use doorstep_domain::{
    carrier::{Account, CarrierName},
    hear::{Callback, Heard, NotHeard},
    id::{MessageId, StoreId},
    ports::Hearing,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{listener::Listener, stand_in::StandIn};

/// Asks a carrier's own library.
fn ask(script: &str, asked: &Value) -> Value {
    let python = env::var("DOORSTEP_CARRIERS_PYTHON")
        .expect("DOORSTEP_CARRIERS_PYTHON is not set: run `make test`");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official");
    let mut process = Command::new(python)
        .arg(folder.join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let answer = process.wait_with_output().unwrap();
    assert!(answer.status.success(), "{script} failed");
    serde_json::from_slice(&answer.stdout).unwrap()
}

fn account(carrier: CarrierName, id: &str, fields: &[(&str, &str)]) -> Arc<Account> {
    let fields: BTreeMap<_, _> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Arc::new(Account::new(carrier, id.to_owned(), StoreId::from_bits(7), fields))
}

/// Our own callback URL's query.
fn query() -> Vec<(String, String)> {
    let (store, message) = (StoreId::from_bits(7), MessageId::from_bits(9));
    vec![("store".to_owned(), store.to_string()), ("message".to_owned(), message.to_string())]
}

/// What we hear of a form with this header.
fn hear(
    account: &Account,
    url: &str,
    header: (&str, &str),
    form: &BTreeMap<&str, &str>,
) -> Result<Vec<Heard>, NotHeard> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let callback = Callback {
        url,
        method: "POST",
        query: &query(),
        headers: &[(header.0.to_owned(), header.1.to_owned())],
        body: body.as_bytes(),
        inbound: false,
        now: Timestamp::now(),
    };
    Ears.hear(account, &callback).map(|proved| proved.says)
}
