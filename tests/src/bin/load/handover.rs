//! From the 202 to the carrier.

use std::collections::HashMap;

use doorstep_tests::{Shop, eventually, put, stand_in::TWILIO, waiting::now};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{PACE, SignedUp, received_at, signs_up};

/// How long sign-ups go on, in seconds.
const MINUTE: u64 = 60;
/// Within this, 99 of 100 texts have to be with their carrier.
const SOON_MS: u64 = 2_000;

/// Measures, and prints the distribution.
pub(crate) async fn measure() {
    TWILIO.resets().await;
    let shop = Shop::of_silent_shoppers().await;
    let until = (now() + jiff::SignedDuration::from_hours(1)).to_string();
    let pin = json!({"country": "GB", "carriers": ["twilio"], "until": until});
    let _ = put("/routes").key(&shop.live_key).json(&pin).send().await.is(200);
    let crowd = join_all((0..PACE * MINUTE).map(|turn| signs_up(&shop, turn))).await;
    let arrived = || async {
        let texts = TWILIO.received().await;
        let at = |text: &Value| Some((text["to"].as_str()?.to_owned(), received_at(text)));
        let times: HashMap<_, _> = texts.iter().filter_map(at).collect();
        crowd.iter().all(|shopper| times.contains_key(&shopper.phone)).then_some(times)
    };
    let times = eventually("every text at its carrier", 60, arrived).await;
    let took = |shopper: &SignedUp| times[&shopper.phone].saturating_sub(shopper.at);
    let mut took: Vec<u64> = crowd.iter().map(took).collect();
    took.sort_unstable();
    let of = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    let soon = took.iter().filter(|ms| **ms <= SOON_MS).count();
    println!("{} sign-ups at {PACE} a second; from the 202 to the carrier:", took.len());
    for share in [50, 90, 95, 99, 100] {
        println!("  {share:>3} % within {:>6} ms", of(share));
    }
    println!("  {soon} of {} within {SOON_MS} ms", took.len());
}
