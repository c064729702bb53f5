//! What each operation uses of AWS and costs, from the usage records in the logs.

use std::collections::BTreeMap;

use doorstep_tests::{aws, stack, waiting};
use serde_json::Value;

use crate::{prices, table::verdict};

/// Name, function, route (of HTTP calls), most calls and most write units to reach.
type Operation = (&'static str, &'static str, Option<&'static str>, Option<(f64, f64)>);

const OPERATIONS: [Operation; 6] = [
    ("start sign-up", "Signup", Some("POST /signups"), Some((4.0, 4.0))),
    ("relay", "Relay", None, None),
    ("send", "SendSandbox", None, None),
    ("ingest receipt", "Ingest", None, None),
    ("verify", "Verify", Some("POST /signups/{id}/verify"), Some((3.0, 8.0))),
    ("read", "Signup", Some("GET /signups/{id}"), None),
];

/// What invocations used together.
#[derive(Default)]
struct Used {
    invocations: f64,
    records: f64,
    seconds: f64,
    calls: BTreeMap<String, f64>,
    retries: f64,
    reads: f64,
    writes: f64,
    log_bytes: f64,
}

/// Prints the table of what was logged since a time.
pub(crate) async fn print(since: u64) {
    waiting::seconds(2).await;
    println!("\nPer operation on the happy path with warm keys, from the usage records\n");
    let head = ["calls", "write u.", "read u.", "$/million"];
    println!(
        "  {:<15} {:>6} {:>9} {:>9} {:>10}  by service",
        "operation", head[0], head[1], head[2], head[3]
    );
    for (name, function, route, to_reach) in OPERATIONS {
        let group = stack().text(&format!("/log_groups/{function}"));
        let used = sum(&texts(aws::log_lines(group, since).await), route);
        if used.records == 0.0 {
            println!("  {name:<15} no usage records");
            continue;
        }
        line(name, &used, route.is_some(), to_reach);
    }
    println!(
        "\n  $/million: 256 MB arm64, duration and log bytes as measured here; carriers' prices left out."
    );
}

fn texts(lines: Vec<aws::LogLine>) -> Vec<String> {
    lines.into_iter().map(|line| line.text).collect()
}

fn line(name: &str, used: &Used, is_http: bool, to_reach: Option<(f64, f64)>) {
    let per = |value: f64| value / used.records;
    let calls = per(used.calls.values().sum());
    let (writes, reads) = (per(used.writes), per(used.reads));
    let services: Vec<_> =
        used.calls.iter().map(|(call, n)| format!("{call} {:.2}", per(*n))).collect();
    let reached = to_reach.map_or(String::new(), |(most_calls, most_writes)| {
        let verdict = verdict(calls <= most_calls && writes <= most_writes);
        format!("  [to reach: {most_calls} calls, {most_writes} write units: {verdict}]")
    });
    let price = price(used, is_http) / used.records;
    let services = services.join(", ");
    println!(
        "  {name:<15} {calls:>6.2} {writes:>9.2} {reads:>9.2} {price:>10.2}  {services}{reached}"
    );
    if used.retries > 0.0 {
        println!("  {:<15} of these {:.2} were retried", "", per(used.retries));
    }
}

/// Dollars for a million of what was counted.
fn price(used: &Used, is_http: bool) -> f64 {
    let service =
        |(call, n): (&String, &f64)| prices::call(call.split('.').next().unwrap_or_default()) * n;
    let entry = if is_http { prices::HTTP_CALL } else { prices::POLLING };
    let millions_of_gb_seconds = used.seconds * prices::MEMORY_GB * 1e6;
    used.calls.iter().map(service).sum::<f64>()
        + used.invocations * (prices::INVOCATION + entry)
        + millions_of_gb_seconds * prices::GB_SECOND
        + used.log_bytes / 1e9 * 1e6 * prices::LOG_GB
        + used.writes * prices::WRITE_UNIT
        + used.reads * prices::READ_UNIT
}

/// Adds the usage records up, those of a route alone if one is named.
fn sum(lines: &[String], route: Option<&str>) -> Used {
    let parsed: Vec<Value> =
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let wanted: Vec<_> = parsed
        .iter()
        .filter(|line| field(line, "route") == route.map(Value::from).as_ref())
        .filter_map(|line| field(line, "request.id").or_else(|| field(line, "request_id")))
        .filter_map(Value::as_str)
        .collect();
    let all_bytes: usize = lines.iter().map(String::len).sum();
    let (mut used, mut invocations) = (Used::default(), 0.0);
    for record in parsed.iter().filter_map(usage) {
        invocations += 1.0;
        let request = record["request_id"].as_str().unwrap_or_default();
        if route.is_none() || wanted.contains(&request) {
            used.add(&record);
        }
    }
    used.log_bytes = float(all_bytes) / f64::max(invocations, 1.0) * used.invocations;
    used
}

/// A member of a log line, wherever the logger puts fields.
fn field<'a>(line: &'a Value, name: &str) -> Option<&'a Value> {
    line.get(name).or_else(|| line.get("fields")?.get(name))
}

/// The usage record in a log line, as an object or as its text.
fn usage(line: &Value) -> Option<Value> {
    match field(line, "usage")? {
        Value::String(text) => serde_json::from_str(text).ok(),
        object => Some(object.clone()),
    }
}

impl Used {
    fn add(&mut self, record: &Value) {
        let shares = record["shares"].as_object().into_iter().flatten();
        let shares: f64 = shares.filter_map(|(_, share)| share.as_f64()).sum();
        self.invocations += 1.0;
        self.records += f64::max(shares, 1.0);
        self.seconds += record["duration_ms"].as_f64().unwrap_or_default() / 1e3;
        for (call, used) in record["services"].as_object().into_iter().flatten() {
            let number = |name: &str| used[name].as_f64().unwrap_or_default();
            *self.calls.entry(call.clone()).or_default() += number("calls");
            self.retries += number("retries");
            self.reads += number("read_units");
            self.writes += number("write_units");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a log has less than 2^52 bytes")]
fn float(n: usize) -> f64 {
    n as f64
}
