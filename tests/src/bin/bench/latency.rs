//! From the answer 202 to the text, on the local stack.

use std::time::{Duration, Instant};

use doorstep_tests::{Shop, drama, emulator, unique, waiting::now_ms};
use serde_json::{Value, json};

use crate::table::{milliseconds, percentile, verdict};

/// Registers shoppers one after another; tells since when the keys were warm.
pub(crate) async fn drive(warm: usize, runs: usize) -> u64 {
    let shop = Shop::fresh().await;
    for n in 0..warm {
        registers(&shop, n).await;
    }
    emulator::quiet(&shop.id, 60).await;
    let (since, mut times) = (now_ms(), Vec::new());
    for n in 0..runs {
        times.push(registers(&shop, warm + n).await);
    }
    emulator::quiet(&shop.id, 60).await;
    let (median, slowest) = (percentile(&times, 50), percentile(&times, 99));
    let [median, slowest] = [median, slowest].map(Option::unwrap_or_default);
    println!("\nFrom 202 to the text in GET /sandbox/messages ({runs} runs)\n");
    println!(
        "  median {:.0} ms (to reach: 2000; {}), p99 {:.0} ms",
        milliseconds(median),
        verdict(median <= Duration::from_secs(2)),
        milliseconds(slowest)
    );
    since
}

/// The happy path once; tells how long the text took.
async fn registers(shop: &Shop, n: usize) -> Duration {
    let phone = drama(u16::try_from(n * 100 % 1_000 + n / 10).unwrap_or_default());
    let started = shop.starts(&shopper(&phone)).await.is(202);
    let (id, answered) = (started.text_at("/id"), Instant::now());
    let code = shop.code(id).await;
    let after = answered.elapsed();
    shop.delivery_is(id, "delivered", 30).await;
    let _ = shop.types(id, &code).await.is(200);
    let _ = shop.reads(&format!("/signups/{id}")).await.is(200);
    after
}

/// What a shop tells of most shoppers.
fn shopper(phone: &str) -> Value {
    json!({
        "phone": phone,
        "customer": {"external_id": unique(), "name": "Anna Shopper", "email": "anna@mail.example"},
        "consents": [{"purpose": "offers", "channel": "sms", "granted": true, "wording_version": "v1"}],
        "context": {"ip": "203.0.113.7", "page_url": "https://shop.example/join"},
    })
}
