//! From the answer 202 to the text, on the local stack.

use std::time::{Duration, Instant};

use doorstep_tests::{
    Shop, drama, emulator, eventually, mobile, post, shop::code_in, unique, waiting::now_ms,
};
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

/// Registers live shoppers, each from an address of its own; tells since when the keys were warm.
pub(crate) async fn guarded(warm: usize, runs: usize) -> u64 {
    let shop = Shop::fresh().await;
    let mut since = now_ms();
    for n in 0..warm + runs {
        if n == warm {
            emulator::quiet(&shop.id, 60).await;
            since = now_ms();
        }
        let phone = mobile();
        let body = json!({"phone": phone, "context": {"ip": format!("198.51.100.{}", n + 1)}});
        let call = post("/signups").key(&shop.live_key).json(&body);
        let started = call.header("Idempotency-Key", &unique()).send().await.is(202);
        let sent = || async { emulator::sms_to(&phone).await.pop() };
        let code = code_in(&eventually("a text", 20, sent).await);
        let path = format!("/signups/{}/verify", started.text_at("/id"));
        let _ = post(&path).key(&shop.live_key).json(&json!({"code": code})).send().await.is(200);
    }
    emulator::quiet(&shop.id, 60).await;
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
