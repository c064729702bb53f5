//! What is at rest, in queues, in logs and at the carrier.

use serde_json::{Value, json};

use crate::{aws, eventually, leaks::spoken, stack, waiting};

/// The items of the state table that belong to a store.
pub async fn items_of(store: &str) -> Vec<Value> {
    let all = aws::items(stack().text("/state_table")).await;
    let of_store = |item: &Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.contains(store));
    all.into_iter().filter(of_store).collect()
}

/// Every item of both tables.
pub async fn items() -> Vec<Value> {
    let mut items = aws::items(stack().text("/state_table")).await;
    items.extend(aws::items(stack().text("/evidence_table")).await);
    items
}

/// Every message in every queue, with the queue's address; dead letters too.
pub async fn queued() -> Vec<(String, Value)> {
    let answer = aws::emulator("/_ministack/sqs/messages").await;
    let accounts = answer.body["messages"].as_object().cloned();
    let regions = accounts.into_iter().flatten().flat_map(|(_, regions)| members(regions));
    let queues = regions.flat_map(|(_, queues)| members(queues));
    let each = |(url, messages): (String, Value)| {
        let messages = messages.as_array().cloned().unwrap_or_default();
        messages.into_iter().map(move |message| (url.clone(), message))
    };
    queues.flat_map(each).collect()
}

fn members(object: Value) -> Vec<(String, Value)> {
    match object {
        Value::Object(members) => members.into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Messages that no function could handle.
pub async fn dead_letters() -> Vec<(String, Value)> {
    let all = queued().await;
    all.into_iter().filter(|(url, _)| url.ends_with("-dlq")).collect()
}

/// Makes a sign-up as old as if its ten minutes were over.
pub async fn age(store: &str, signup: &str) {
    let table = stack().text("/state_table");
    let is_it = |item: &&Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.ends_with(signup));
    let item = items_of(store).await.iter().find(is_it).cloned().expect("the sign-up's item");
    let change = json!({
        "TableName": table, "Key": {"pk": item["pk"], "sk": item["sk"]},
        "UpdateExpression": "SET expires = :now",
        "ConditionExpression": "attribute_exists(expires)",
        "ExpressionAttributeValues": {":now": {"N": waiting::now_ms().to_string()}},
    });
    aws::call("dynamodb", "DynamoDB_20120810.UpdateItem", &change).await;
}

/// Makes the one number of this store that wrong codes were tried for one with a hundred in a row.
pub async fn disable_codes(store: &str) {
    let table = stack().text("/state_table");
    let items = items_of(store).await;
    let item = items.iter().find(|item| item.get("row").is_some()).expect("a number with tries");
    let change = json!({
        "TableName": table, "Key": {"pk": item["pk"], "sk": item["sk"]},
        "UpdateExpression": "SET #row = :row, rev = rev + :one",
        "ExpressionAttributeNames": {"#row": "row"},
        "ExpressionAttributeValues": {":row": {"N": "100"}, ":one": {"N": "1"}},
    });
    aws::call("dynamodb", "DynamoDB_20120810.UpdateItem", &change).await;
}

/// Waits until no queue but the dead letters' has a message of this store.
/// Timers hold their events back until they are due: they are no work that is left.
pub async fn quiet(store: &str, within: u64) {
    eventually("all queues are empty", within, || async {
        let waiting = queued().await;
        let ours = |(url, message): &(String, Value)| {
            !url.ends_with("-dlq") && !url.ends_with("-timers") && spoken(message).contains(store)
        };
        (!waiting.iter().any(ours)).then_some(())
    })
    .await;
}

/// What every function and the API logged since a time; waits until logs are written, which the
/// emulator does after the invocation.
pub async fn logged_since(since: u64) -> Vec<String> {
    waiting::seconds(2).await;
    let mut lines = Vec::new();
    for group in stack().all("/log_groups") {
        lines.extend(aws::log_lines(group, since).await.into_iter().map(|line| line.text));
    }
    lines
}

/// The texts that SNS would have sent to a number, oldest first.
pub async fn sms_to(phone: &str) -> Vec<String> {
    let phone = phone.replace('+', "%2B");
    let answer = aws::emulator(&format!("/_ministack/sns/sms-messages?phoneNumber={phone}")).await;
    let by_phone = answer.body["sms_messages"].as_object().cloned().unwrap_or_default();
    let texts = by_phone.into_iter().filter_map(|(_, texts)| texts.as_array().cloned());
    let message = |text: &Value| text["Message"].as_str().map(str::to_owned);
    texts.flatten().filter_map(|text| message(&text)).collect()
}
