//! The pumping attack over HTTP: six hundred sign-ups of an attacker among honest shoppers, on the
//! deployed stack. The whole of it, ten thousand among a month of shoppers, is `make attack`.

use std::collections::BTreeMap;

use doorstep_domain::{guard::solve, money::Money, phone::Region, price::estimate};
use doorstep_tests::{Answer, Shop, emulator, eventually, get, post, unique, waiting::serial};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

const RAID: u32 = 600;
const SHOPPERS: u32 = 60;
/// Ranges in which the attacker has numbers.
const RANGES: u32 = 60;

fn body(phone: &str, ip: &str) -> Value {
    json!({"phone": phone, "context": {"ip": ip}})
}

async fn signs_up(shop: &Shop, body: &Value) -> Answer {
    let call = post("/signups").key(&shop.live_key).json(body);
    call.header("Idempotency-Key", &unique()).send().await
}

/// As a storefront does it: a challenge is solved, unseen, and what was busy is asked again. Tells
/// why the shopper was not served, if so.
async fn shopper(shop: &Shop, n: u32, salt: u64) -> Option<String> {
    let phone = format!("+4472{:08}", (salt + u64::from(n) * 1_013_237) % 100_000_000);
    let mut body = body(&phone, &format!("198.51.100.{}", n % 250));
    let mut answer = signs_up(shop, &body).await;
    for _ in 0..4 {
        match answer.body["code"].as_str() {
            Some("challenge_required") => {
                body["challenge_token"] = json!(solve(answer.text_at("/challenge/challenge")));
            }
            Some("busy") => doorstep_tests::waiting::seconds(1).await,
            _ => break,
        }
        answer = signs_up(shop, &body).await;
    }
    if answer.status != 202 {
        return Some(answer.text);
    }
    if !n.is_multiple_of(4) {
        let sent = || async { emulator::sms_to(&phone).await.pop() };
        let text = eventually("a text", 60, sent).await;
        let code = doorstep_tests::shop::code_in(&text);
        let path = format!("/signups/{}/verify", answer.text_at("/id"));
        let _ = post(&path).key(&shop.live_key).json(&json!({"code": code})).send().await.is(200);
    }
    None
}

/// The attacker's `n`th number: most in Britain, some where the store sends nothing.
fn earning(n: u32, salt: u64) -> String {
    match n % 10 {
        0 => format!("+44779712{n:04}"),
        1 => format!("+336123{n:05}"),
        _ => format!("+4471{:04}{:04}", (salt + u64::from(n % RANGES)) % 10_000, n),
    }
}

fn address(n: u32) -> String {
    let (high, low) = (n / 250, n % 250 + 1);
    if n.is_multiple_of(2) { format!("203.0.{high}.{low}") } else { format!("2001:db8:{n:x}::1") }
}

#[tokio::test]
async fn six_hundred_sign_ups_that_nobody_means_cost_less_than_two_pounds() {
    let shop = Shop::fresh().await;
    let salt = serial() >> 20;
    let raid = stream::iter(0..RAID)
        .map(|n| {
            let body = body(&earning(n, salt), &address(n));
            let shop = &shop;
            async move { signs_up(shop, &body).await }
        })
        .buffer_unordered(8)
        .collect::<Vec<_>>();
    let honest = stream::iter(0..SHOPPERS).map(|n| shopper(&shop, n, salt)).buffer_unordered(4);
    let (raid, honest) = tokio::join!(raid, honest.collect::<Vec<_>>());

    let unserved: Vec<_> = honest.into_iter().flatten().collect();
    let mut by = BTreeMap::<&str, u32>::new();
    for answer in &raid {
        *by.entry(answer.body["code"].as_str().unwrap_or("sent")).or_default() += 1;
    }
    let sent = i64::from(by.get("sent").copied().unwrap_or_default());
    let cost = estimate(Region::GB, 1).times(sent);
    let log = get("/decisions?limit=100").key(&shop.live_key).send().await.is(200);
    let mut rules = BTreeMap::<&str, u32>::new();
    for line in log.data().iter().filter(|line| line["kind"] == "risk") {
        *rules.entry(line["reason"].as_str().unwrap_or_default()).or_default() += 1;
    }
    println!(
        "{RAID} sign-ups of an attacker: {by:?}, cost {cost}; {} of {SHOPPERS} shoppers not \
         served; rules of the last decisions: {rules:?}",
        unserved.len()
    );
    assert!(sent > 0, "nothing is known of the first ones");
    assert!(cost.nanos() <= Money::pounds(2_000_000_000).nanos(), "{cost}");
    assert!(by["country_not_allowed"] >= RAID / 6, "{by:?}");
    assert!(unserved.is_empty(), "every shopper is served: {unserved:?}");
    assert!(!rules.is_empty(), "each decision can be read");
}
