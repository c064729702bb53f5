//! Receipts and texts from shoppers: early, refused, unreadable, interrupted.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use doorstep_domain::{
    carrier::{FailureClass, Outcome},
    message::MessageStatus,
};
use doorstep_smpp::{Delivery, Drained, Ended};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::smsc::{Smsc, receiver, sent};

const HOLD: Duration = Duration::from_millis(1_500);

fn drained(taken: usize, refused: usize, unreadable: usize) -> Drained {
    Drained { taken, refused, unreadable, ended: Ended::InTime }
}

#[tokio::test]
async fn a_receipt_may_come_before_the_answer() {
    let smsc = Smsc::start();
    smsc.does(json!({"receipt": "before", "answer_after_ms": 1_000})).await;
    let settings = smsc.settings();
    let (transmitter, receiver) = (smsc.transmitter(&settings), receiver(&settings));
    let came = Mutex::new(Vec::new());
    let take = async |delivery| {
        came.lock().unwrap().push((Instant::now(), delivery));
        true
    };
    let send = async {
        sleep(Duration::from_millis(200)).await;
        (sent(&transmitter, "123456").await, Instant::now())
    };
    let (run, (id, answered)) = tokio::join!(receiver.run(HOLD, take), send);
    assert_eq!(run, Ok(drained(1, 0, 0)));
    let (at, delivery) = came.into_inner().unwrap().remove(0);
    assert!(at < answered);
    let Delivery::Receipt(receipt) = delivery else { panic!("{delivery:?}") };
    assert_eq!((receipt.carrier_message_id, receipt.status), (id, MessageStatus::Delivered));
}

#[tokio::test]
async fn receipts_wait_at_the_carrier_for_the_next_run() {
    let smsc = Smsc::start();
    smsc.does(json!({"receipt": "after", "stat": "UNDELIV", "err": "027"})).await;
    let settings = smsc.settings();
    let transmitter = smsc.transmitter(&settings);
    for _ in 0..12 {
        sent(&transmitter, "123456 is your code").await;
    }
    let texts = Mutex::new(Vec::new());
    let take = async |delivery| {
        let Delivery::Receipt(receipt) = &delivery else { panic!("{delivery:?}") };
        assert_eq!(receipt.status, MessageStatus::Undelivered);
        assert_eq!(receipt.class, Some(FailureClass::HandsetAbsent));
        assert_eq!(receipt.code.as_deref(), Some("UNDELIV/027"));
        texts.lock().unwrap().push(format!("{delivery:?}"));
        true
    };
    assert_eq!(receiver(&settings).run(HOLD, take).await, Ok(drained(12, 0, 0)));
    assert_eq!(smsc.received().await["waiting"], 0);
    assert!(!texts.into_inner().unwrap().concat().contains("123456"));
}

#[tokio::test]
async fn what_was_not_kept_is_not_acknowledged_and_comes_again() {
    let smsc = Smsc::start();
    smsc.does(json!({"receipt": "after"})).await;
    let settings = smsc.settings();
    sent(&smsc.transmitter(&settings), "123456").await;
    let calls = AtomicUsize::new(0);
    let take = async |_| calls.fetch_add(1, Ordering::Relaxed) > 0;
    assert_eq!(receiver(&settings).run(HOLD, take).await, Ok(drained(1, 1, 0)));
    let answers = smsc.saw("deliver_sm_resp").await;
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!(0x64), &json!(0)));
}

#[tokio::test]
async fn nothing_is_acknowledged_while_it_is_being_kept() {
    let smsc = Smsc::start();
    smsc.does(json!({"receipt": "after"})).await;
    let settings = smsc.settings();
    sent(&smsc.transmitter(&settings), "123456").await;
    let smsc = &smsc;
    let take = async |_| {
        sleep(Duration::from_millis(200)).await;
        assert_eq!(smsc.received().await["waiting"], 1);
        true
    };
    assert_eq!(receiver(&settings).run(HOLD, take).await, Ok(drained(1, 0, 0)));
    assert_eq!(smsc.received().await["waiting"], 0);
}

#[tokio::test]
async fn a_shoppers_stop_is_handed_over() {
    let smsc = Smsc::start();
    let stop = json!({"source_addr": "447700900001", "source_addr_ton": 1, "destination_addr": "60777", "short_message": "STOP"});
    smsc.call("deliver", json!({"pdu": stop})).await;
    let take = async |delivery| {
        let Delivery::Inbound(inbound) = delivery else { panic!("{delivery:?}") };
        let told = (inbound.from.as_str(), inbound.to.as_str(), inbound.text.as_str());
        assert_eq!(told, ("+447700900001", "60777", "STOP"));
        true
    };
    let run = receiver(&smsc.settings()).run(HOLD, take).await;
    assert_eq!(run, Ok(drained(1, 0, 0)));
}

#[tokio::test]
async fn what_nobody_can_read_does_not_come_for_ever() {
    let smsc = Smsc::start();
    smsc.call("deliver", json!({"pdu": {"esm_class": 4, "short_message": "stat:DELIVRD"}})).await;
    let take = async |_| panic!("there is nothing to hand over");
    let run = receiver(&smsc.settings()).run(HOLD, take).await;
    assert_eq!(run, Ok(drained(0, 0, 1)));
    assert_eq!(smsc.saw("deliver_sm_resp").await[0]["status"], 0x65);
}

#[tokio::test]
async fn a_run_ends_in_time_and_gives_the_bind_free() {
    let smsc = Smsc::start();
    let began = Instant::now();
    let run = receiver(&smsc.settings()).run(HOLD, async |_| true).await;
    assert_eq!(run, Ok(drained(0, 0, 0)));
    assert!((1_500..5_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(smsc.story().await[..2], ["bind_receiver", "unbind"]);
}

#[tokio::test]
async fn a_run_ends_when_the_carrier_is_gone() {
    for (habits, way) in [
        (json!({}), Some("drop")),
        (json!({}), Some("unbind")),
        (json!({"silent": ["enquire_link"]}), None),
    ] {
        let smsc = Smsc::start();
        smsc.does(habits).await;
        let mut settings = smsc.settings();
        settings.timeouts.keepalive = Duration::from_millis(300);
        let receiver = receiver(&settings);
        let end = async {
            sleep(Duration::from_millis(200)).await;
            if let Some(way) = way {
                smsc.call(way, json!({})).await;
            }
        };
        let (run, ()) = tokio::join!(receiver.run(Duration::from_secs(30), async |_| true), end);
        assert_eq!(run.unwrap().ended, Ended::ByTheCarrier, "{way:?}");
    }
}

#[tokio::test]
async fn a_receiver_lives_as_long_as_the_carrier_answers() {
    let smsc = Smsc::start();
    let mut settings = smsc.settings();
    settings.timeouts.keepalive = Duration::from_millis(100);
    let run = receiver(&settings).run(HOLD, async |_| true).await;
    assert_eq!(run, Ok(drained(0, 0, 0)));
    assert!(smsc.saw("enquire_link").await.len() > 2);
}

#[tokio::test]
async fn a_refused_receiver_says_why() {
    let smsc = Smsc::start();
    smsc.does(json!({"password": "another"})).await;
    let run = receiver(&smsc.settings()).run(HOLD, async |_| true).await;
    let code = "0x0000000e".to_owned();
    assert_eq!(run, Err(Outcome::Failed { class: FailureClass::Configuration, code }));
}
