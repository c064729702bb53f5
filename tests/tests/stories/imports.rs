//! A shop brings its shoppers along.

use std::{fmt::Write as _, io::Write as _};

use doorstep_tests::{Answer, Shop, drama, eventually, post, unique};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::consents::{asking, offers, tells, user_of};

const HEADER: &str =
    "phone,external_id,purpose,channel,granted,occurred_at,wording_version,method,suppressed";

async fn sends(shop: &Shop, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    let call = shop.asks(post("/imports")).raw(body).header("Content-Type", kind);
    call.header("Idempotency-Key", &unique()).send().await
}

/// Waits until an import has ended.
async fn ends(shop: &Shop, started: &Answer, seconds: u64) -> Value {
    let path = format!("/imports/{}", started.text_at("/id"));
    eventually("the import's end", seconds, || async {
        let answer = shop.reads(&path).await.is(200).body;
        (answer["status"] != "running").then_some(answer)
    })
    .await
}

async fn brings(shop: &Shop, rows: &str) -> Value {
    let started = sends(shop, "text/csv", format!("{HEADER}\n{rows}")).await.is(202);
    assert_eq!(started.text_at("/status"), "running");
    ends(shop, &started, 60).await
}

/// One shopper, of whom the list says that they agreed to offers.
pub(crate) async fn brings_one(shop: &Shop, phone: &str) {
    assert_eq!(brings(shop, &yes(phone)).await["status"], "done");
}

fn yes(phone: &str) -> String {
    format!(
        "{phone},c-{},offers,sms,true,2025-11-28T09:30:00Z,v1,checkout,\n",
        phone.get(10..).unwrap_or_default()
    )
}

fn counts(import: &Value) -> (&Value, &Value, &Value) {
    (&import["status"], &import["accepted"], &import["rejected"])
}

#[tokio::test]
async fn who_is_imported_gets_offers_until_they_say_no_and_no_list_brings_them_back() {
    let (shop, phone) = (asking().await, drama(21));
    offers(&shop, &phone).await.refused(403, "consent_required");
    let done = brings(&shop, &yes(&phone)).await;
    assert_eq!(counts(&done), (&json!("done"), &json!(1), &json!(0)), "{done}");
    let user = user_of(&shop, &phone).await;
    assert_eq!(
        (&user["verified_at"], &user["customer"]["external_id"]),
        (&Value::Null, &json!("c-021"))
    );
    assert_eq!(user["consents"][0]["live"], true);
    let _ = offers(&shop, &phone).await.is(202);
    let id = user["id"].as_str().unwrap();
    let no = json!({"consents": [{"purpose": "offers", "channel": "sms", "granted": false}]});
    let _ = tells(&shop, id, &no).await.is(200);
    offers(&shop, &phone).await.refused(403, "consent_required");
    let later = yes(&phone).replace("2025-11-28", "2025-12-24");
    for list in [yes(&phone), later] {
        assert_eq!(brings(&shop, &list).await["accepted"], 1);
        offers(&shop, &phone).await.refused(403, "consent_required");
    }
    let by_id = shop.asks(post("/users/search")).json(&json!({"external_id": "c-021"}));
    assert_eq!(by_id.send().await.is(200).data()[0]["id"], id);
}

#[tokio::test]
async fn a_list_with_errors_takes_the_good_rows_and_names_the_others() {
    let shop = asking().await;
    let (ada, eve) = (drama(22), drama(23));
    let rows = [
        yes(&ada),
        yes("+447400123456"),
        yes("none"),
        yes(&ada).replace("offers", "=prizes()"),
        yes(&ada).replace("2025", "2999"),
        yes(&ada).replace("v1", "v9"),
        format!("{eve},,,,,,,,true\n"),
        format!("{eve},,,,\n"),
        yes(&ada),
    ];
    let done = brings(&shop, &rows.concat()).await;
    assert_eq!(counts(&done), (&json!("done"), &json!(3), &json!(6)), "{done}");
    let errors = done["errors"].as_array().unwrap().iter();
    let named: Vec<_> = errors
        .map(|error| (error["row"].as_u64().unwrap(), error["column"].as_str().unwrap()))
        .collect();
    let expected =
        [(3, "phone"), (4, "phone"), (5, "purpose"), (6, "occurred_at"), (7, "wording"), (9, "")];
    assert_eq!(named, expected);
    let told = done.to_string();
    assert!(!told.contains("7400123456") && !told.contains("prizes"), "{told}");
    let entries = user_of(&shop, &ada).await;
    assert_eq!(entries["consents"].as_array().unwrap().len(), 1);
    let _ = brings(&shop, &yes(&eve)).await;
    let suppressed = user_of(&shop, &eve).await;
    assert_eq!(suppressed["suppressed"]["what"], "marketing");
    assert_eq!(suppressed["consents"][0]["live"], false);
    offers(&shop, &eve).await.refused(403, "consent_required");
}

