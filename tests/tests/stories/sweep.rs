//! Nothing is kept longer than it should be: reading knows at once, and the night sweeps.

use doorstep_tests::{
    Shop, aws, drama, emulator, eventually, post, stack,
    waiting::{now, now_ms},
};
use serde_json::{Value, json};
use tokio::sync::Mutex;

fn table() -> &'static str {
    stack().text("/state_table")
}

fn key(pk: &str) -> Value {
    json!({"pk": {"S": pk}, "sk": {"S": "-"}})
}

async fn dynamodb(operation: &str, mut request: Value) -> Value {
    request["TableName"] = json!(table());
    aws::call("dynamodb", &format!("DynamoDB_20120810.{operation}"), &request).await
}

async fn is_there(pk: &str) -> bool {
    let request = json!({"Key": key(pk), "ConsistentRead": true});
    dynamodb("GetItem", request).await.get("Item").is_some()
}

/// Sets when an item is over, in hours from now.
async fn is_over(pk: &str, hours: i64) {
    let ttl = (now().as_second() + hours * 3_600).to_string();
    let request = json!({
        "Key": key(pk), "UpdateExpression": "SET #ttl = :ttl",
        "ExpressionAttributeNames": {"#ttl": "ttl"},
        "ExpressionAttributeValues": {":ttl": {"N": ttl}},
    });
    dynamodb("UpdateItem", request).await;
}

/// One sweep at a time: it is the whole deployment's.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Sweeps as if the last night were long over; tells what its line says.
async fn sweeps() -> Value {
    let _alone = ALONE.lock().await;
    let mark = "sto_00000000000000000000000000#live#SWP#bookmark";
    dynamodb("DeleteItem", json!({"Key": key(mark)})).await;
    let since = now_ms();
    let _ = aws::invoke(stack().text("/functions/Retention"), &json!({})).await;
    let group = stack().text("/log_groups/Retention");
    eventually("the line of a sweep", 60, || async {
        let lines = aws::log_lines(group, since).await;
        let line = lines.iter().find(|line| line.text.contains("A sweep is done."));
        line.and_then(|line| serde_json::from_str(&line.text).ok())
    })
    .await
}

#[tokio::test]
async fn what_is_over_reads_as_absent_and_is_swept_after_two_days() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(3)).await;
    shop.delivery_is(&id, "delivered", 20).await;
    emulator::quiet(&shop.id, 60).await;
    let pk = format!("{}#test#SGN#{id}", shop.id);
    let _ = shop.reads(&format!("/signups/{id}")).await.is(200);

    is_over(&pk, -1).await;
    shop.reads(&format!("/signups/{id}")).await.refused(404, "not_found");
    assert!(shop.reads("/signups").await.is(200).data().is_empty());
    let _ = sweeps().await;
    assert!(is_there(&pk).await, "DynamoDB has two days to delete it");

    is_over(&pk, -49).await;
    let told = sweeps().await;
    assert!(!is_there(&pk).await);
    assert_eq!(told["overdue_left"], 0, "{told}");
    assert!(told["deleted"].as_u64() >= Some(1), "{told}");
}

#[tokio::test]
async fn a_complaint_that_nobody_sees_to_is_told_of() {
    let shop = Shop::fresh().await;
    let before = sweeps().await;
    let body = json!({"contact": "box 7", "text": "Texts go on.", "phone": drama(4)});
    let told = post(&format!("/complaints/{}", shop.id)).json(&body).send().await.is(201);
    let pk = format!("{}#test#CMP#{}", shop.id, told.text_at("/id"));
    for (days, member) in [(22, "duties_due_soon"), (30, "duties_overdue")] {
        let then = now() - jiff::SignedDuration::from_hours(24 * days);
        let request = json!({
            "Key": key(&pk), "UpdateExpression": "SET duty_at = :then",
            "ExpressionAttributeValues": {":then": {"N": then.as_millisecond().to_string()}},
        });
        dynamodb("UpdateItem", request).await;
        let after = sweeps().await;
        assert!(after[member].as_u64() > before[member].as_u64(), "{before} {after}");
    }
    dynamodb("DeleteItem", json!({"Key": key(&pk)})).await;
}

#[tokio::test]
async fn a_store_keeps_sign_ups_for_as_long_as_it_says() {
    let shop = Shop::fresh().await;
    let path = format!("/stores/{}", shop.id);
    let days = |days: u16| json!({"retention": {"signups_days": days}});
    let set = doorstep_tests::patch(&path).key(&shop.live_key).json(&days(7)).send().await.is(200);
    assert_eq!(set.body["retention"]["signups_days"], 7);
    let wrong = doorstep_tests::patch(&path).key(&shop.live_key).json(&days(1_000)).send().await;
    wrong.refused(400, "invalid_member");
    wrong.points_at("/retention/signups_days");
}
