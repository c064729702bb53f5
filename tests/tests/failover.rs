//! When the first carrier fails, in each way in which carriers fail, every text arrives by the
//! second one, with the same code, soon.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]
#![expect(clippy::disallowed_methods, reason = "a measurement has a clock and an environment")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::{
    collections::BTreeMap,
    env,
    time::{Duration, Instant},
};

use doorstep_tests::{
    Shop, eventually, get, post, put,
    shop::{code_in, mobile},
    stand_in::{StandIn, TWILIO, VONAGE, turn},
    unique,
    waiting::now,
};
use futures::future::join_all;
use serde_json::{Value, json};

/// How soon a text must be with a carrier that delivers it.
const SOON: Duration = Duration::from_secs(10);
/// Sign-ups a second.
const PACE: u32 = 10;

/// Sign-ups for each way of failing; `FAILOVER_SIGNUPS` asks for more.
fn count() -> usize {
    env::var("FAILOVER_SIGNUPS").ok().and_then(|n| n.parse().ok()).unwrap_or(34)
}

/// A sign-up that was answered with 202.
struct SignedUp {
    phone: String,
    id: String,
    at: Instant,
}

async fn live_shop(first: StandIn, second: StandIn) -> Shop {
    let shop = Shop::of_silent_shoppers().await;
    let until = now() + jiff::SignedDuration::from_hours(1);
    let body = json!({
        "country": "GB", "carriers": [first.name(), second.name()], "until": until.to_string(),
    });
    let _ = put("/routes").key(&shop.live_key).json(&body).send().await.is(200);
    shop
}

/// Signs so many shoppers up, at the pace.
async fn crowd(shop: &Shop, count: usize) -> Vec<SignedUp> {
    let began = Instant::now();
    let shoppers = (0..count).map(|n| async move {
        let turn = Duration::from_secs(1) * u32::try_from(n).unwrap() / PACE;
        tokio::time::sleep_until((began + turn).into()).await;
        let phone = mobile();
        let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
        let answer = call.header("Idempotency-Key", &unique()).send().await.is(202);
        SignedUp { phone, id: answer.text_at("/id").to_owned(), at: Instant::now() }
    });
    join_all(shoppers).await
}

/// Waits until each of them has a text at a carrier that delivers; tells how long each took.
async fn arrive(crowd: &[SignedUp], by: &[StandIn]) -> Vec<Duration> {
    let mut took: BTreeMap<&str, Duration> = BTreeMap::new();
    let end = Instant::now() + SOON + Duration::from_secs(5);
    while took.len() < crowd.len() && Instant::now() < end {
        let all: Vec<Value> = join_all(by.iter().map(|carrier| carrier.received())).await.concat();
        let with: Vec<&str> = all.iter().filter_map(|text| text["to"].as_str()).collect();
        for shopper in crowd {
            let digits = shopper.phone.trim_start_matches('+');
            if with.iter().any(|to| to.ends_with(digits)) {
                took.entry(&shopper.phone).or_insert_with(|| shopper.at.elapsed());
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    took.into_values().collect()
}

/// Every text that any carrier got for a number has one and the same code.
async fn one_code_each(crowd: &[SignedUp]) {
    let all = [TWILIO.received().await, VONAGE.received().await].concat();
    for shopper in crowd {
        let digits = shopper.phone.trim_start_matches('+');
        let own = all.iter().filter(|text| text["to"].as_str().unwrap().ends_with(digits));
        let mut codes: Vec<String> =
            own.map(|text| code_in(text["text"].as_str().unwrap())).collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "{} got two codes", shopper.id);
    }
}

async fn dead(first: StandIn, second: StandIn, order: Value) {
    for carrier in [first, second] {
        carrier.resets().await;
    }
    let shop = live_shop(first, second).await;
    first.plays(&order).await;
    let crowd = crowd(&shop, count()).await;
    let took = arrive(&crowd, &[second]).await;
    one_code_each(&crowd).await;
    first.resets().await;
    let slowest = took.iter().max().copied().unwrap_or_default();
    println!(
        "{} {order}: {} of {} by {}, slowest {slowest:.1?}",
        first.name(),
        took.len(),
        crowd.len(),
        second.name()
    );
    assert_eq!(took.len(), crowd.len(), "{order}: not all arrived");
    assert!(slowest <= SOON, "{order}: {slowest:?}");
}

#[tokio::test]
async fn every_text_arrives_although_the_first_carrier_is_dead() {
    let _turn = turn().await;
    for mode in ["refuse", "500", "429", "drop", "hang", "silent"] {
        dead(TWILIO, VONAGE, json!({"mode": mode})).await;
    }
    dead(VONAGE, TWILIO, json!({"mode": "error", "code": "5"})).await;
}

#[tokio::test]
async fn blocks_and_opt_outs_are_never_taken_to_another_carrier() {
    let _turn = turn().await;
    for (order, class) in [
        (json!({"mode": "error", "code": "21610"}), "opted_out"),
        (json!({"mode": "error", "code": "21408"}), "policy"),
        (json!({"mode": "error", "code": "30450"}), "policy"),
        (json!({"mode": "error", "code": "21211"}), "bad_number"),
    ] {
        let shop = live_shop(TWILIO, VONAGE).await;
        TWILIO.plays(&order).await;
        let crowd = crowd(&shop, 1).await;
        let path = format!("/delivery-status?signup_id={}", crowd[0].id);
        let told = eventually("a refusal", 20, || async {
            let answer = get(&path).key(&shop.live_key).send().await.is(200);
            (answer.body["history"].as_array()?.last()?["class"] == class).then_some(answer)
        });
        let told = told.await;
        assert!(["failed", "undelivered"].contains(&told.text_at("/status")), "{}", told.text);
        TWILIO.resets().await;
        tokio::time::sleep(Duration::from_secs(8)).await;
        let asked = VONAGE.received_for(&crowd[0].phone).await;
        assert!(asked.is_empty(), "{order} was taken to another carrier");
    }
}
