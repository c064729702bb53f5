//! What DevOps and finance see: one trace, one usage record per invocation.

use std::collections::BTreeMap;

use doorstep_tests::{Shop, aws, drama, emulator, get, post, stack, unique, waiting::now_ms};
use serde_json::{Value, json};

const TRACE: &str = "00-";

#[tokio::test]
async fn one_trace_goes_from_the_request_to_the_carrier() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let trace = format!("{:032x}", u128::from(doorstep_tests::waiting::serial()));
    let parent = format!("{TRACE}{trace}-00f067aa0ba902b7-01");
    let call = shop.asks(post("/signups")).json(&json!({"phone": drama(1)}));
    let call = call.header("Idempotency-Key", &unique()).header("traceparent", &parent);
    let started = call.send().await.is(202);
    let answered = started.header("traceparent").unwrap_or_default();
    assert!(answered.contains(&trace), "{answered}");
    shop.delivery_is(started.text_at("/id"), "delivered", 20).await;
    emulator::quiet(&shop.id, 60).await;
    for function in ["Signup", "SendSandbox"] {
        let group = stack().text(&format!("/log_groups/{function}"));
        doorstep_tests::eventually(&format!("the trace in {group}"), 5, || async {
            let lines = aws::log_lines(group, since).await;
            lines.iter().any(|line| line.text.contains(&trace)).then_some(())
        })
        .await;
    }
}

/// The usage record in a log line.
fn usage(text: &str) -> Option<Value> {
    let line: Value = serde_json::from_str(text).ok()?;
    match line.get("usage").or_else(|| line.get("fields")?.get("usage"))? {
        Value::String(text) => serde_json::from_str(text).ok(),
        object => Some(object.clone()),
    }
}

#[tokio::test]
async fn every_invocation_leaves_one_usage_record() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let (id, code) = shop.signs_up_and_reads(&drama(2)).await;
    shop.delivery_is(&id, "delivered", 20).await;
    let _ = shop.types(&id, &code).await.is(200);
    let _ = get("/signups").send().await.is(401);
    let _ = get("/health").send().await.is(200);
    emulator::quiet(&shop.id, 60).await;
    doorstep_tests::waiting::seconds(2).await;
    for function in
        ["Signup", "Verify", "Messages", "Stores", "Health", "Relay", "SendSandbox", "Ingest"]
    {
        let group = stack().text(&format!("/log_groups/{function}"));
        let mut streams: BTreeMap<String, usize> = BTreeMap::new();
        let lines = aws::log_lines(group, since).await;
        for line in &lines {
            *streams.entry(line.stream.clone()).or_default() +=
                usize::from(usage(&line.text).is_some());
        }
        assert!(!streams.is_empty(), "{group} is empty");
        for (stream, records) in streams {
            let of: Vec<_> = lines.iter().filter(|line| line.stream == stream).collect();
            assert_eq!(records, 1, "{group}: {of:#?}");
        }
        let shared = lines
            .iter()
            .filter_map(|line| usage(&line.text))
            .any(|record| record["shares"][&shop.id].is_number());
        assert!(
            shared || ["Health", "Stores"].contains(&function),
            "{group} has no share of {}",
            shop.id
        );
    }
}

#[tokio::test]
async fn a_usage_record_counts_calls_by_their_names() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let (id, code) = shop.signs_up_and_reads(&drama(4)).await;
    let _ = shop.types(&id, &code).await.is(200);
    emulator::quiet(&shop.id, 60).await;
    doorstep_tests::waiting::seconds(2).await;
    for function in ["Signup", "Verify", "Relay", "SendSandbox"] {
        let lines = aws::log_lines(stack().text(&format!("/log_groups/{function}")), since).await;
        let ours = lines.iter().filter_map(|line| usage(&line.text));
        let ours: Vec<_> = ours.filter(|record| record["shares"][&shop.id].is_number()).collect();
        assert!(!ours.is_empty(), "{function} has no share of {}", shop.id);
        for (name, used) in
            ours.iter().filter_map(|record| record["services"].as_object()).flatten()
        {
            let counted = used["calls"].as_u64().is_some_and(|calls| calls > 0);
            assert!(name.contains('.') && counted, "{function}: {name:?} {used}");
            let units = used["read_units"].as_f64().zip(used["write_units"].as_f64());
            let used_units = units.is_some_and(|(read, write)| read + write > 0.0);
            // The emulator tells no capacity of a batch.
            let told = name.starts_with("dynamodb.") && name != "dynamodb.BatchGetItem";
            assert!(used_units || !told, "{function}: {name} {used}");
        }
    }
}

#[tokio::test]
async fn access_logs_name_the_route_and_nothing_else() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let id = shop.signs_up(&drama(3)).await;
    let _ = shop.reads(&format!("/signups/{id}?limit=7")).await;
    doorstep_tests::waiting::seconds(2).await;
    for line in aws::log_lines(stack().text("/log_groups/Api"), since).await {
        assert!(!line.text.contains(&id) && !line.text.contains("limit=7"), "{}", line.text);
    }
}
