//! The shopper types a code.

use std::collections::BTreeSet;

use doorstep_tests::{Answer, Shop, drama, emulator, post, wrong};
use futures::future::join_all;
use serde_json::json;

fn remaining(answer: &Answer) -> i64 {
    answer.refused(422, "code_incorrect");
    answer.body["attempts_remaining"].as_i64().expect("attempts_remaining")
}

#[tokio::test]
async fn the_right_code_again_is_the_same_answer() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(200)).await;
    let first = shop.types(&id, &code).await.is(200);
    let again = shop.types(&id, &code).await.is(200);
    assert_eq!(again.body, first.body);
}

#[tokio::test]
async fn five_wrong_codes_count_down_and_close() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(201)).await;
    for left in (0..5).rev() {
        let answer = shop.types(&id, &wrong(&code, left)).await;
        assert_eq!(remaining(&answer), i64::from(left));
    }
    shop.types(&id, &code).await.refused(429, "attempts_exhausted");
    let read = shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(read.body["status"], "locked");
    assert_eq!(read.body["attempts_remaining"], 0);
}

#[tokio::test]
async fn of_twenty_at_once_five_are_compared() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(202)).await;
    let tries = (0..20).map(|n| wrong(&code, n));
    let answers = join_all(tries.map(|code| {
        let (shop, id) = (&shop, &id);
        async move { shop.types(id, &code).await }
    }))
    .await;
    let (compared, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 422);
    let left: BTreeSet<_> = compared.iter().map(|answer| remaining(answer)).collect();
    assert_eq!(left, (0..5).collect(), "each of five is counted once");
    assert_eq!(compared.len(), 5);
    for answer in refused {
        let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
        assert!(["attempts_exhausted", "busy"].contains(&code.as_str()), "{}", answer.text);
    }
    shop.types(&id, &code).await.refused(429, "attempts_exhausted");
}

#[tokio::test]
async fn of_twenty_right_ones_at_once_one_registers() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(203)).await;
    let answers = join_all((0..20).map(|_| shop.types(&id, &code))).await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!((1..=10).contains(&good.len()), "{} were compared", good.len());
    for answer in &good {
        assert_eq!(answer.body, good[0].body);
    }
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert!([410, 429, 503].contains(&answer.status), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_verified_sign_up_compares_five_more() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(204)).await;
    let _ = shop.types(&id, &code).await.is(200);
    for n in 0..5 {
        let answer = shop.types(&id, &wrong(&code, n)).await;
        answer.refused(422, "code_incorrect");
    }
    shop.types(&id, &code).await.refused(410, "signup_expired");
    let read = shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(read.body["status"], "verified", "what was proven stays proven");
}

#[tokio::test]
async fn fourteen_codes_of_one_phone_are_compared_and_no_more() {
    let shop = Shop::fresh().await;
    let mut compared = 0;
    for _ in 0..3 {
        let (id, code) = shop.signs_up_and_reads(&drama(205)).await;
        for n in 0..5 {
            let answer = shop.types(&id, &wrong(&code, n)).await;
            match answer.status {
                422 => compared += 1,
                _ => answer.refused(429, "attempts_exhausted"),
            }
        }
    }
    assert_eq!(compared, 14);
    let (id, code) = shop.signs_up_and_reads(&drama(205)).await;
    let answer = shop.types(&id, &code).await;
    answer.refused(429, "attempts_exhausted");
    let wait: u64 =
        answer.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((80_000..=86_400).contains(&wait), "until the oldest is a day old, not {wait} s");
    let (id, code) = shop.signs_up_and_reads(&drama(206)).await;
    let _ = shop.types(&id, &code).await.is(200);
}

#[tokio::test]
async fn success_does_not_use_the_window_up() {
    let shop = Shop::fresh().await;
    for _ in 0..16 {
        let (id, code) = shop.signs_up_and_reads(&drama(207)).await;
        let _ = shop.types(&id, &code).await.is(200);
    }
}

#[tokio::test]
async fn what_is_not_six_digits_is_not_a_try() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(208)).await;
    for typed in
        ["", "12345", "1234567", "12345a", "１２３４５６", "٠١٢٣٤٥", " 12345", "12 345", "+12345"]
    {
        shop.types(&id, typed).await.refused(400, "code_malformed");
    }
    let read = shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(read.body["attempts_remaining"], 5);
    let _ = shop.types(&id, &code).await.is(200);
}

#[tokio::test]
async fn a_code_ends_with_its_ten_minutes() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(211)).await;
    shop.delivery_is(&id, "delivered", 20).await;
    emulator::age(&shop.id, &id).await;
    shop.types(&id, &code).await.refused(410, "signup_expired");
    shop.resends(&id, "late").await.refused(410, "signup_expired");
    let read = shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(read.body["status"], "expired");
}

#[tokio::test]
async fn the_code_of_another_sign_up_is_wrong() {
    let shop = Shop::fresh().await;
    let (one, _) = shop.signs_up_and_reads(&drama(209)).await;
    let (_, code) = shop.signs_up_and_reads(&drama(210)).await;
    shop.types(&one, &code).await.refused(422, "code_incorrect");
}

#[tokio::test]
async fn an_unknown_sign_up_is_not_found() {
    let shop = Shop::fresh().await;
    for id in ["sgn_01JZZZZZZZZZZZZZZZZZZZZZZZ", "sgn_1", "usr_01JZZZZZZZZZZZZZZZZZZZZZZZ", "x"] {
        shop.types(id, "123456").await.refused(404, "not_found");
    }
    let call = shop.asks(post("/signups/sgn_01JZZZZZZZZZZZZZZZZZZZZZZZ/resend")).json(&json!({}));
    call.header("Idempotency-Key", "k").send().await.refused(404, "not_found");
}
