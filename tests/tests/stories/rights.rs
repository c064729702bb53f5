//! A shopper asks what is held on them, and is forgotten.

use std::collections::BTreeSet;

use doorstep_tests::{
    Shop, bucket, delete, drama, emulator, eventually, get,
    leaks::{Needle, none_of, spoken},
    post,
    rights::{Shopper, brings, erases, exports, registers, stopped, texts, undecided},
    shop::nonce,
    waiting::now_ms,
    wrong,
};
use serde_json::{Value, json};

fn text(item: &Value, name: &str) -> String {
    item[name]["S"].as_str().unwrap_or_default().to_owned()
}

/// Every item of both tables that names one of these, but for what only leads to one of them.
async fn items_naming(shop: &Shop, ids: &[String]) -> Vec<Value> {
    let names = |item: &Value| {
        let all = spoken(item);
        all.contains(&shop.id) && ids.iter().any(|id| all.contains(id.as_str()))
    };
    emulator::items().await.into_iter().filter(names).collect()
}

/// How an export names an item.
fn record(item: &Value) -> Option<String> {
    let (pk, sk) = (text(item, "pk"), text(item, "sk"));
    let (kind, id) = pk.splitn(3, '#').nth(2)?.split_once('#')?;
    match kind {
        // A carrier's id leads to a message that is in the export; it holds nothing else.
        "CID" => None,
        "AUD" => Some(format!("AUD#{}", sk.rsplit('#').next()?)),
        "USR" if sk != "-" => Some(format!("USR#{id} {}", sk.parse::<u32>().ok()?)),
        _ => Some(format!("{kind}#{id}")),
    }
}

/// The keyed index of a sign-up's number.
async fn index(shop: &Shop, signup: &str) -> String {
    let items = emulator::items_of(&shop.id).await;
    let found = items.iter().find(|item| text(item, "pk").ends_with(&format!("#SGN#{signup}")));
    text(found.expect("the sign-up's item"), "phone")
}

/// By what items name a shopper: under their store's keys, as at rest nothing is in clear.
fn ids_of(shopper: &Shopper, [phone, letter]: [String; 2]) -> Vec<String> {
    let mut ids = vec![shopper.user.clone(), phone, letter];
    // Messages of a sign-up have its id, but for the last letter.
    ids.extend(shopper.signups.iter().map(|id| id["sgn_".len()..id.len() - 1].to_owned()));
    ids
}

#[tokio::test]
async fn an_export_has_every_item_of_the_shopper_and_no_other() {
    let shop = Shop::fresh().await;
    let (ada, bob) = (registers(&shop, &drama(31)).await, registers(&shop, &drama(32)).await);
    let sent = texts(&shop, &json!({"user_id": ada.user})).await.is(202);
    let letter = sent.text_at("/id").to_owned();
    eventually("the letter", 20, || async {
        let read = shop.reads(&format!("/messages/{letter}")).await.is(200);
        (read.body["status"] == "delivered").then_some(())
    })
    .await;
    let phone = index(&shop, &ada.signups[0]).await;
    let ready = exports(&shop, &ada.user).await;
    assert_eq!(ready["status"], "ready", "{ready}");
    let file = get(ready["url"].as_str().expect("a link")).send().await.is(200);
    assert!(file.header("content-disposition").is_some_and(|it| it.starts_with("attachment")));
    let items = items_naming(&shop, &ids_of(&ada, [phone, letter])).await;
    let mut kinds = BTreeSet::new();
    for item in &items {
        let Some(record) = record(item) else { continue };
        let quoted = format!("\"{record}\"");
        assert!(file.text.contains(&quoted), "{record} is not in the export: {}", file.text);
        assert_eq!(undecided(item), [""; 0], "told or not? {item}");
        kinds.insert(record.split('#').next().unwrap_or_default().to_owned());
    }
    let all = ["AUD", "EXP", "MSG", "PH", "SGN", "USR"].map(str::to_owned);
    assert_eq!(kinds, BTreeSet::from(all), "the scan found too little");
    for told in ada.told.iter().chain([&ada.phone]) {
        assert!(file.text.contains(told.as_str()), "{told}");
    }
    for words in ["Text me offers.", "Your order is on its way.", "198.51.100.0/24", "b-7"] {
        assert!(file.text.contains(words), "{words}");
    }
    for told in bob.told.iter().chain([&bob.phone, &bob.user]) {
        assert!(!file.text.contains(told.as_str()), "{told} is another's");
    }
}

