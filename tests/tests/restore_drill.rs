//! The drill: who was erased stays erased, though the table goes back to a time before.
//!
//! `make restore-drill` runs it; infra/runbooks/restore.md is what it rehearses.

use std::process::Command;

use doorstep_tests::{
    Shop, aws, delete, drama, emulator, eventually, get,
    leaks::{none_of, spoken},
    put,
    rights::{brings, brought, erases, refuses, registers, stopped, texts},
    shop::{new_key, nonce},
    stack, unique,
};
use serde_json::{Value, json};

const DYNAMO: &str = "DynamoDB_20120810";

/// A backup of the state table as it is now.
async fn backs_up() -> Value {
    let wish = json!({"TableName": stack().text("/state_table"), "BackupName": unique()});
    let made = aws::call("dynamodb", &format!("{DYNAMO}.CreateBackup"), &wish).await;
    made["BackupDetails"]["BackupArn"].clone()
}

/// A table of its own with what the backup has, as DynamoDB restores.
async fn restores(backup: &Value) -> String {
    let table = format!("doorstep-local-restored-{}", unique());
    let wish = json!({"TargetTableName": table, "BackupArn": backup});
    aws::call("dynamodb", &format!("{DYNAMO}.RestoreTableFromBackup"), &wish).await;
    let asked = json!({"TableName": table});
    eventually("the restored table", 60, || async {
        let told = aws::call("dynamodb", &format!("{DYNAMO}.DescribeTable"), &asked).await;
        (told["Table"]["TableStatus"] == "ACTIVE").then_some(())
    })
    .await;
    table
}

/// A command of the runbook, as people give it.
fn runs(command: &[&str]) {
    let done = Command::new("python3")
        .arg("infra/local")
        .args(command)
        .current_dir(&stack().root)
        .output()
        .expect("python3");
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{told}{}", String::from_utf8_lossy(&done.stderr));
}

/// Whether anything but evidence and the note of the erasure names the user.
async fn is_held(shop: &Shop, user: &str) -> bool {
    emulator::items_of(&shop.id).await.iter().any(|item| {
        let pk = item["pk"]["S"].as_str().unwrap_or_default();
        !pk.contains("#ERS#") && spoken(item).contains(user)
    })
}

/// What is kept of the numbers that want nothing.
async fn objections(shop: &Shop) -> usize {
    let items = emulator::items_of(&shop.id).await;
    let number = |item: &&Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.contains("#PH#"));
    items.iter().filter(number).filter(|item| item["objected"]["N"].is_string()).count()
}

/// What somebody's number is kept as.
async fn number_of(shop: &Shop, user: &str) -> Value {
    let items = emulator::items_of(&shop.id).await;
    let is_it = |item: &&Value| {
        item["user"]["S"] == *user && item["pk"]["S"].as_str().is_some_and(|pk| pk.contains("#PH#"))
    };
    items.iter().find(is_it).cloned().expect("the number's item")
}

/// What a restore is for: an item is lost.
async fn loses(item: &Value) {
    let key = json!({"pk": item["pk"], "sk": item["sk"]});
    let wish = json!({"TableName": stack().text("/state_table"), "Key": key});
    aws::call("dynamodb", &format!("{DYNAMO}.DeleteItem"), &wish).await;
}

/// A row of a shop's list: a number that wants no texts.
fn suppressed(phone: &str) -> Value {
    json!({"phone": phone, "suppressed": true, "suppressed_at": "2025-12-01T10:00:00Z"})
}

async fn drops(table: &str) {
    let gone = json!({"TableName": table});
    aws::call("dynamodb", &format!("{DYNAMO}.DeleteTable"), &gone).await;
}

#[tokio::test]
async fn the_erased_stay_erased_after_a_restore() {
    let shop = Shop::fresh().await;
    let (ada, bob) = (registers(&shop, &drama(41)).await, registers(&shop, &drama(42)).await);
    let eve = stopped(&shop, &drama(287)).await;
    let backup = backs_up().await;
    // A wish that is younger than the backup, as the erasures are: the journal knows of it.
    brings(&shop, &suppressed(&ada.phone)).await;
    let number = number_of(&shop, &ada.user).await;
    let wishes = objections(&shop).await;
    for user in [&ada.user, &eve] {
        erases(&shop, user).await;
        assert!(!is_held(&shop, user).await);
    }

    let table = restores(&backup).await;
    loses(&number).await;
    runs(&["put-back", &table, "local", &shop.id]);
    for user in [&ada.user, &eve] {
        let _ = shop.reads(&format!("/users/{user}")).await.is(200);
    }
    assert!(objections(&shop).await < wishes, "the drill would prove nothing");

    runs(&["replay-erasures", "local", &shop.id]);
    for user in [&ada.user, &eve] {
        eventually("the erasure again", 60, || async {
            (!is_held(&shop, user).await).then_some(())
        })
        .await;
        shop.reads(&format!("/users/{user}")).await.refused(404, "not_found");
    }
    emulator::quiet(&shop.id, 30).await;
    let items: Vec<_> = emulator::items_of(&shop.id).await.iter().map(spoken).collect();
    none_of(&ada.needles(), "a table", &items);
    assert_eq!(objections(&shop).await, wishes);
    texts(&shop, &json!({"to": drama(287)})).await.refused(403, "suppressed");
    let _ = shop.reads(&format!("/users/{}", bob.user)).await.is(200);
    let _ = texts(&shop, &json!({"to": bob.phone})).await.is(202);
    drops(&table).await;
}

#[tokio::test]
async fn what_was_decided_since_the_backup_stays_decided() {
    let shop = Shop::fresh().await;
    let (cal, zoe) = (registers(&shop, &drama(43)).await, drama(387));
    brought(&shop, &zoe).await;
    let owner = json!({"kind": "secret", "role": "owner", "mode": "test"});
    let key = new_key(&shop.id, &owner).await;
    let backup = backs_up().await;
    // No more texts, a return, a key that is deleted, the switch.
    refuses(&shop, &zoe).await;
    erases(&shop, &cal.user).await;
    let back = registers(&shop, &cal.phone).await;
    let id = &key["dst_test_".len()..][..12];
    let call = delete(&format!("/api-keys/{id}"));
    let call =
        shop.asks(call).header("Audit-Nonce", &nonce(&shop.test_key, "api_key.delete").await);
    let _ = call.send().await.is(204);
    let on = json!({"on": true, "reason": "restore"});
    let _ = shop.asks(put("/kill-switch")).json(&on).send().await.is(200);

    let table = restores(&backup).await;
    // Keys are the deployment's items.
    for owner in [shop.id.as_str(), "sto_00000000000000000000000000"] {
        runs(&["put-back", &table, "local", owner]);
    }
    let _ = shop.reads(&format!("/users/{}", cal.user)).await.is(200);
    runs(&["replay-erasures", "local", &shop.id]);
    eventually("the erasure again", 60, || async {
        (!is_held(&shop, &cal.user).await).then_some(())
    })
    .await;
    assert_eq!(shop.reads("/kill-switch").await.is(200).body["on"], true);
    get("/signups").key(&key).send().await.refused(401, "unauthenticated");
    let off = shop.asks(put("/kill-switch")).json(&json!({"on": false})).send().await;
    let _ = off.is(200);
    eventually("the store goes on", 30, || async {
        (texts(&shop, &json!({"to": back.phone})).await.status == 202).then_some(())
    })
    .await;
    texts(&shop, &json!({"to": zoe})).await.refused(403, "suppressed");
    assert_eq!(registers(&shop, &cal.phone).await.user, back.user, "the number is whose it was");
    drops(&table).await;
}
