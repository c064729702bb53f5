//! Test mode: the last two digits of a drama number pick what becomes of its text.

use doorstep_tests::{Shop, drama, emulator, waiting};
use futures::{StreamExt, future::join_all};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How a number's text ends: its status, the class of its last happening, its last carrier.
type End = (&'static str, Option<&'static str>, Option<&'static str>);

const DELIVERED: End = ("delivered", None, Some("sandbox"));

/// What 80 to 89 end as, but for 83; 00 to 79 are delivered.
const EIGHTIES: [(u16, End); 9] = [
    (80, ("undelivered", Some("bad_number"), Some("sandbox"))),
    (81, ("undelivered", Some("handset_absent"), Some("sandbox"))),
    (82, ("delivered", None, Some("sandbox-2"))),
    (84, DELIVERED),
    (85, DELIVERED),
    (86, ("delivered", None, None)),
    (87, ("failed", Some("opted_out"), Some("sandbox"))),
    (88, ("failed", Some("landline"), Some("sandbox"))),
    (89, ("failed", Some("policy"), Some("sandbox"))),
];

fn history(answer: &doorstep_tests::Answer) -> Vec<Value> {
    answer.body["history"].as_array().cloned().unwrap_or_default()
}

fn carriers(answer: &doorstep_tests::Answer) -> Vec<String> {
    let named = |happening: &Value| happening["carrier"].as_str().map(str::to_owned);
    history(answer).iter().filter_map(named).collect()
}

#[tokio::test]
async fn each_quick_number_ends_as_it_says() {
    let shop = Shop::fresh().await;
    let all = (0..80).map(|digits| (digits, DELIVERED)).chain(EIGHTIES);
    let ends = all.map(|(digits, (status, class, carrier))| {
        let shop = &shop;
        async move {
            let id = shop.signs_up(&drama(400 + digits)).await;
            let answer = shop.delivery_is(&id, status, 40).await;
            // A receipt may be noted before the carrier that took the text last.
            let end = history(&answer).into_iter().rfind(|line| line["status"] == status);
            let end = end.unwrap_or_else(|| panic!("{digits}: {}", answer.text));
            assert_eq!(end["class"].as_str(), class, "{digits}: {}", answer.text);
            if carrier.is_some() {
                assert_eq!(answer.body["carrier"].as_str(), carrier, "{digits}: {}", answer.text);
            }
            let types = shop.timeline(&id).await;
            assert!(types.contains(&format!("message.{status}")), "{digits}: {types:?}");
        }
    });
    // Ten at a time: each call at once is a process of its own.
    futures::stream::iter(ends).buffer_unordered(10).collect::<Vec<()>>().await;
}

#[tokio::test]
async fn a_text_that_cannot_arrive_fails_the_sign_up() {
    let shop = Shop::fresh().await;
    for (digits, status) in [(80, "undelivered"), (87, "failed"), (88, "failed"), (89, "failed")] {
        let id = shop.signs_up(&drama(500 + digits)).await;
        shop.delivery_is(&id, status, 20).await;
        let read = shop.reads(&format!("/signups/{id}")).await.is(200);
        assert_eq!(read.body["status"], "failed", "{digits}: {}", read.text);
    }
}

#[tokio::test]
async fn a_block_is_never_taken_to_another_carrier() {
    let shop = Shop::fresh().await;
    for digits in [80, 81, 87, 88, 89] {
        let id = shop.signs_up(&drama(600 + digits)).await;
        let status = if digits < 87 { "undelivered" } else { "failed" };
        let answer = shop.delivery_is(&id, status, 20).await;
        assert!(!carriers(&answer).contains(&"sandbox-2".to_owned()), "{digits}: {}", answer.text);
    }
}

#[tokio::test]
async fn when_the_first_carrier_is_down_the_second_delivers() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(182)).await;
    let answer = shop.delivery_is(&id, "delivered", 20).await;
    let failed =
        history(&answer).into_iter().find(|happening| happening["class"] == "carrier_down");
    assert_eq!(failed.expect("the first one failed")["carrier"], "sandbox");
    let code = shop.code(&id).await;
    let _ = shop.types(&id, &code).await.is(200);
    assert_eq!(shop.texts(&id).await.len(), 1, "one text arrived");
}

