//! Sensitive calls need a fresh nonce; what was done, refused and tried is written down; whoever
//! changes that is found.

use doorstep_tests::{
    Answer, Shop, aws, delete, eventually, get, post,
    shop::{new_key, nonce, operator},
    stack,
};
use serde_json::{Value, json};

/// Deletes a key by its whole text.
async fn deletes(by: &str, key: &str, leave: Option<&str>) -> Answer {
    let call = delete(&format!("/api-keys/{}", id_of(key))).key(by);
    match leave {
        Some(leave) => call.header("Audit-Nonce", leave).send().await,
        None => call.send().await,
    }
}

/// The part of a key that names it: not its secret.
fn id_of(key: &str) -> &str {
    &key["dst_test_".len()..][..12]
}

async fn storefront(shop: &Shop) -> String {
    new_key(&shop.id, &json!({"kind": "secret", "role": "storefront", "mode": "test"})).await
}

#[tokio::test]
async fn a_nonce_is_good_once_for_its_key_and_action() {
    let shop = Shop::fresh().await;
    let (one, two) = (storefront(&shop).await, storefront(&shop).await);
    let other =
        new_key(&shop.id, &json!({"kind": "secret", "role": "owner", "mode": "test"})).await;
    let good = nonce(&shop.test_key, "api_key.delete").await;
    let rotate = nonce(&shop.test_key, "api_key.rotate").await;
    let others = nonce(&other, "api_key.delete").await;
    for wrong in [None, Some(rotate.as_str()), Some(&others), Some("0123456789abcdefghijkl")] {
        deletes(&shop.test_key, &one, wrong).await.refused(403, "forbidden");
    }
    deletes(&other, &one, Some(&good)).await.refused(403, "forbidden");
    let _ = deletes(&shop.test_key, &one, Some(&good)).await.is(204);
    deletes(&shop.test_key, &two, Some(&good)).await.refused(403, "forbidden");
    let _ = get("/signups").key(&two).send().await.is(200);
    let unknown = post("/nonces").key(&two).json(&json!({"action": "api_key.delete"}));
    unknown.send().await.refused(403, "forbidden");
}

async fn log(key: &str, query: &str) -> Answer {
    get(&format!("/audit-log?{query}")).key(key).send().await.is(200)
}

fn has(log: &Answer, wanted: &Value) -> bool {
    let members = wanted.as_object().expect("members");
    log.data().iter().any(|entry| members.iter().all(|(name, value)| entry[name] == *value))
}

#[tokio::test]
async fn the_log_has_what_was_done_what_was_refused_and_who_failed() {
    let shop = Shop::fresh().await;
    let victim = storefront(&shop).await;
    deletes(&shop.test_key, &victim, None).await.refused(403, "forbidden");
    let leave = nonce(&shop.test_key, "api_key.delete").await;
    let _ = deletes(&shop.test_key, &victim, Some(&leave)).await.is(204);
    let mine = log(&shop.test_key, "limit=100").await;
    for outcome in ["done", "refused"] {
        let wanted = json!({"action": "api_key.delete", "target": id_of(&victim),
            "actor": id_of(&shop.test_key), "role": "owner", "outcome": outcome});
        assert!(has(&mine, &wanted), "{}", mine.text);
    }
    assert!(mine.data().iter().all(|entry| entry["store_id"] == shop.id), "{}", mine.text);

    // In a flood of other people's bad keys one a second is written down.
    let told = || async {
        let stranger = get("/audit-log").key("dst_test_not-a-key").send().await;
        stranger.refused(401, "unauthenticated");
        let request = stranger.header("request-id").unwrap_or_default();
        let wanted = json!({"outcome": "failed_authentication", "target": "GET /audit-log",
            "request_id": request});
        has(&log(operator(), "limit=100").await, &wanted).then_some(())
    };
    eventually("the failed key is in the log", 30, told).await;
    get("/audit-log").key(&victim).send().await.refused(401, "unauthenticated");
}

/// One turn of the job that links and signs.
async fn links() {
    let name = stack().text("/functions/AuditChain");
    let path = format!("{}/2015-03-31/functions/{name}/invocations", stack().text("/emulator_url"));
    let turned = aws::signed(post(&path), "lambda").raw("{}").send().await;
    assert_eq!(
        (turned.status, turned.header("x-amz-function-error")),
        (200, None),
        "{}",
        turned.text
    );
}

async fn chain() -> Value {
    log(operator(), "verify=true&limit=1").await.body["chain"].take()
}

/// An item of the evidence, changed in this way until it is put back.
async fn writes(operation: &str, mut request: Value) {
    request["TableName"] = stack().text("/evidence_table").into();
    aws::call("dynamodb", &format!("DynamoDB_20120810.{operation}"), &request).await;
}

fn key_of(item: &Value) -> Value {
    json!({"pk": item["pk"], "sk": item["sk"]})
}

async fn evidence(wanted: impl Fn(&str, &str) -> bool) -> Vec<Value> {
    let items = aws::items(stack().text("/evidence_table")).await.into_iter();
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    items.filter(|item| wanted(&text(item, "pk"), &text(item, "sk"))).collect()
}

/// One story: what is tampered with is everybody's, and is put back.
#[tokio::test]
async fn what_is_changed_or_removed_is_found() {
    let shop = Shop::fresh().await;
    let leave = nonce(&shop.test_key, "api_key.delete").await;
    let victim = storefront(&shop).await;
    let _ = deletes(&shop.test_key, &victim, Some(&leave)).await.is(204);
    let of_shop = format!("{}#test#AUD#", shop.id);
    let entry = evidence(|pk, _| pk.starts_with(&of_shop)).await.pop().expect("an entry");
    let id = entry["sk"]["S"].as_str().and_then(|sk| sk.rsplit('#').next()).unwrap_or_default();
    let link = eventually("the entry is linked", 90, || async {
        links().await;
        evidence(|pk, _| pk.contains("#CHN#"))
            .await
            .into_iter()
            .find(|link| link["entry_id"]["S"] == id)
    })
    .await;
    let intact = chain().await;
    assert_eq!(intact["verified"], true, "{intact}");
    assert!(intact["signed_heads"].as_u64() >= Some(1), "{intact}");

    let mut changed = entry.clone();
    changed["outcome"]["S"] = "refused".into();
    writes("PutItem", json!({"Item": changed})).await;
    let found = chain().await;
    writes("DeleteItem", json!({"Key": key_of(&entry)})).await;
    let missing = chain().await;
    writes("PutItem", json!({"Item": entry})).await;
    writes("DeleteItem", json!({"Key": key_of(&link)})).await;
    let unlinked = chain().await;
    writes("PutItem", json!({"Item": link})).await;
    for (found, kind) in [(&found, "entry_changed"), (&missing, "entry_missing")] {
        assert_eq!(found["verified"], false);
        assert_eq!(
            (&found["problems"][0]["kind"], &found["problems"][0]["entry"]),
            (&json!(kind), &json!(id))
        );
    }
    assert_eq!(unlinked["verified"], false, "{unlinked}");
    let intact = chain().await;
    assert_eq!(intact["verified"], true, "put back: {intact}");
}
