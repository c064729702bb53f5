//! A shopper's own page, as programs meet it. `tests/browser` looks at it as people do.

use doorstep_tests::{
    Shop, drama, emulator, get,
    leaks::{Needle, none_of, spoken},
    post, unique,
    waiting::now_ms,
};
use serde_json::{Value, json};

/// A user who agreed to offers, and the path of their preferences.
async fn user(shop: &Shop) -> (String, String) {
    let offers = json!({"purpose": "offers", "channel": "sms", "granted": true,
                        "wording_version": "v1", "wording": "Text me offers."});
    let body = json!({"phone": drama(40), "consents": [offers]});
    let id = shop.starts(&body).await.is(202).text_at("/id").to_owned();
    let code = shop.code(&id).await;
    let user = shop.types(&id, &code).await.is(200).text_at("/user/id").to_owned();
    let made = shop.asks(post(&format!("/users/{user}/preference-link"))).send().await.is(201);
    let path = made.text_at("/url").strip_prefix(&format!("https://{}", shop.domain));
    (user, path.expect("a link on the shop's host").to_owned())
}

async fn posts(path: &str, body: &Value) -> doorstep_tests::Answer {
    post(path).json(body).send().await
}

#[tokio::test]
async fn a_link_is_made_for_the_shops_own_users_alone() {
    let (shop, other) = (Shop::fresh().await, Shop::fresh().await);
    let (user, path) = user(&shop).await;
    for user in [user.as_str(), "usr_00000000000000000000000007", "x"] {
        let asked = other.asks(post(&format!("/users/{user}/preference-link")));
        asked.send().await.refused(404, "not_found");
    }
    let again = shop.asks(post(&format!("/users/{user}/preference-link"))).send().await.is(201);
    assert!(again.text_at("/url").ends_with(&path), "a day has one link");
}

#[tokio::test]
async fn one_post_by_the_short_link_stops_everything_at_once() {
    let shop = Shop::fresh().await;
    let (_, path) = user(&shop).await;
    let short = path.replace("/preferences/", "/p/");
    let read = get(&short).header("Accept", "application/json").send().await.is(200);
    assert_eq!(read.body["purposes"][0]["on"], true);
    assert_eq!(read.body["history"][0]["wording"], "Text me offers.");
    let told = posts(&short, &json!({"stop_all": true, "reason": "Too many"})).await.is(200);
    assert_eq!(told.body["changed"]["withdrawn"], json!([{"purpose": "offers", "channel": "sms"}]));
    assert_eq!(told.body["purposes"][0]["state"], "withdrawn");
    let read = get(&path).header("Accept", "application/json").send().await.is(200);
    assert_eq!(read.body["history"][1]["door"], "preference_page");
}

#[tokio::test]
async fn another_token_opens_nothing_and_changes_nothing() {
    let shop = Shop::fresh().await;
    let (_, path) = user(&shop).await;
    let first = path.rfind('/').expect("a path") + 1;
    let mut unknown = path.clone();
    let other = if path[first..].starts_with('A') { "B" } else { "A" };
    unknown.replace_range(first..=first, other);
    posts(&unknown, &json!({"stop_all": true})).await.refused(410, "link_gone");
    let gone = get(&unknown).send().await.is(410);
    assert_eq!(gone.text, get("/p/x").send().await.is(410).text);
    let read = get(&path).header("Accept", "application/json").send().await.is(200);
    assert_eq!(read.body["purposes"][0]["on"], true);
}

#[tokio::test]
async fn token_and_reason_are_in_clear_nowhere() {
    let since = now_ms();
    let shop = Shop::fresh().await;
    let (_, path) = user(&shop).await;
    let reason = unique();
    let _ = get(&path).send().await.is(200);
    let _ = posts(&path, &json!({"stop_all": true, "reason": reason})).await.is(200);
    let token = path.rsplit_once('/').expect("a path").1;
    let needles = [Needle::new("a token", token), Needle::new("a reason", &reason)];
    let items: Vec<_> = emulator::items().await.iter().map(spoken).collect();
    assert!(items.iter().any(|item| item.contains("#PRF#")), "the pointer is there");
    none_of(&needles, "a table", &items);
    let queued = emulator::queued().await;
    let queued: Vec<_> = queued.iter().map(|(_, message)| spoken(message)).collect();
    none_of(&needles, "a queue", &queued);
    none_of(&needles, "a log", &emulator::logged_since(since).await);
}