#[tokio::test]
async fn a_throttled_carrier_is_asked_again() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(184)).await;
    let answer = shop.delivery_is(&id, "delivered", 40).await;
    let throttled =
        history(&answer).into_iter().filter(|happening| happening["class"] == "throttled");
    assert_eq!(throttled.count(), 2, "{}", answer.text);
    assert!(carriers(&answer).iter().all(|carrier| carrier == "sandbox"), "{}", answer.text);
}

#[tokio::test]
async fn a_receipt_that_comes_first_is_not_lost() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(185)).await;
    let answer = shop.delivery_is(&id, "delivered", 70).await;
    emulator::quiet(&shop.id, 70).await;
    let later = shop.delivery(&id).await;
    assert_eq!(later.body["status"], "delivered", "it never goes back: {}", answer.text);
}

#[tokio::test]
async fn a_time_out_is_maybe_sent_and_no_second_code() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(186)).await;
    let answer = shop.delivery_is(&id, "delivered", 70).await;
    let maybe = history(&answer).into_iter().any(|happening| happening["class"] == "maybe_sent");
    assert!(maybe, "{}", answer.text);
    let texts = shop.texts(&id).await;
    let code = doorstep_tests::shop::code_in(texts[0]["text"].as_str().unwrap_or_default());
    for text in &texts {
        assert!(text["text"].as_str().is_some_and(|text| text.contains(&code)), "{texts:?}");
    }
    let _ = shop.types(&id, &code).await.is(200);
}

/// Slow: twenty seconds must pass.
#[tokio::test]
async fn the_nineties_take_twenty_seconds() {
    let shop = Shop::fresh().await;
    let slow = (90..100).map(|digits| {
        let shop = &shop;
        async move {
            let id = shop.signs_up(&drama(700 + digits)).await;
            let begun = waiting::now();
            shop.delivery_is(&id, "sent", 15).await;
            let answer = shop.delivery_is(&id, "delivered", 60).await;
            let last = history(&answer).pop().unwrap_or_default();
            let at: Timestamp = last["at"].as_str().unwrap_or_default().parse().expect("a time");
            let after = at.duration_since(begun);
            let good = SignedDuration::from_secs(18)..SignedDuration::from_secs(35);
            assert!(good.contains(&after), "{digits}: after {after:#}");
        }
    });
    join_all(slow).await;
}

/// Slow: that nothing comes is seen by waiting.
#[tokio::test]
async fn a_receipt_that_never_comes_leaves_it_sent() {
    let shop = Shop::fresh().await;
    let (id, code) = shop.signs_up_and_reads(&drama(183)).await;
    shop.delivery_is(&id, "sent", 20).await;
    waiting::seconds(25).await;
    assert_eq!(shop.delivery(&id).await.body["status"], "sent");
    let _ = shop.types(&id, &code).await.is(200);
}

#[tokio::test]
async fn a_message_is_read_by_its_own_id_too() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(100)).await;
    let by_signup = shop.delivery_is(&id, "delivered", 20).await;
    let message = by_signup.text_at("/message_id").to_owned();
    let by_message = shop.reads(&format!("/delivery-status?message_id={message}")).await.is(200);
    assert_eq!(by_message.body, by_signup.body);
    let alone = shop.reads(&format!("/messages/{message}")).await.is(200);
    assert_eq!(alone.body, by_signup.body);
    let statuses: Vec<_> = history(&by_signup).iter().map(|h| h["status"].to_string()).collect();
    assert_eq!(statuses.first().map(String::as_str), Some("\"queued\""));
}

#[tokio::test]
async fn delivery_status_wants_exactly_one_id() {
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(101)).await;
    let message = shop.delivery(&id).await.text_at("/message_id").to_owned();
    for query in ["", &format!("?signup_id={id}&message_id={message}"), "?signup=x"] {
        let answer = shop.reads(&format!("/delivery-status{query}")).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    let unknown = shop.reads("/delivery-status?message_id=msg_01JZZZZZZZZZZZZZZZZZZZZZZZ").await;
    unknown.refused(404, "not_found");
}
