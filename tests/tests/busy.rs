//! Senders that stop: nothing more is taken, and everything goes on when they do.

use std::panic::AssertUnwindSafe;

use doorstep_tests::{Shop, aws, drama, eventually, patch, post, shop::operator, stack};
use futures::FutureExt;
use reqwest::Method;
use serde_json::{Value, json};

/// Stops, or starts, the senders of the sandbox.
async fn senders(on: bool) {
    let base = format!("{}/2015-03-31/event-source-mappings", stack().text("/emulator_url"));
    let all = aws::signed(doorstep_tests::get(&base), "lambda").send().await.is(200);
    let mappings = all.body["EventSourceMappings"].as_array().cloned().unwrap_or_default();
    let ours = |mapping: &&Value| {
        mapping["FunctionArn"].as_str().is_some_and(|arn| arn.ends_with("-send-sandbox"))
    };
    let mapping = mappings.iter().find(ours).expect("the sandbox has a sender");
    let url = format!("{base}/{}", mapping["UUID"].as_str().expect("an id"));
    let call = aws::signed(doorstep_tests::Call::new(Method::PUT, &url), "lambda");
    let answer = call.json(&json!({"Enabled": on})).send().await;
    assert!((200..300).contains(&answer.status), "{}", answer.text);
}

#[tokio::test]
async fn a_store_whose_texts_wait_is_told_so_before_it_spends_and_goes_on_afterwards() {
    let (hasty, patient) = (Shop::fresh().await, Shop::fresh().await);
    let settings = json!({"busy_after_seconds": 5});
    let change = patch(&format!("/stores/{}", hasty.id)).key(operator()).json(&settings);
    let _ = change.send().await.is(200);
    let template = json!({"name": "ready", "locale": "en-GB", "kind": "transactional",
        "body": "Your parcel is here."});
    let _ = post("/templates").key(&hasty.test_key).json(&template).send().await.is(201);
    senders(false).await;
    let story = AssertUnwindSafe(while_nothing_is_sent(&hasty, &patient)).catch_unwind().await;
    senders(true).await;
    let waiting = story.expect("the story");
    let taken = || async {
        let answer = hasty.starts(&json!({"phone": drama(5)})).await;
        Some(answer).filter(|answer| answer.status == 202)
    };
    eventually("the store takes sign-ups again", 60, taken).await;
    let _ = hasty.code(&waiting).await;
}

/// A sign-up that waits makes the hasty store refuse, and the patient one not yet.
async fn while_nothing_is_sent(hasty: &Shop, patient: &Shop) -> String {
    let waiting = hasty.signs_up(&drama(1)).await;
    let refused = || async {
        let answer = hasty.starts(&json!({"phone": drama(2)})).await;
        Some(answer).filter(|answer| answer.status != 202)
    };
    let refused = eventually("the store is busy", 45, refused).await;
    refused.refused(503, "busy");
    assert!(refused.header("retry-after").is_some());
    let letter = json!({"to": drama(3), "template": "ready", "purpose": "transactional"});
    let letter = post("/messages").key(&hasty.test_key).json(&letter);
    let letter = letter.header("Idempotency-Key", &doorstep_tests::unique()).send().await;
    letter.refused(503, "busy");
    let _ = patient.signs_up(&drama(4)).await;
    waiting
}
