//! Load: `make load`. Five sign-ups a second for a minute, and how long each text took from the
//! 202 to its carrier; with `--episode`, a carrier that dies and recovers under that load, and what
//! became of its share. For the episode the stack has to choose between two carriers:
//! `LIVE_ROUTE=twilio:50,vonage:50 make up`.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod episode;
mod handover;

use std::{env, time::Duration};

use doorstep_tests::{Shop, mobile, post, unique, waiting::now_ms};
use serde_json::json;

/// Sign-ups a second.
const PACE: u64 = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if env::args().any(|argument| argument == "--episode") {
        episode::play().await;
    } else {
        handover::measure().await;
    }
}

/// A live sign-up: its number, its id, and when it was answered.
struct SignedUp {
    phone: String,
    id: String,
    at: u64,
}

/// Signs a shopper up at their turn.
async fn signs_up(shop: &Shop, turn: u64) -> SignedUp {
    tokio::time::sleep(Duration::from_millis(turn * 1000 / PACE)).await;
    let phone = mobile();
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
    let answer = call.header("Idempotency-Key", &unique()).send().await.is(202);
    SignedUp { phone, id: answer.text_at("/id").to_owned(), at: now_ms() }
}

/// When a stand-in received a text, in milliseconds since 1970.
fn received_at(text: &serde_json::Value) -> u64 {
    let at: jiff::Timestamp =
        text["at"].as_str().and_then(|at| at.parse().ok()).expect("a text has a time");
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}
