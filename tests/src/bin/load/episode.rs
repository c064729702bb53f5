//! A carrier dies under load, and recovers.

use std::{collections::BTreeMap, env, time::Duration};

use doorstep_tests::{
    Shop, code_in, get, post,
    shop::operator,
    stand_in::{StandIn, TWILIO, VONAGE},
    waiting::{now, now_ms, seconds},
};
use futures::future::{join, join_all};
use serde_json::{Value, json};

use crate::{PACE, SignedUp, received_at, signs_up};

/// When the carrier dies, when it recovers, and when the episode ends, in seconds.
const DIES: u64 = 60;
const RECOVERS: u64 = 180;
const ENDS: u64 = 600;

/// Plays it, and prints the first carrier's share and the decisions.
pub(crate) async fn play() {
    let order = env::args().skip_while(|argument| argument != "--episode").nth(1);
    let order = json!({"mode": order.unwrap_or_else(|| "500".to_owned())});
    for carrier in [TWILIO, VONAGE] {
        carrier.resets().await;
    }
    let shop = Shop::of_silent_shoppers().await;
    let (since, began) = (now_ms(), now());
    let shoppers = join_all((0..PACE * ENDS).map(|turn| shopper(&shop, turn)));
    let (crowd, ()) = join(shoppers, dies_and_recovers(&order)).await;
    let mut texts: Vec<(StandIn, Value)> = Vec::new();
    for carrier in [TWILIO, VONAGE] {
        texts.extend(carrier.received().await.into_iter().map(|text| (carrier, text)));
    }
    shares(&texts, since);
    arrivals(&crowd, &texts);
    decisions(began).await;
}

async fn dies_and_recovers(order: &Value) {
    seconds(DIES).await;
    TWILIO.plays(order).await;
    seconds(RECOVERS - DIES).await;
    TWILIO.plays(&json!({"mode": "ok"})).await;
}

/// Three of four shoppers type their code when they have it.
async fn shopper(shop: &Shop, turn: u64) -> SignedUp {
    let signed_up = signs_up(shop, turn).await;
    if !turn.is_multiple_of(4) {
        tokio::time::sleep(Duration::from_secs(12)).await;
        for carrier in [TWILIO, VONAGE] {
            if let Some(text) = carrier.received_for(&signed_up.phone).await.pop() {
                let code = code_in(text["text"].as_str().unwrap_or_default());
                let call = post(&format!("/signups/{}/verify", signed_up.id)).key(&shop.live_key);
                call.json(&json!({"code": code})).send().await;
                break;
            }
        }
    }
    signed_up
}

/// The dying carrier's share of texts, by ten seconds.
fn shares(texts: &[(StandIn, Value)], since: u64) {
    let mut tens: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
    for (carrier, text) in texts {
        let ten = received_at(text).saturating_sub(since) / 10_000;
        let of = tens.entry(ten).or_default();
        of.0 += u32::from(carrier.name() == TWILIO.name());
        of.1 += 1;
    }
    println!("Twilio dies at {DIES} s and recovers at {RECOVERS} s. Its share of texts:");
    for (ten, (twilio, all)) in tens {
        println!("  {:>4} s  {:>3} %  ({twilio} of {all})", ten * 10, twilio * 100 / all);
    }
}

/// How many shoppers got a text from a carrier that delivered it.
fn arrivals(crowd: &[SignedUp], texts: &[(StandIn, Value)]) {
    let good = |text: &Value| text["mode"] == "ok";
    let got = |shopper: &&SignedUp| {
        let digits = shopper.phone.trim_start_matches('+');
        texts.iter().any(|(_, text)| {
            good(text) && text["to"].as_str().is_some_and(|to| to.ends_with(digits))
        })
    };
    println!("{} of {} shoppers got their text", crowd.iter().filter(got).count(), crowd.len());
}

async fn decisions(since: jiff::Timestamp) {
    let path = format!("/decisions?limit=100&from={since}");
    let answer = get(&path).key(operator()).send().await.is(200);
    println!("Decisions:");
    for line in answer.data().iter().rev() {
        println!("  {}  {}", line["at"].as_str().unwrap_or_default(), line["text"]);
    }
}
