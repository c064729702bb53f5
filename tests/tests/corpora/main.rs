//! What others found that parsers choke on, sent to every call that takes JSON: nothing breaks,
//! nothing hangs, and each refusal says why.
//!
//! The Big List of Naughty Strings and Nicolas Seriot's JSON Parsing Test Suite come from the npm
//! packages that `package.json` here pins; `make test` installs them into the cache and names them
//! in `DOORSTEP_CORPORA`.
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside of Doorstep: it has a clock and an environment"
)]

mod calls;
mod documents;
mod strings;

use std::{env, path::Path, process::Command, sync::LazyLock, time::Duration};

use doorstep_tests::{Answer, Call};
use futures::{StreamExt, stream};
use serde_json::Value;

/// How many calls are under way at once.
const AT_ONCE: usize = 16;
/// An answer that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(15);

static CORPORA: LazyLock<Value> = LazyLock::new(|| {
    let packages =
        env::var("DOORSTEP_CORPORA").expect("DOORSTEP_CORPORA is not set: run `make test`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpora/list.mjs");
    let printed =
        Command::new("node").arg(script).arg(packages).output().expect("node is installed");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    serde_json::from_slice(&printed.stdout).expect("it prints JSON")
});

/// Sends all of them, and fails for those that broke something; `name` says which was which.
async fn all_are_answered(calls: Vec<(String, Call)>) {
    let sent = calls.len();
    let answers = stream::iter(calls).map(|(name, call)| async move {
        let answer = tokio::time::timeout(PATIENCE, call.send()).await;
        answer.map_or(Some(format!("{name}: no answer")), |answer| {
            complaint(&answer).map(|complaint| format!("{name}: {complaint} {}", answer.text))
        })
    });
    let broken: Vec<_> =
        answers.buffer_unordered(AT_ONCE).filter_map(async |it| it).collect().await;
    let (count, first) = (broken.len(), &broken[..broken.len().min(10)]);
    assert!(broken.is_empty(), "{count} of {sent}:\n{}", first.join("\n"));
}

/// What is wrong with an answer, if anything is.
fn complaint(answer: &Answer) -> Option<String> {
    let (status, kind) = (answer.status, answer.header("content-type").unwrap_or_default());
    if !(200..500).contains(&status) {
        return Some(format!("{status}"));
    }
    // The gateway's own, where a path leads nowhere or a header is none.
    let gateways = [400, 404].contains(&status) && answer.body["message"].is_string();
    let told = kind == "application/problem+json"
        && answer.body["status"] == status
        && answer.body["code"].is_string();
    (status >= 400 && !told && !gateways).then(|| format!("{status} as {kind:?}"))
}
