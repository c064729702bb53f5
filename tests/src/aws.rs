//! AWS calls as the wire has them: the emulator does not check signatures, and an item or a log
//! line as plain JSON is easier to search than any client's types.

use serde_json::{Value, json};

use crate::{Answer, Call, stack, waiting::unique};

/// A call by the JSON protocol, such as `dynamodb`, `DynamoDB_20120810.Scan`.
pub async fn call(service: &str, target: &str, body: &Value) -> Value {
    let answer = signed(crate::post(stack().text("/emulator_url")), service)
        .header("X-Amz-Target", target)
        .raw(body.to_string())
        .header("Content-Type", "application/x-amz-json-1.0")
        .send()
        .await;
    answer.is(200).body
}

/// A call of the emulator's own paths.
pub async fn emulator(path: &str) -> Answer {
    let url = format!("{}{path}", stack().text("/emulator_url"));
    crate::get(&url).send().await.is(200)
}

/// Runs a function, and tells what it answered.
pub async fn invoke(function: &str, event: &Value) -> Answer {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let url = format!("{}{path}", stack().text("/emulator_url"));
    let answer = signed(crate::post(&url), "lambda").raw(event.to_string()).send().await;
    let answer = answer.is(200);
    assert!(answer.header("x-amz-function-error").is_none(), "{function}: {}", answer.text);
    answer
}

/// Adds what tells the emulator which service and region is meant.
#[must_use]
pub fn signed(call: Call, service: &str) -> Call {
    call.header("Authorization", &authorization(service))
}

/// The header that names service and region; its signature is none.
#[must_use]
pub fn authorization(service: &str) -> String {
    let region = stack().text("/region");
    let scope = format!("test/20260101/{region}/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// Every item of a table.
pub async fn items(table: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut request = json!({"TableName": table, "ConsistentRead": true});
    loop {
        let mut page = call("dynamodb", "DynamoDB_20120810.Scan", &request).await;
        if let Some(found) = page["Items"].as_array_mut() {
            items.append(found);
        }
        match page.get("LastEvaluatedKey") {
            Some(last) => request["ExclusiveStartKey"] = last.clone(),
            None => return items,
        }
    }
}

/// Makes an empty table of the same keys and indexes that no function reads, and tells its name.
pub async fn table_like(table: &str) -> String {
    let name = format!("{table}-{}", unique());
    let described =
        call("dynamodb", "DynamoDB_20120810.DescribeTable", &json!({"TableName": table})).await;
    let described = &described["Table"];
    let mut wish = json!({
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": described["KeySchema"],
        "AttributeDefinitions": described["AttributeDefinitions"],
    });
    if let Some(indexes) = described["GlobalSecondaryIndexes"].as_array() {
        let parts = ["IndexName", "KeySchema", "Projection"];
        let own = |index: &Value| parts.map(|part| (part.to_owned(), index[part].clone()));
        wish["GlobalSecondaryIndexes"] =
            indexes.iter().map(|index| Value::from_iter(own(index))).collect();
    }
    let _ = call("dynamodb", "DynamoDB_20120810.CreateTable", &wish).await;
    name
}

/// Most that one answer of the logs holds.
const PAGE: usize = 10_000;

/// One line of a log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// Which stream it is in: in the emulator, which invocation it is of.
    pub stream: String,
    /// What it says.
    pub text: String,
}

/// The lines of a log group since a time in milliseconds; some may come twice.
pub async fn log_lines(group: &str, since: u64) -> Vec<LogLine> {
    let (mut lines, mut from) = (Vec::new(), since);
    loop {
        let request = json!({"logGroupName": group, "startTime": from, "limit": PAGE});
        let page = call("logs", "Logs_20140328.FilterLogEvents", &request).await;
        let events = page["events"].as_array().cloned().unwrap_or_default();
        lines.extend(events.iter().map(|event| LogLine {
            stream: event["logStreamName"].as_str().unwrap_or_default().to_owned(),
            text: event["message"].as_str().unwrap_or_default().to_owned(),
        }));
        let last = events.last().and_then(|event| event["timestamp"].as_u64());
        match last {
            Some(last) if events.len() == PAGE && last > from => from = last,
            _ => return lines,
        }
    }
}
