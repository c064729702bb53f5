//! The commands of the runbooks on privacy work as written.

use std::process::Command;

use doorstep_tests::{Shop, drama, eventually, get, post, shop::operator, stack, waiting::now};
use serde_json::json;

/// Runs a runbook's tested blocks; tells what they print.
fn runs(runbook: &str, shop: &Shop) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/runbook.sh");
    let done = Command::new("bash")
        .args([script, runbook])
        .env("API", stack().text("/api_url"))
        .env("SINCE", (now() - jiff::SignedDuration::from_hours(1)).to_string())
        .env("STORE", &shop.id)
        .env("OWNER_KEY", &shop.test_key)
        .env("OPERATOR_KEY", operator())
        .output()
        .expect("bash runs");
    let (told, wrong) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{runbook}: {told}{wrong}");
    told.into_owned()
}

#[tokio::test]
async fn a_complaint_is_noted_and_closed() {
    let shop = Shop::fresh().await;
    let body = json!({"contact": "box 7", "text": "Texts go on.", "phone": drama(5)});
    let _ = post(&format!("/complaints/{}", shop.id)).json(&body).send().await.is(201);
    eventually("the complaint in the list", 10, || async {
        shop.reads("/complaints").await.is(200).data().first().cloned()
    })
    .await;
    let told = runs("complaints", &shop);
    let says = |status: &str| told.contains(&format!("\"status\":\"{status}\""));
    assert!(says("in_progress") && says("closed"), "{told}");
}

#[tokio::test]
async fn an_incident_is_looked_into() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(6)).await;
    get("/audit-log").key("dst_test_not-a-key").send().await.refused(401, "unauthenticated");
    let told = runs("incident", &shop);
    assert!(told.contains("failed_authentication") && told.contains(&id), "{told}");
    assert!(told.contains("code=unauthenticated"), "{told}");
}

#[tokio::test]
async fn a_sweep_is_started_by_hand() {
    let told = runs("retention", &Shop::fresh().await);
    assert!(told.contains("\"overdue_left\""), "{told}");
}
