//! What each operation uses of AWS and costs, from the usage records in the logs.

use std::collections::BTreeMap;

use doorstep_tests::{aws, stack, waiting};
use serde_json::Value;

use crate::{prices, table::verdict};

/// Something that happens on the way of a registration.
struct Operation {
    name: &'static str,
    /// The function's name in the stack's file.
    function: &'static str,
    /// The route, of an HTTP call.
    route: Option<&'static str>,
    /// What AWS takes for bringing the event: a call, or the polling of a queue.
    entry: f64,
    /// Most calls and most write units to reach.
    to_reach: Option<(f64, f64)>,
}

const fn http(name: &'static str, function: &'static str, route: &'static str) -> Operation {
    Operation { name, function, route: Some(route), entry: prices::HTTP_CALL, to_reach: None }
}

const fn batch(name: &'static str, function: &'static str, entry: f64) -> Operation {
    Operation { name, function, route: None, entry, to_reach: None }
}

const OPERATIONS: [Operation; 6] = [
    Operation { to_reach: Some((4.0, 4.0)), ..http("start sign-up", "Signup", "POST /signups") },
    batch("relay", "Relay", 0.0),
    batch("send", "SendSandbox", prices::POLLING),
    batch("ingest receipt", "Ingest", prices::POLLING),
    Operation {
        to_reach: Some((3.0, 8.0)),
        ..http("verify", "Verify", "POST /signups/{id}/verify")
    },
    http("read", "Signup", "GET /signups/{id}"),
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
    /// Calls and write units of each invocation.
    each: Vec<(f64, f64)>,
}

/// Prints the table of what was logged since a time.
pub(crate) async fn print(since: u64) {
    waiting::seconds(2).await;
    println!("\nPer operation on the happy path with warm keys, from the usage records\n");
    println!(
        "  {:<15} {:>11} {:>6} {:>9} {:>9} {:>10}  by service",
        "operation", "invocations", "calls", "write u.", "read u.", "$/million"
    );
    for operation in OPERATIONS {
        row(&operation, since).await;
    }
    println!(
        "\n  Means per record of a batch or call; what is to reach is compared with the median call."
    );
    println!(
        "  $/million: 256 MB arm64, duration and log bytes as measured here, without carriers."
    );
}

/// Prints what a live sign-up used with all guards and budgets, since a time.
pub(crate) async fn print_guarded(since: u64) {
    waiting::seconds(2).await;
    println!("\nA live sign-up with all guards and budgets, leases among its calls\n");
    row(&OPERATIONS[0], since).await;
    row(&Operation { name: "credit", ..batch("credit", "Guards", prices::POLLING) }, since).await;
    println!("\n  Write units as the tables report them, those of indexes among them.");
}

async fn row(operation: &Operation, since: u64) {
    let group = stack().text(&format!("/log_groups/{}", operation.function));
    let used = sum(&texts(aws::log_lines(group, since).await), operation.route);
    if used.invocations > 0.0 {
        line(operation, &used);
    } else {
        println!("  {:<15} no usage records", operation.name);
    }
}

fn texts(lines: Vec<aws::LogLine>) -> Vec<String> {
    lines.into_iter().map(|line| line.text).collect()
}

fn line(operation: &Operation, used: &Used) {
    let per = |value: f64| value / f64::max(used.records, 1.0);
    let service = |(call, n): (&String, &f64)| format!("{call} {:.2}", per(*n));
    let services: Vec<_> = used.calls.iter().map(service).collect();
    println!(
        "  {:<15} {:>11.2} {:>6.2} {:>9.2} {:>9.2} {:>10.2}  {}",
        operation.name,
        per(used.invocations),
        per(used.calls.values().sum()),
        per(used.writes),
        per(used.reads),
        per(price(used, operation.entry)),
        services.join(", ")
    );
    if used.retries > 0.0 {
        println!("  {:<15} and {:.2} retries", "", per(used.retries));
    }
    if let Some((most_calls, most_writes)) = operation.to_reach {
        let (calls, writes) = used.median();
        let verdict = verdict(calls <= most_calls && writes <= most_writes);
        println!(
            "  {:<15} to reach: {most_calls} calls, {most_writes} write units; median {calls}, {writes}: {verdict}",
            ""
        );
    }
}

/// Dollars for a million of what was counted.
fn price(used: &Used, entry: f64) -> f64 {
    let service =
        |(call, n): (&String, &f64)| prices::call(call.split('.').next().unwrap_or_default()) * n;
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
        self.records += shares;
        self.seconds += record["duration_ms"].as_f64().unwrap_or_default() / 1e3;
        let mut each = (0.0, 0.0);
        for (call, used) in record["services"].as_object().into_iter().flatten() {
            let number = |name: &str| used[name].as_f64().unwrap_or_default();
            *self.calls.entry(call.clone()).or_default() += number("calls");
            self.retries += number("retries");
            self.reads += number("read_units");
            each = (each.0 + number("calls"), each.1 + number("write_units"));
        }
        self.writes += each.1;
        self.each.push(each);
    }

    /// Calls and write units of the median invocation.
    fn median(&self) -> (f64, f64) {
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let calls = self.each.iter().map(|each| each.0).collect();
        let writes = self.each.iter().map(|each| each.1).collect();
        (median(calls), median(writes))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a log has less than 2^52 bytes")]
fn float(n: usize) -> f64 {
    n as f64
}
