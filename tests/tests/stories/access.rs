//! Who may do what.

use doorstep_tests::{
    Shop, delete, drama, get, mobile, post,
    shop::{new_key, nonce, operator},
    unique,
};
use serde_json::json;

#[tokio::test]
async fn without_a_good_key_nothing_opens() {
    let shop = Shop::fresh().await;
    let key = &shop.test_key;
    let (last, body) = (key.chars().last().unwrap_or('0'), &key[..key.len() - 1]);
    let broken = format!("{body}{}", if last == '0' { '1' } else { '0' });
    let publishable_as_secret = shop.publishable_key.replace("dstpk_", "dst_");
    let other_mode = key.replace("_test_", "_live_");
    get("/signups").send().await.refused(401, "unauthenticated");
    for wrong in [
        &broken,
        &publishable_as_secret,
        &other_mode,
        "",
        "x",
        &key[4..],
        &format!("{key}0"),
        &key.to_lowercase(),
    ] {
        get("/signups").key(wrong).send().await.refused(401, "unauthenticated");
    }
    for header in [format!("Basic {key}"), key.clone(), format!("Bearer{key}")] {
        get("/signups")
            .header("Authorization", &header)
            .send()
            .await
            .refused(401, "unauthenticated");
    }
    let in_the_path = get(&format!("/signups?key={key}")).send().await;
    in_the_path.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_revoked_key_is_refused_within_a_minute() {
    let shop = Shop::fresh().await;
    let answer = post("/api-keys")
        .key(operator())
        .json(&json!({"name": "short", "role": "owner",
        "kind": "secret", "mode": "test", "store_id": shop.id}))
        .send()
        .await
        .is(201);
    let (id, key) = (answer.text_at("/id"), answer.text_at("/key"));
    let _ = get("/signups").key(key).send().await.is(200);
    let leave = nonce(&shop.test_key, "api_key.delete").await;
    let delete = delete(&format!("/api-keys/{id}")).key(&shop.test_key);
    let _ = delete.header("Audit-Nonce", &leave).send().await.is(204);
    let gone = || async {
        let answer = get("/signups").key(key).send().await;
        (answer.status == 401).then_some(answer)
    };
    doorstep_tests::eventually("a revoked key is refused", 60, gone)
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn another_stores_things_are_not_found() {
    let (mine, other) = (Shop::fresh().await, Shop::fresh().await);
    let (id, code) = other.signs_up_and_reads(&drama(10)).await;
    let message = other.delivery(&id).await.text_at("/message_id").to_owned();
    for path in [
        format!("/signups/{id}"),
        format!("/signups/{id}/timeline"),
        format!("/delivery-status?signup_id={id}"),
        format!("/delivery-status?message_id={message}"),
        format!("/messages/{message}"),
        format!("/stores/{}", other.id),
    ] {
        mine.reads(&path).await.refused(404, "not_found");
    }
    mine.types(&id, &code).await.refused(404, "not_found");
    mine.resends(&id, &unique()).await.refused(404, "not_found");
    for query in ["to=%2B447700900010".to_owned(), format!("signup_id={id}")] {
        let inbox = mine.reads(&format!("/sandbox/messages?{query}")).await;
        assert!(inbox.status == 404 || inbox.data().is_empty(), "{}", inbox.text);
    }
    assert_eq!(mine.reads("/signups").await.is(200).data().len(), 0);
    let _ = other.types(&id, &code).await.is(200);
}

#[tokio::test]
async fn test_and_live_do_not_see_each_other() {
    let shop = Shop::fresh().await;
    let test = shop.signs_up(&drama(11)).await;
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": mobile()}));
    let started = call.header("Idempotency-Key", &unique()).send().await.is(202);
    let live = started.text_at("/id");
    shop.reads(&format!("/signups/{live}")).await.refused(404, "not_found");
    let path = format!("/signups/{test}");
    get(&path).key(&shop.live_key).send().await.refused(404, "not_found");
    let sandbox =
        get(&format!("/sandbox/messages?signup_id={live}")).key(&shop.live_key).send().await;
    sandbox.refused(403, "forbidden");
    post("/sandbox/reset").key(&shop.live_key).send().await.refused(403, "forbidden");
    let listed = get("/signups").key(&shop.live_key).send().await.is(200);
    assert_eq!(listed.data().len(), 1);
    assert_eq!(listed.data()[0]["id"], live);
}

#[tokio::test]
async fn a_role_opens_what_it_says() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(12)).await;
    let key = async |role| {
        new_key(&shop.id, &json!({"kind": "secret", "role": role, "mode": "test"})).await
    };
    let (storefront, finance, auditor) =
        (key("storefront").await, key("finance").await, key("auditor").await);
    let store = json!({"name": "Mine", "domain": "mine.example"});
    for key in [&storefront, &finance, &auditor, &shop.test_key] {
        let answer = post("/stores").key(key).json(&store).send().await;
        answer.refused(403, "forbidden");
    }
    let read = |key: &str| get(&format!("/signups/{id}")).key(key).send();
    let _ = read(&storefront).await.is(200);
    let _ = read(&auditor).await.is(200);
    read(&finance).await.refused(403, "forbidden");
    get("/api-keys").key(&storefront).send().await.refused(403, "forbidden");
    let call = post("/signups").key(&auditor).json(&json!({"phone": drama(12)}));
    call.header("Idempotency-Key", "a").send().await.refused(403, "forbidden");
}

#[tokio::test]
async fn the_operator_sees_no_shopper() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(13)).await;
    for path in [
        format!("/signups/{id}"),
        "/signups".to_owned(),
        format!("/signups/{id}/timeline"),
        format!("/sandbox/messages?signup_id={id}"),
        format!("/delivery-status?signup_id={id}"),
    ] {
        let call = get(&path).key(operator()).header("Doorstep-Store", &shop.id);
        call.send().await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn no_key_makes_a_stronger_one() {
    let (shop, other) = (Shop::fresh().await, Shop::fresh().await);
    let make = |body| post("/api-keys").key(&shop.test_key).json(&body).send();
    let wish = |role: &str, mode: &str, store: &str| json!({"name": "n", "kind": "secret", "role": role, "mode": mode, "store_id": store});
    make(wish("owner", "live", &shop.id)).await.refused(403, "forbidden");
    make(wish("operator", "test", &shop.id)).await.refused(403, "forbidden");
    let strangers = make(wish("owner", "test", &other.id)).await;
    assert!([403, 404].contains(&strangers.status), "{}", strangers.text);
    let _ = make(wish("storefront", "test", &shop.id)).await.is(201);
}

#[tokio::test]
async fn keys_are_listed_without_their_secrets() {
    let shop = Shop::fresh().await;
    let list = shop.reads("/api-keys").await.is(200);
    assert!(list.data().len() >= 2, "{}", list.text);
    for key in [&shop.test_key, &shop.publishable_key] {
        assert!(!list.text.contains(&key[21..]), "a secret is listed");
    }
    assert!(list.data().iter().all(|key| key.get("key").is_none()), "{}", list.text);
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let mut names = Vec::new();
    for path in ["/health", "/signups", "/stores"] {
        let answer = get(path).send().await;
        names.push(answer.header("request-id").expect("a Request-Id").to_owned());
    }
    names.dedup();
    assert_eq!(names.len(), 3);
}
