//! Guessing codes: fourteen a day for a number, whatever an attacker does.

use doorstep_tests::{
    Shop, drama, emulator::disable_codes, mobile, post, shop::operator, unique, waiting,
};
use futures::{StreamExt, stream};
use serde_json::json;

/// Sign-ups of one number.
const SIGNUPS: usize = 50;
/// Wrong codes for each.
const CODES: u32 = 20;

/// Slow: half a minute must pass before a resend.
#[tokio::test]
async fn of_a_thousand_wrong_codes_fourteen_are_compared_and_a_link_still_opens() {
    let shop = Shop::fresh().await;
    let phone = drama(699);
    let starts = stream::iter(0..SIGNUPS).map(|_| shop.signs_up_and_reads(&phone));
    let signups: Vec<_> = starts.buffer_unordered(2).collect().await;
    waiting::seconds(31).await;
    let resends = stream::iter(&signups).map(|(id, _)| async {
        let key = unique();
        shop.resends(id, &key).await.is(202)
    });
    let resent: Vec<_> = resends.buffer_unordered(2).collect().await;
    assert_eq!(resent.len(), SIGNUPS);

    let rights: Vec<_> = signups.iter().map(|(_, code)| code.clone()).collect();
    let guesses = (0..CODES).flat_map(|n| signups.iter().map(move |(id, _)| (id, n)));
    let guesses = guesses.map(|(id, n)| {
        let mut guess = (u32::from_str_radix(&id[20..25], 32).unwrap_or(7) + n * 7_919) % 1_000_000;
        while rights.contains(&format!("{guess:06}")) {
            guess = (guess + 1) % 1_000_000;
        }
        let shop = &shop;
        async move { shop.types(id, &format!("{guess:06}")).await.status }
    });
    let all: Vec<_> = stream::iter(guesses).buffer_unordered(24).collect().await;
    assert_eq!(all.len(), SIGNUPS * CODES as usize);
    let compared = all.iter().filter(|status| **status == 422).count();
    assert!(all.iter().all(|status| [422, 429, 503].contains(status)), "{all:?}");
    assert!((1..=14).contains(&compared), "{compared} compared");
    let probability = f64::from(u32::try_from(compared).unwrap_or(u32::MAX)) / 1e6;
    println!(
        "{compared} of {} guesses were compared: one of them is right with a probability of {probability:.6}",
        all.len()
    );
    for (id, code) in signups.iter().take(3) {
        shop.types(id, code).await.refused(429, "attempts_exhausted");
    }

    let link = shop.starts(&json!({"phone": phone, "method": "link"})).await.is(202);
    let text = shop.text(link.text_at("/id")).await;
    let path = text.rsplit(&shop.domain).next().expect("a link").trim().to_owned();
    let confirm = post(&path).json(&json!({"match": link.text_at("/match")}));
    let _ = confirm.header("Accept", "application/json").send().await.is(200);
    let read = shop.reads(&format!("/signups/{}", link.text_at("/id"))).await.is(200);
    assert_eq!(read.body["status"], "verified");
}

#[tokio::test]
async fn codes_that_a_hundred_failures_disabled_are_enabled_by_the_operator_alone() {
    let shop = Shop::fresh().await;
    let phone = mobile();
    let live = |call: doorstep_tests::Call| call.key(&shop.live_key);
    let start = live(post("/signups")).json(&json!({"phone": phone}));
    let started = start.header("Idempotency-Key", &unique()).send().await.is(202);
    let path = format!("/signups/{}/verify", started.text_at("/id"));
    // Of a million codes this may be the one; then there is nothing to guess.
    let guesses = || async { live(post(&path)).json(&json!({"code": "012345"})).send().await };
    guesses().await.refused(422, "code_incorrect");
    disable_codes(&shop.id).await;
    let refused = guesses().await;
    refused.refused(429, "attempts_exhausted");
    assert_eq!(refused.body["limit"], "failures_in_a_row");
    let enable = || post("/codes/enable").json(&json!({"phone": phone}));
    live(enable()).send().await.refused(403, "forbidden");
    guesses().await.refused(429, "attempts_exhausted");
    let enabled = enable().key(operator()).header("Doorstep-Store", &shop.id);
    let _ = enabled.send().await.is(204);
    guesses().await.refused(422, "code_incorrect");
}