#[tokio::test]
async fn lines_bring_shoppers_with_all_they_said() {
    let (shop, phone) = (asking().await, drama(24));
    let said = |purpose, granted| {
        json!({"purpose": purpose, "channel": "sms", "granted": granted, "method": "paper",
            "occurred_at": "2025-11-28T09:30:00Z", "wording": "Text me."})
    };
    let line = json!({"phone": phone, "consents": [said("offers", true), said("news", false)]});
    let body = format!("{line}\n{{\"phone\":\"{}\",\"suppressed\":true}}\n{{}}\n", drama(25));
    let started = sends(&shop, "application/x-ndjson", body).await.is(202);
    let done = ends(&shop, &started, 60).await;
    assert_eq!(counts(&done), (&json!("done"), &json!(2), &json!(1)), "{done}");
    let user = user_of(&shop, &phone).await;
    let states: Vec<_> =
        user["consents"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!(states, ["refused", "granted"]);
    let path = format!("/users/{}/consents", user["id"].as_str().unwrap());
    let record = shop.reads(&path).await.is(200);
    let entry = &record.body["history"][0];
    assert_eq!(
        (&entry["told"]["wording"], &entry["how"]["reason"]),
        (&json!("Text me."), &json!("paper"))
    );
    assert_eq!(entry["how"]["actor"], started.text_at("/id"));
    let found = shop.asks(post("/users/search")).json(&json!({"phone": drama(25)})).send().await;
    assert_eq!(found.is(200).data().len(), 0, "a suppression makes nobody known");
}

/// Fifty rows for each of four hundred numbers.
#[tokio::test]
async fn twenty_thousand_packed_rows_are_worked_through() {
    let shop = asking().await;
    let mut list = format!("{HEADER}\n");
    for number in 0..100 {
        for day in 0..200 {
            // A hundred rows say the same, and are written down once.
            let (phone, at) = (drama(number), format!("2025-01-0{}T09:30:00Z", 1 + day % 2));
            writeln!(list, "{phone},c-{number},offers,sms,true,{at},v1,checkout,").unwrap();
        }
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(list.as_bytes()).unwrap();
    let call = shop.asks(post("/imports")).raw(packer.finish().unwrap());
    let call = call.header("Content-Type", "application/csv").header("Content-Encoding", "gzip");
    let call = call.header("Idempotency-Key", &unique());
    let started = call.clone().send().await.is(202);
    assert_eq!(started.body["rows"], 20_000);
    let again = call.send().await.is(202);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.body, started.body);
    let done = ends(&shop, &started, 300).await;
    assert_eq!(counts(&done), (&json!("done"), &json!(20_000), &json!(0)), "{done}");
    for number in [0, 49, 99] {
        let user = user_of(&shop, &drama(number)).await;
        assert_eq!(user["consents"][0]["since"], "2025-01-02T09:30:00Z");
    }
}

#[tokio::test]
async fn what_is_no_list_is_refused() {
    let shop = asking().await;
    sends(&shop, "application/json", "{}").await.refused(415, "malformed_json");
    sends(&shop, "text/csv", "").await.refused(400, "malformed_json");
    sends(&shop, "text/csv", "phone,=cmd()\n1,1\n").await.points_at("/header/1");
    let without =
        shop.asks(post("/imports")).raw(yes(&drama(1))).header("Content-Type", "text/csv");
    without.send().await.refused(400, "idempotency_key_missing");
    let call = shop.asks(post("/imports")).raw("x").header("Content-Type", "application/csv");
    let call = call.header("Content-Encoding", "gzip").header("Idempotency-Key", &unique());
    call.send().await.refused(400, "malformed_json");
    let path = "/imports/imp_00000000000000000000000001";
    shop.reads(path).await.refused(404, "not_found");
}
