//! The warm bind: refused, idle, dead, taken away.

use std::time::Duration;

use doorstep_domain::carrier::{FailureClass, Outcome};
use doorstep_smpp::Endpoint;
use serde_json::json;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};

use crate::smsc::{Smsc, receiver, send, sent};

fn failed(class: FailureClass, code: &str) -> Outcome {
    Outcome::Failed { class, code: code.to_owned() }
}

#[tokio::test]
async fn one_bind_serves_many_texts() {
    let smsc = Smsc::start();
    let transmitter = smsc.transmitter(&smsc.settings());
    for _ in 0..3 {
        sent(&transmitter, "123456").await;
        smsc.passes(9);
    }
    assert_eq!(smsc.story().await, ["bind_transmitter", "submit_sm", "submit_sm", "submit_sm"]);
}

#[tokio::test]
async fn a_wrong_password_is_ours_to_mend_and_is_not_tried_in_a_loop() {
    let smsc = Smsc::start();
    smsc.does(json!({"password": "another"})).await;
    let transmitter = smsc.transmitter(&smsc.settings());
    let refused = failed(FailureClass::Configuration, "0x0000000e");
    // After 10, 20, 40, 60 and 60 seconds: a second before, nothing is tried.
    for (binds, pause) in (1..).zip([10, 20, 40, 60, 60]) {
        assert_eq!(send(&transmitter, "123456").await, refused);
        smsc.passes(pause - 1);
        assert_eq!(send(&transmitter, "123456").await, refused);
        assert_eq!(smsc.saw("bind_transmitter").await.len(), binds);
        smsc.passes(1);
    }
    smsc.does(json!({"password": "secret"})).await;
    sent(&transmitter, "123456").await;
}

#[tokio::test]
async fn a_refused_bind_has_the_class_of_its_status() {
    for (status, class, code) in [
        (0x0D, FailureClass::Configuration, "0x0000000d"),
        (0x05, FailureClass::CarrierDown, "0x00000005"),
        (0x58, FailureClass::Throttled, "0x00000058"),
    ] {
        let smsc = Smsc::start();
        smsc.does(json!({"bind_status": status})).await;
        let outcome = send(&smsc.transmitter(&smsc.settings()), "123456").await;
        assert_eq!(outcome, failed(class, code));
        assert_eq!(smsc.saw("bind_transmitter").await.len(), 1);
    }
}

#[tokio::test]
async fn a_link_that_was_idle_is_asked_before_it_is_used() {
    let smsc = Smsc::start();
    let transmitter = smsc.transmitter(&smsc.settings());
    sent(&transmitter, "123456").await;
    smsc.passes(11);
    sent(&transmitter, "123456").await;
    assert_eq!(smsc.story().await, ["bind_transmitter", "submit_sm", "enquire_link", "submit_sm"]);
}

#[tokio::test]
async fn a_link_that_does_not_answer_is_replaced_after_half_a_second() {
    let smsc = Smsc::start();
    let transmitter = smsc.transmitter(&smsc.settings());
    sent(&transmitter, "123456").await;
    smsc.does(json!({"silent": ["enquire_link"]})).await;
    smsc.passes(11);
    let began = Instant::now();
    sent(&transmitter, "123456").await;
    assert!((500..4_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(smsc.saw("bind_transmitter").await.len(), 2);
    assert_eq!(smsc.saw("submit_sm").await.len(), 2);
}

#[tokio::test]
async fn a_link_that_the_carrier_ended_costs_no_text() {
    for way in ["drop", "unbind"] {
        let smsc = Smsc::start();
        let transmitter = smsc.transmitter(&smsc.settings());
        sent(&transmitter, "123456").await;
        smsc.call(way, json!({})).await;
        for _ in 0..200 {
            sleep(Duration::from_millis(10)).await;
            if !smsc.saw("close").await.is_empty() {
                break;
            }
        }
        assert_eq!(smsc.saw("close").await.len(), 1, "{way}: hung up on both sides");
        sent(&transmitter, "123456").await;
        assert_eq!(smsc.saw("bind_transmitter").await.len(), 2, "{way}");
    }
}

#[tokio::test]
async fn the_carriers_own_question_is_answered() {
    let smsc = Smsc::start();
    let transmitter = smsc.transmitter(&smsc.settings());
    sent(&transmitter, "123456").await;
    assert_eq!(smsc.call("enquire", json!({})).await, json!({"answered": 1}));
}

#[tokio::test]
async fn a_transmitter_and_a_receiver_may_live_in_tasks() {
    let smsc = Smsc::start();
    let settings = smsc.settings();
    let (transmitter, receiver) = (smsc.transmitter(&settings), receiver(&settings));
    let sending = tokio::spawn(async move { sent(&transmitter, "123456").await });
    let hold = Duration::from_millis(100);
    let receiving = tokio::spawn(async move { receiver.run(hold, async |_| true).await });
    assert!(!sending.await.unwrap().is_empty());
    assert!(receiving.await.unwrap().is_ok());
}

#[tokio::test]
async fn leaving_is_announced() {
    let smsc = Smsc::start();
    let transmitter = smsc.transmitter(&smsc.settings());
    sent(&transmitter, "123456").await;
    transmitter.close().await;
    sent(&transmitter, "123456").await;
    let story = smsc.story().await;
    assert_eq!(story[..3], ["bind_transmitter", "submit_sm", "unbind"]);
    assert_eq!(story.iter().filter(|event| *event == "bind_transmitter").count(), 2);
}

#[tokio::test]
async fn a_carrier_that_does_not_answer_a_bind_is_down() {
    let smsc = Smsc::start();
    smsc.does(json!({"silent": ["bind_transmitter"]})).await;
    let mut settings = smsc.settings();
    settings.timeouts.answer = Duration::from_millis(300);
    let outcome = send(&smsc.transmitter(&settings), "123456").await;
    assert_eq!(outcome, failed(FailureClass::CarrierDown, "bind_unanswered"));
}

#[tokio::test]
async fn a_carrier_that_nobody_reaches_is_down_and_nothing_was_sent() {
    let smsc = Smsc::start();
    let mut settings = smsc.settings();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    settings.endpoint = Endpoint::parse(&format!("smpp://{free}")).unwrap();
    let outcome = send(&smsc.transmitter(&settings), "123456").await;
    assert_eq!(outcome, failed(FailureClass::CarrierDown, "connect"));

    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smpps://{}", mute.local_addr().unwrap());
    settings.endpoint = Endpoint::parse(&address).unwrap();
    settings.timeouts.connect = Duration::from_millis(300);
    let outcome = send(&smsc.transmitter(&settings), "123456").await;
    assert_eq!(outcome, failed(FailureClass::CarrierDown, "connect_timeout"));
}
