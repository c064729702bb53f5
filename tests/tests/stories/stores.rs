//! Stores and their settings.

use doorstep_tests::{Shop, drama, eventually, get, patch, post, shop::operator, unique};
use serde_json::json;

#[tokio::test]
async fn a_store_is_made_read_and_listed() {
    let body = json!({"name": "Tea Room", "domain": "tea.example", "origins": ["https://tea.example"],
        "locale": "en-GB", "country": "GB", "allowed_countries": ["GB"]});
    let made = post("/stores").key(operator()).json(&body).send().await.is(201);
    assert!(made.text_at("/id").starts_with("sto_"));
    for member in ["name", "domain", "origins", "locale", "country", "allowed_countries"] {
        assert_eq!(made.body[member], body[member], "{member}");
    }
    let read =
        get(&format!("/stores/{}", made.text_at("/id"))).key(operator()).send().await.is(200);
    assert_eq!(read.body, made.body);
}

#[tokio::test]
async fn a_store_says_what_live_mode_still_needs() {
    let body = json!({"name": "Tea Room"});
    let made = post("/stores").key(operator()).json(&body).send().await.is(201);
    assert_eq!(
        (&made.body["live_ready"], &made.body["missing"]),
        (&json!(false), &json!(["domain"]))
    );

    let shop = Shop::fresh().await;
    let ready = shop.reads(&format!("/stores/{}", shop.id)).await.is(200);
    assert_eq!((&ready.body["live_ready"], &ready.body["missing"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn a_store_that_is_not_ready_says_so() {
    let body = json!({"name": "Tea Room"});
    let made = post("/stores").key(operator()).json(&body).send().await.is(201);
    let wish = json!({"kind": "secret", "role": "owner", "mode": "live"});
    let key = doorstep_tests::shop::new_key(made.text_at("/id"), &wish).await;
    let call = post("/signups").key(&key).json(&json!({"phone": doorstep_tests::mobile()}));
    call.header("Idempotency-Key", &unique()).send().await.refused(409, "store_not_ready");
}

#[tokio::test]
async fn a_store_is_opened_once_per_idempotency_key() {
    let (key, body) = (unique(), json!({"name": "Tea Room", "domain": "tea.example"}));
    let open =
        |body| post("/stores").key(operator()).json(&body).header("Idempotency-Key", &key).send();
    let wrong = open(json!({"name": 7})).await;
    wrong.refused(400, "invalid_member");
    let first = open(body.clone()).await.is(201);
    let again = open(body).await.is(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    open(json!({"name": "Other"})).await.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn the_operator_names_a_store_by_a_header() {
    let shop = Shop::fresh().await;
    let keys = get("/api-keys").key(operator()).header("Doorstep-Store", &shop.id).send().await;
    let keys = keys.is(200);
    assert!(keys.data().len() >= 3, "{}", keys.text);
    assert!(keys.data().iter().all(|key| key["store_id"] == shop.id), "{}", keys.text);
    let wish = json!({"name": "by header", "kind": "secret", "role": "storefront", "mode": "test"});
    let call = post("/api-keys").key(operator()).header("Doorstep-Store", &shop.id).json(&wish);
    assert_eq!(call.send().await.is(201).body["store_id"], shop.id);
}

#[tokio::test]
async fn settings_are_strict() {
    let shop = Shop::fresh().await;
    let path = format!("/stores/{}", shop.id);
    let change = |body| shop.asks(patch(&path)).json(&body).send();
    let unknown = change(json!({"colour": "red"})).await;
    unknown.refused(400, "unknown_member");
    unknown.points_at("/colour");
    for (body, pointer) in [
        (json!({"origins": ["shop.example"]}), "/origins"),
        (json!({"origins": ["https://shop.example/path"]}), "/origins"),
        (json!({"domain": "https://shop.example"}), "/domain"),
        (json!({"country": "Britain"}), "/country"),
        (json!({"allowed_countries": ["GB", "xx1"]}), "/allowed_countries"),
        (json!({"privacy_url": "http://shop.example"}), "/privacy_url"),
        (json!({"name": ""}), "/name"),
        (json!({"name": 7}), "/name"),
    ] {
        let answer = change(body).await;
        answer.refused(400, "invalid_member");
        answer.points_at(pointer);
    }
    let same = shop.reads(&path).await.is(200);
    assert_eq!(same.body["name"], "Corner Shop");
}

#[tokio::test]
async fn a_name_that_costs_a_second_segment_is_refused() {
    let shop = Shop::fresh().await;
    let path = format!("/stores/{}", shop.id);
    for name in ["n".repeat(128), "Siop Tŷ".to_owned()] {
        let answer = shop.asks(patch(&path)).json(&json!({"name": name})).send().await;
        assert!([400, 422].contains(&answer.status), "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_new_domain_is_in_texts_within_ten_seconds() {
    let shop = Shop::fresh().await;
    let (id, _) = shop.signs_up_and_reads(&drama(1)).await;
    assert!(shop.text(&id).await.contains(&format!("@{} #", shop.domain)));
    let domain = format!("new.{}", shop.domain);
    let path = format!("/stores/{}", shop.id);
    let changed = shop.asks(patch(&path)).json(&json!({"domain": domain})).send().await.is(200);
    assert_eq!(changed.body["domain"], domain);
    assert_eq!(changed.body["name"], "Corner Shop", "what is left out stays");
    eventually("the new domain", 12, || async {
        let id = shop.signs_up(&drama(2)).await;
        shop.text(&id).await.contains(&format!("@{domain} #")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn null_goes_back_to_the_default() {
    let shop = Shop::fresh().await;
    let path = format!("/stores/{}", shop.id);
    let change = |body| shop.asks(patch(&path)).json(&body).send();
    let help = json!("https://shop.example/help");
    let set = change(json!({"help_url": help})).await.is(200);
    assert_eq!(set.body["help_url"], help);
    let unset = change(json!({"help_url": null})).await.is(200);
    assert!(unset.body["help_url"].is_null(), "{}", unset.text);
}

#[tokio::test]
async fn defaults_are_the_operators() {
    let shop = Shop::fresh().await;
    let _ = get("/defaults").key(operator()).send().await.is(200);
    let change = shop.asks(patch("/defaults")).json(&json!({"locale": "cy-GB"})).send().await;
    change.refused(403, "forbidden");
    let unknown = patch("/defaults").key(operator()).json(&json!({"x": 1})).send().await;
    unknown.refused(400, "unknown_member");
}

#[tokio::test]
async fn a_store_is_made_once_per_idempotency_key() {
    let (key, body) = (unique(), json!({"name": "Once", "domain": "once.example"}));
    let make =
        |body| post("/stores").key(operator()).header("Idempotency-Key", &key).json(body).send();
    let first = make(&body).await.is(201);
    let again = make(&body).await.is(201);
    assert_eq!(again.body["id"], first.body["id"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let other = make(&json!({"name": "Twice", "domain": "once.example"})).await;
    other.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn an_unknown_store_is_not_found() {
    let path = "/stores/sto_01JZZZZZZZZZZZZZZZZZZZZZZZ";
    get(path).key(operator()).send().await.refused(404, "not_found");
    patch(path).key(operator()).json(&json!({"name": "x"})).send().await.refused(404, "not_found");
    let wish = json!({"name": "n", "kind": "secret", "role": "owner", "mode": "test",
        "store_id": "sto_01JZZZZZZZZZZZZZZZZZZZZZZZ"});
    let answer = post("/api-keys").key(operator()).json(&wish).send().await;
    assert!([400, 404].contains(&answer.status), "{}", answer.text);
}