#[tokio::test]
async fn an_exports_link_needs_no_key_and_is_nowhere_at_rest() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let ada = registers(&shop, &drama(33)).await;
    let ready = exports(&shop, &ada.user).await;
    let (url, page) = (ready["url"].as_str().expect("a link"), &ready["page_url"]);
    let shown = get(page.as_str().expect("a link")).send().await.is(200);
    assert!(shown.text.contains("<h1>Your data</h1>") && shown.text.contains(&ada.phone));
    let (path, token) = url.split_once("?token=").expect("a token");
    let changed = format!("{path}?token=A{}", &token[1..]);
    for gone in [path.to_owned(), changed, format!("{path}?token=x")] {
        get(&gone).send().await.refused(410, "link_expired");
    }
    let other = Shop::fresh().await;
    let id = ready["id"].as_str().expect("an id");
    other.reads(&format!("/exports/{id}")).await.refused(404, "not_found");
    let needles = [Needle::new("link", token), Needle::plain("link's tag", &token[34..])];
    none_of(&needles, "a log", &emulator::logged_since(since).await);
    let items: Vec<_> = emulator::items_of(&shop.id).await.iter().map(spoken).collect();
    none_of(&needles, "a table", &items);
    let prefix = format!("exports/{}/test/{}/{id}", shop.id, ada.user);
    let sealed = bucket::object(&prefix).await.is(200);
    none_of(&ada.needles(), "the bucket", &[sealed.text]);
}

/// Finds what is left of somebody who was erased.
async fn is_nowhere(shop: &Shop, shopper: &Shopper, since: u64) {
    let needles = shopper.needles();
    let items: Vec<_> = emulator::items().await.iter().map(spoken).collect();
    none_of(&needles, "a table", &items);
    let queued = emulator::queued().await;
    let queued: Vec<_> = queued.iter().map(|(_, message)| spoken(message)).collect();
    none_of(&needles, "a queue", &queued);
    none_of(&needles, "a log", &emulator::logged_since(since).await);
    let mut objects = Vec::new();
    for name in bucket::names("").await.iter().filter(|name| name.contains(&shop.id)) {
        objects.push(format!("{name}\n{}", bucket::object(name).await.is(200).text));
    }
    none_of(&needles, "the bucket", &objects);
    // Not even under their keys: what is left are the user's id in evidence, and the number's wish.
    let kinds: BTreeSet<_> = items_naming(shop, std::slice::from_ref(&shopper.user))
        .await
        .iter()
        .map(|item| {
            (
                text(item, "pk").split('#').nth(2).unwrap_or_default().to_owned(),
                text(item, "sk") == "-",
            )
        })
        .collect();
    let left = [("AUD", false), ("ERS", true), ("USR", false)];
    assert_eq!(kinds, left.map(|(kind, alone)| (kind.to_owned(), alone)).into());
    for signup in &shopper.signups {
        let own = format!("#{signup}");
        let messages = &signup["sgn_".len()..signup.len() - 1];
        let left = emulator::items_of(&shop.id).await;
        let kept = left.iter().any(|item| {
            let pk = text(item, "pk");
            pk.ends_with(&own) || (pk.contains("#MSG#") && pk.contains(messages))
        });
        assert!(!kept, "something of {signup} is left");
    }
    assert_eq!(bucket::names(&format!("exports/{}/", shop.id)).await, [""; 0]);
    let journal = bucket::names(&format!("erasures/{}/", shop.id)).await;
    assert!(journal.iter().any(|name| name.contains(&shopper.user)), "{journal:?}");
}

/// What is kept of whoever was erased, as infra/runbooks/erasure.md says. A user's own item is gone,
/// their ledger is not.
fn is_kept(item: &Value) -> bool {
    match text(item, "pk").split('#').nth(2).unwrap_or_default() {
        "AUD" | "CMP" | "DEC" | "ERS" => true,
        "USR" => text(item, "sk") != "-",
        "PH" => ["user", "signups", "letters", "reply", "called_by", "marketing"]
            .iter()
            .all(|gone| item[gone].is_null()),
        _ => false,
    }
}

/// The kinds of these items; of users their own item and their entries apart.
fn kinds(items: &[Value]) -> BTreeSet<String> {
    let kind = |item: &Value| {
        let (pk, alone) = (text(item, "pk"), text(item, "sk") == "-");
        let kind = pk.split('#').nth(2).unwrap_or_default().to_owned();
        if kind == "USR" && !alone { "ledger".to_owned() } else { kind }
    };
    items.iter().map(kind).collect()
}

