//! A text on its way out: throttled, refused, cut off, too long.

use std::{num::NonZeroU32, time::Duration};

use doorstep_domain::carrier::{FailureClass, Outcome};
use doorstep_smpp::LongMessage;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::smsc::{Smsc, send, sent};

fn failed(class: FailureClass, code: &str) -> Outcome {
    Outcome::Failed { class, code: code.to_owned() }
}

fn texts(submits: &[Value]) -> String {
    submits.iter().map(|submit| submit["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_text_arrives_as_it_was_written() {
    let smsc = Smsc::start();
    sent(&smsc.transmitter(&smsc.settings()), "123456 is your code").await;
    assert_eq!(smsc.saw("bind_transmitter").await[0]["interface_version"], 0x34);
    let submit = &smsc.saw("submit_sm").await[0];
    assert_eq!(submit["text"], "123456 is your code");
    assert_eq!(submit["from"], json!([5, 0, "Teashop"]));
    assert_eq!(submit["to"], json!([1, 1, "447700900001"]));
    assert_eq!(submit["esm_class"], 0);
    assert_eq!(submit["data_coding"], 0);
    assert_eq!(submit["registered_delivery"], 1);
    assert_eq!(submit["validity_period"], "000000000500000R");
}

#[tokio::test]
async fn a_throttled_text_is_tried_once_more_after_a_pause() {
    let smsc = Smsc::start();
    smsc.does(json!({"statuses": [0x58]})).await;
    sent(&smsc.transmitter(&smsc.settings()), "123456").await;
    let submits = smsc.saw("submit_sm").await;
    let at: Vec<_> = submits.iter().map(|submit| submit["at"].as_i64().unwrap()).collect();
    assert_eq!(at.len(), 2);
    assert!((490..6_000).contains(&(at[1] - at[0])), "{} ms", at[1] - at[0]);
}

#[tokio::test]
async fn a_text_that_stays_throttled_goes_back_to_whoever_sent_it() {
    for (status, code) in [(0x58, "0x00000058"), (0x14, "0x00000014")] {
        let smsc = Smsc::start();
        smsc.does(json!({"statuses": [status, status, status]})).await;
        let outcome = send(&smsc.transmitter(&smsc.settings()), "123456").await;
        assert_eq!(outcome, failed(FailureClass::Throttled, code));
        assert_eq!(smsc.saw("submit_sm").await.len(), 2);
    }
}

#[tokio::test]
async fn a_full_queue_that_empties_costs_one_pause() {
    let smsc = Smsc::start();
    smsc.does(json!({"statuses": [0x14]})).await;
    sent(&smsc.transmitter(&smsc.settings()), "123456").await;
}

#[tokio::test]
async fn a_refused_text_is_not_tried_again() {
    let smsc = Smsc::start();
    let transmitter = smsc.transmitter(&smsc.settings());
    for (status, class, code) in [
        (0x0B, FailureClass::BadNumber, "0x0000000b"),
        (0x0A, FailureClass::Configuration, "0x0000000a"),
        (0x08, FailureClass::CarrierDown, "0x00000008"),
        (0x0401, FailureClass::Unknown, "0x00000401"),
    ] {
        smsc.does(json!({"statuses": [status]})).await;
        assert_eq!(send(&transmitter, "123456").await, failed(class, code));
    }
    assert_eq!(smsc.saw("submit_sm").await.len(), 4);
    assert_eq!(smsc.saw("bind_transmitter").await.len(), 1);
}

#[tokio::test]
async fn a_link_that_drops_inside_a_window_leaves_all_of_it_maybe_sent() {
    let smsc = Smsc::start();
    smsc.does(json!({"answer_after_ms": 5_000, "drop_on_submit": 5})).await;
    let transmitter = smsc.transmitter(&smsc.settings());
    let outcomes = join_all((0..5).map(|_| send(&transmitter, "123456"))).await;
    assert_eq!(outcomes, vec![failed(FailureClass::MaybeSent, "dropped"); 5]);
    smsc.does(json!({"answer_after_ms": 0, "drop_on_submit": 0})).await;
    sent(&transmitter, "123456").await;
    assert_eq!(smsc.saw("bind_transmitter").await.len(), 2);
    assert_eq!(smsc.saw("submit_sm").await.len(), 6);
}

#[tokio::test]
async fn a_text_without_an_answer_is_maybe_sent_and_the_link_is_asked_before_the_next() {
    let smsc = Smsc::start();
    smsc.does(json!({"silent": ["submit_sm"]})).await;
    let mut settings = smsc.settings();
    settings.timeouts.answer = Duration::from_millis(300);
    let transmitter = smsc.transmitter(&settings);
    let outcome = send(&transmitter, "123456").await;
    assert_eq!(outcome, failed(FailureClass::MaybeSent, "timeout"));
    smsc.does(json!({"silent": []})).await;
    sent(&transmitter, "123456").await;
    assert_eq!(smsc.story().await, ["bind_transmitter", "submit_sm", "enquire_link", "submit_sm"]);
}

#[tokio::test]
async fn a_text_that_takes_longer_than_its_claim_lasts_is_maybe_sent() {
    let smsc = Smsc::start();
    smsc.does(json!({"answer_after_ms": 600})).await;
    let mut settings = smsc.settings();
    settings.timeouts.whole = Duration::from_secs(1);
    let transmitter = smsc.transmitter(&settings);
    sent(&transmitter, "123456").await;
    let outcome = send(&transmitter, &"a".repeat(400)).await;
    assert_eq!(outcome, failed(FailureClass::MaybeSent, "deadline"));
    sent(&transmitter, "123456").await;
}

#[tokio::test]
async fn no_more_texts_wait_for_answers_than_the_window_allows() {
    let smsc = Smsc::start();
    smsc.does(json!({"answer_after_ms": 100})).await;
    let mut settings = smsc.settings();
    settings.window = NonZeroU32::new(3).unwrap();
    let transmitter = smsc.transmitter(&settings);
    join_all((0..9).map(|_| sent(&transmitter, "123456"))).await;
    let submits = smsc.saw("submit_sm").await;
    let most = submits.iter().map(|submit| submit["outstanding"].as_u64().unwrap()).max();
    assert_eq!((submits.len(), most), (9, Some(3)));
}

#[tokio::test]
async fn an_answer_without_a_body_is_an_answer() {
    let smsc = Smsc::start();
    smsc.does(json!({"bodiless": true})).await;
    assert_eq!(sent(&smsc.transmitter(&smsc.settings()), "123456").await, "");
}

#[tokio::test]
async fn characters_161_go_out_in_two_parts_that_belong_together() {
    let smsc = Smsc::start();
    let text = format!("{}@shop.example #123456", "a".repeat(140));
    assert_eq!(text.len(), 161);
    let id = sent(&smsc.transmitter(&smsc.settings()), &text).await;
    let submits = smsc.saw("submit_sm").await;
    assert_eq!((submits.len(), texts(&submits)), (2, text));
    let header = |at: usize| submits[at]["udh"][0].as_str().unwrap();
    assert_eq!(header(0).len(), 10);
    assert_eq!((&header(0)[..4], &header(0)[6..]), ("0003", "0201"));
    assert_eq!((&header(1)[..6], &header(1)[6..]), (&header(0)[..6], "0202"));
    for submit in &submits {
        assert_eq!(submit["esm_class"], 0x40);
        assert!(submit["octets"].as_str().unwrap().starts_with("050003"));
    }
    let next = sent(&smsc.transmitter(&smsc.settings()), "next").await;
    let number = |id: &str| id.parse::<u64>().unwrap();
    assert_eq!(number(&next), number(&id) + 1, "the id is that of the last part");
}

#[tokio::test]
async fn parts_may_be_numbered_by_tlvs_or_cut_by_the_carrier() {
    let smsc = Smsc::start();
    let text = "b".repeat(161);
    let mut settings = smsc.settings();
    settings.long = LongMessage::Sar;
    sent(&smsc.transmitter(&settings), &text).await;
    let submits = smsc.saw("submit_sm").await;
    let sar = |at: usize| submits[at]["sar"].as_array().unwrap()[1..].to_vec();
    assert_eq!((sar(0), sar(1)), (vec![json!(2), json!(1)], vec![json!(2), json!(2)]));
    assert_eq!(
        (submits[0]["sar"][0] == submits[1]["sar"][0], texts(&submits)),
        (true, text.clone())
    );
    settings.long = LongMessage::Payload;
    sent(&smsc.transmitter(&settings), &text).await;
    assert_eq!(smsc.saw("submit_sm").await[2]["payload"], text);
}

#[tokio::test]
async fn a_part_that_fails_fails_the_text() {
    let smsc = Smsc::start();
    smsc.does(json!({"statuses": [0, 0x08]})).await;
    let outcome = send(&smsc.transmitter(&smsc.settings()), &"a".repeat(400)).await;
    assert_eq!(outcome, failed(FailureClass::CarrierDown, "0x00000008"));
    assert_eq!(smsc.saw("submit_sm").await.len(), 2);
}
