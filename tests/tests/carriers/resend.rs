//! Two carriers, one code.

use doorstep_tests::{
    mobile, post,
    shop::code_in,
    stand_in::{TWILIO, VONAGE, turn},
    unique, waiting,
};
use serde_json::Value;

use crate::live::{Live, first};

fn code(text: &Value) -> String {
    code_in(text["text"].as_str().unwrap())
}

/// Slow: half a minute must pass before a resend.
#[tokio::test]
async fn a_resend_goes_by_the_other_carrier_with_the_same_code() {
    let _turn = turn().await;
    let (shop, phone) = (Live::pinned(&[TWILIO, VONAGE]).await, mobile());
    let id = shop.signs_up(&phone).await;
    let by_twilio = first(TWILIO, &phone).await;
    shop.becomes(&id, "delivered", 20).await;
    waiting::seconds(30).await;
    let call = shop.asks(post(&format!("/signups/{id}/resend")));
    let _ = call.header("Idempotency-Key", &unique()).send().await.is(202);
    let by_vonage = first(VONAGE, &phone).await;
    assert_eq!(code(&by_vonage), code(&by_twilio));
    shop.becomes(&id, "delivered", 20).await;
    assert_eq!(TWILIO.received_for(&phone).await.len(), 1, "the other one was asked first");
    let _ = shop.types(&id, &code(&by_vonage)).await.is(200);
}