#[tokio::test]
async fn an_erased_shopper_is_nowhere() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let (ada, bob) = (registers(&shop, &drama(34)).await, registers(&shop, &drama(35)).await);
    let sent = texts(&shop, &json!({"user_id": ada.user})).await.is(202);
    let link = shop.asks(post(&format!("/users/{}/preference-link", ada.user))).send().await;
    let _ = link.is(201);
    let complaint = json!({"contact": "box 7", "text": "Texts go on.", "phone": ada.phone});
    let _ = post(&format!("/complaints/{}", shop.id)).json(&complaint).send().await.is(201);
    let ready = exports(&shop, &ada.user).await;
    let row = json!({"phone": ada.phone, "external_id": ada.told[2], "suppressed": true,
        "suppressed_at": "2025-12-01T10:00:00Z"});
    brings(&shop, &row).await;
    let phone = index(&shop, &ada.signups[0]).await;
    let ids = ids_of(&ada, [phone, sent.text_at("/id").to_owned()]);
    let before = kinds(&items_naming(&shop, &ids).await);
    for kind in ["AUD", "CMP", "EXP", "MSG", "PH", "PRF", "SGN", "USR", "ledger"] {
        assert!(before.contains(kind), "no {kind} to be erased: {before:?}");
    }
    let erased = erases(&shop, &ada.user).await;
    assert!(erased.text_at("/erased_at") >= erased.text_at("/requested_at"));
    emulator::quiet(&shop.id, 30).await;
    is_nowhere(&shop, &ada, since).await;
    let mut after = items_naming(&shop, &ids).await;
    assert!(kinds(&after).contains("ledger"), "the scan found too little");
    after.retain(|item| !is_kept(item));
    assert_eq!(after, [Value::Null; 0]);
    let evidence = shop.reads(&format!("/users/{}/consents", ada.user)).await.is(200);
    assert_eq!(evidence.text_at("/history/0/purpose"), "offers");
    assert!(evidence.body["history"][0]["who"]["phone"].is_null(), "{}", evidence.text);
    let id = ready["id"].as_str().expect("an id");
    shop.reads(&format!("/exports/{id}")).await.refused(404, "not_found");
    get(ready["url"].as_str().expect("a link")).send().await.refused(410, "link_expired");
    for gone in [format!("/users/{}", ada.user), format!("/signups/{}", ada.signups[1])] {
        shop.reads(&gone).await.refused(404, "not_found");
    }
    let _ = shop.reads(&format!("/users/{}", bob.user)).await.is(200);
    assert!(!emulator::dead_letters().await.iter().any(|(_, it)| spoken(it).contains(&shop.id)));
}

#[tokio::test]
async fn a_number_that_wants_no_texts_wants_none_when_its_owner_was_erased() {
    let (shop, phone) = (Shop::fresh().await, drama(387));
    let user = stopped(&shop, &phone).await;
    let row = json!({"phone": phone, "suppressed": true, "suppressed_at": "2025-12-01T10:00:00Z"});
    brings(&shop, &row).await;
    erases(&shop, &user).await;
    texts(&shop, &json!({"to": phone})).await.refused(403, "suppressed");
    let items = emulator::items_of(&shop.id).await;
    let number = items.iter().find(|item| text(item, "pk").contains("#PH#")).expect("the number");
    for kept in ["suppressed", "objected"] {
        assert!(number[kept]["N"].is_string(), "{kept}: {number}");
    }
    for gone in ["user", "signups", "letters", "marketing"] {
        assert!(number[gone].is_null(), "{gone}: {number}");
    }
}

#[tokio::test]
async fn who_comes_back_is_somebody_new() {
    let shop = Shop::fresh().await;
    let ada = registers(&shop, &drama(36)).await;
    erases(&shop, &ada.user).await;
    let again = registers(&shop, &drama(36)).await;
    assert_ne!(again.user, ada.user);
    let _ = shop.reads(&format!("/users/{}", again.user)).await.is(200);
}

#[tokio::test]
async fn erasure_gives_whoever_guesses_no_more_tries() {
    let shop = Shop::fresh().await;
    let ada = registers(&shop, &drama(37)).await;
    let mut tried = 1;
    while tried < 14 {
        let (id, code) = shop.signs_up_and_reads(&drama(37)).await;
        for n in 0..5.min(14 - tried) {
            let _ = shop.types(&id, &wrong(&code, n)).await;
            tried += 1;
        }
    }
    let (id, code) = shop.signs_up_and_reads(&drama(37)).await;
    shop.types(&id, &code).await.refused(429, "attempts_exhausted");
    erases(&shop, &ada.user).await;
    let (id, code) = shop.signs_up_and_reads(&drama(37)).await;
    shop.types(&id, &code).await.refused(429, "attempts_exhausted");
}

#[tokio::test]
async fn both_calls_need_their_nonce() {
    let shop = Shop::fresh().await;
    let ada = registers(&shop, &drama(38)).await;
    let export = || shop.asks(post("/exports")).json(&json!({"user_id": ada.user}));
    export().send().await.refused(403, "forbidden");
    let leave = nonce(&shop.test_key, "user.erase").await;
    export().header("Audit-Nonce", &leave).send().await.refused(403, "forbidden");
    let path = format!("/users/{}", ada.user);
    shop.asks(delete(&path)).send().await.refused(403, "forbidden");
    let _ = shop.reads(&path).await.is(200);
    let nobody = "/users/usr_00000000000000000000000001";
    shop.asks(delete(nobody)).send().await.refused(404, "not_found");
}
