//! A shopper complains about the use of their data, and hears what becomes of it.

use doorstep_tests::{
    Answer, Call, Shop, drama, emulator, eventually, get,
    leaks::{Needle, none_of, spoken},
    patch, post, unique,
    waiting::now_ms,
};
use serde_json::{Value, json};

fn path(shop: &Shop) -> String {
    format!("/complaints/{}", shop.id)
}

fn form(shop: &Shop, fields: &[(&str, &str)]) -> Call {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let call = post(&path(shop)).raw(body);
    call.header("Content-Type", "application/x-www-form-urlencoded").header("Accept", "text/html")
}

/// The one complaint of a shop in test mode: the list is by an index, which is a moment behind.
async fn the_one(shop: &Shop) -> Value {
    eventually("the complaint in the list", 10, || async {
        shop.reads("/complaints").await.is(200).data().first().cloned()
    })
    .await
}

async fn notes(shop: &Shop, key: &str, id: &Value, note: &Value) -> Answer {
    let path = format!("{}/{}", path(shop), id.as_str().unwrap_or_default());
    patch(&path).key(key).json(note).send().await
}

#[tokio::test]
async fn a_complaint_goes_from_the_form_to_its_outcome() {
    let shop = Shop::fresh().await;
    let page = get(&path(&shop)).header("Accept-Language", "ar, en;q=0.5").send().await.is(200);
    assert!(page.text.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", page.text);
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));

    let words = unique();
    let fields = [
        ("contact", "box 7"),
        ("text", words.as_str()),
        ("phone", "07700 900123"),
        ("about", "marketing"),
    ];
    let done = form(&shop, &fields).send().await.is(201);
    let filed = the_one(&shop).await;
    assert!(done.text.contains(filed["reference"].as_str().expect("a reference")), "{}", done.text);
    assert_eq!((&filed["text"], &filed["phone"]), (&json!(words), &json!(drama(123))));
    assert_eq!((&filed["status"], &filed["overdue"]), (&json!("acknowledged"), &json!(false)));
    assert_eq!(filed["received_at"], filed["acknowledged_at"]);
    // The same form once more is the same complaint.
    let _ = form(&shop, &fields).send().await.is(201);

    let progress = json!({"progress": "We have asked."});
    let noted = notes(&shop, &shop.test_key, &filed["id"], &progress);
    assert_eq!(noted.await.is(200).body["status"], "in_progress");
    let outcome = json!({"outcome": "The number is off the list."});
    let closed = notes(&shop, &shop.test_key, &filed["id"], &outcome).await.is(200);
    assert_eq!(closed.body["notes"][1]["text"], outcome["outcome"]);
    notes(&shop, &shop.test_key, &filed["id"], &outcome).await.refused(409, "conflict");
    assert_eq!(shop.reads("/complaints").await.is(200).data().len(), 1);
}

#[tokio::test]
async fn a_complaint_is_seen_by_its_own_store_and_mode_alone() {
    let (shop, other) = (Shop::fresh().await, Shop::fresh().await);
    let body = json!({"contact": "box 7", "text": "Texts go on."});
    let told = post(&path(&shop)).json(&body).send().await.is(201);
    assert!(told.text_at("/id").starts_with("cmp_"), "{}", told.text);
    let live = eventually("the complaint in live mode", 10, || async {
        let found = get("/complaints").key(&shop.live_key).send().await.is(200);
        found.data().first().cloned()
    });
    let id = live.await["id"].clone();
    let note = json!({"progress": "x"});
    for stranger in [&shop.test_key, &other.live_key] {
        assert!(get("/complaints").key(stranger).send().await.is(200).data().is_empty());
        notes(&shop, stranger, &id, &note).await.refused(404, "not_found");
    }
    get("/complaints").send().await.refused(401, "unauthenticated");
    get("/complaints").key(&shop.publishable_key).send().await.refused(403, "forbidden");
    let nobody = get("/complaints/sto_00000000000000000000000001").send().await.is(404);
    assert!(nobody.text.contains("<h1>"), "{}", nobody.text);
}

#[tokio::test]
async fn five_an_hour_are_taken_from_one_address() {
    let shop = Shop::fresh().await;
    for number in 0..5 {
        let text = format!("no. {number}");
        let body = json!({"contact": "box 7", "text": text, "phone": drama(1)});
        let _ = post(&path(&shop)).json(&body).send().await.is(201);
    }
    let body = json!({"contact": "box 7", "text": "one more", "phone": drama(1)});
    let refused = post(&path(&shop)).json(&body).send().await;
    refused.refused(429, "rate_limited");
    assert_eq!(refused.body["limit"], "complaints_per_hour");
    let page = form(&shop, &[("contact", "box 7"), ("text", "and more"), ("phone", "07700900001")]);
    let page = page.send().await.is(429);
    assert!(page.text.contains("<h1>") && page.header("retry-after").is_some(), "{}", page.text);
    let large = form(&shop, &[("contact", "box 7"), ("text", &"x".repeat(60_000))]);
    large.send().await.refused(413, "malformed_json");
}

#[tokio::test]
async fn what_was_complained_of_is_sealed() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let (name, contact, words) = (unique(), unique(), unique());
    let phone = drama(777);
    let body = json!({"name": name, "contact": contact, "text": words, "phone": phone});
    let _ = post(&path(&shop)).json(&body).send().await.is(201);
    let id = the_one(&shop).await["id"].clone();
    let note = unique();
    let _ = notes(&shop, &shop.test_key, &id, &json!({"progress": note})).await.is(200);
    let needles: Vec<_> =
        [("name", &name), ("contact", &contact), ("text", &words), ("note", &note)]
            .map(|(what, value)| Needle::new(what, value))
            .into_iter()
            .chain(Needle::phone(&phone))
            .collect();
    let items: Vec<_> = emulator::items().await.iter().map(spoken).collect();
    let own: Vec<_> = items.into_iter().filter(|item| item.contains(&shop.id)).collect();
    assert!(own.iter().any(|item| item.contains("#CMP#")), "the complaint is there");
    none_of(&needles, "a table", &own);
    none_of(&needles[..4], "a log", &emulator::logged_since(since).await);
}
