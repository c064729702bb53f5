//! The Lambda runtime API, as little of it as shows when a function is ready.

use std::{
    collections::BTreeMap,
    io::BufReader,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{process, wire::Message};

/// How a process started.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    /// From spawn until it asked for its first event.
    pub after: Duration,
    /// Its peak memory by then, in KiB.
    pub memory: u64,
}

/// What a function finds in its environment, as template.yaml gives it, in this region.
#[must_use]
pub fn variables(function: &str, region: &str) -> BTreeMap<String, String> {
    let key = format!("arn:aws:kms:{region}:000000000000:key/00000000-0000-4000-8000-000000000000");
    [
        ("STAGE", "local"),
        ("VERSION", "bench"),
        ("STATE_TABLE", "doorstep-bench-state"),
        ("EVIDENCE_TABLE", "doorstep-bench-evidence"),
        ("KEY_ID", &key),
        ("LIVE_ROUTE", "eum"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Starts a binary as Lambda would, with its output kept.
#[must_use]
pub fn spawn(binary: &Path, variables: &BTreeMap<String, String>, api: &str) -> Child {
    let child = Command::new(binary)
        .env_clear()
        .envs(variables)
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    child.unwrap_or_else(|error| panic!("{}: {error}", binary.display()))
}

/// Starts a binary, waits until it asks for its first event, and ends it.
#[must_use]
pub fn first_poll(binary: &Path, variables: &BTreeMap<String, String>) -> Started {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let api = listener.local_addr().expect("an address").to_string();
    let begun = Instant::now();
    let mut child = spawn(binary, variables, &api);
    let (stream, _) = listener.accept().expect("it connects");
    let request = Message::read(&mut BufReader::new(stream)).ok().flatten();
    let after = begun.elapsed();
    let first = request.unwrap_or_default().first;
    assert!(first.contains("/invocation/next"), "{}: {first}", binary.display());
    let memory = process::peak_memory(child.id()).unwrap_or_default();
    let _ = child.kill();
    let _ = child.wait();
    Started { after, memory }
}
