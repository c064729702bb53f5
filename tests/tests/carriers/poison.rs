//! What nobody can read is buried at once, where people look, and its neighbours go through.

use doorstep_tests::{
    aws, eventually, mobile, stack,
    stand_in::{TWILIO, turn},
    unique,
};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::live::Live;

async fn sqs(operation: &str, body: &Value) -> Value {
    aws::call("sqs", &format!("AmazonSQS.{operation}"), body).await
}

/// What is buried with this body; it is taken out.
async fn dug_up(queue: &str, body: &str) -> Option<Value> {
    let url = stack().text(queue);
    let request = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 1,
        "MessageAttributeNames": ["All"]});
    let found = sqs("ReceiveMessage", &request).await;
    let all = found["Messages"].as_array().cloned().unwrap_or_default();
    let message = all.into_iter().find(|message| message["Body"] == body)?;
    let done = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
    sqs("DeleteMessage", &done).await;
    Some(message)
}

/// Poison in a queue, while so many shoppers sign up.
async fn poisoned(queue: &str, function: &str) {
    let _turn = turn().await;
    let shop = Live::pinned(&[TWILIO]).await;
    let unreadable = json!({"nobody": "knows", "this": unique()}).to_string();
    let bodies = [format!("no JSON {}", unique()), unreadable, format!("[{}", unique())];
    let poisons = bodies.iter().map(|body| {
        let message =
            json!({"QueueUrl": stack().text(&format!("{queue}Queue")), "MessageBody": body});
        async move { sqs("SendMessage", &message).await }
    });
    let shoppers = join_all((0..5).map(|_| async { shop.signs_up(&mobile()).await }));
    let (signups, _) = tokio::join!(shoppers, join_all(poisons));
    for body in &bodies {
        let dead_letters = format!("{queue}Dlq");
        let what = format!("{body} is buried");
        let buried = eventually(&what, 15, || dug_up(&dead_letters, body)).await;
        let said = |name: &str| buried["MessageAttributes"][name]["StringValue"].clone();
        assert_eq!((said("reason"), said("function")), (json!("unreadable"), json!(function)));
    }
    for id in signups {
        shop.becomes(&id, "delivered", 30).await;
    }
}

#[tokio::test]
async fn poison_for_a_sender_is_buried_with_its_reason() {
    poisoned("/queues/SendTwilio", "send").await;
}

#[tokio::test]
async fn poison_among_receipts_is_buried_with_its_reason() {
    poisoned("/queues/Receipts", "ingest").await;
}
