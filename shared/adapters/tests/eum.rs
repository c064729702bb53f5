//! End User Messaging, against a server that speaks its wire format (awsJson1.0).
//!
//! `make test` sets credentials that nobody checks.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::{Arc, Mutex};

use doorstep_adapters::{
    Aws,
    carriers::{Eum, EumConfig},
};
use doorstep_domain::{
    Mode,
    carrier::{CarrierName, Content, FailureClass, Outcome, Outgoing},
    id::{SignupId, StoreId},
    phone::{NumberType, PhoneNumber, Region},
    ports::Carrier,
};
use jiff::SignedDuration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The trace of every text here.
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What the service received: head and body, as text.
type Received = Arc<Mutex<Vec<String>>>;

/// Answers every request with this status and body; `None` hangs up after reading.
async fn service(answer: Option<(u16, &'static str)>) -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received = Received::default();
    let seen = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !is_whole(&request) {
                if stream.read_buf(&mut request).await.unwrap() == 0 {
                    break;
                }
            }
            seen.lock().unwrap().push(String::from_utf8(request).unwrap());
            if let Some((status, body)) = answer {
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            }
        }
    });
    (url, received)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|n| n.trim().parse().ok()).unwrap_or(0)
}

async fn send(answer: Option<(u16, &'static str)>) -> (Outcome, Vec<String>) {
    let (url, received) = service(answer).await;
    let outcome = send_to(url).await;
    let requests = received.lock().unwrap().clone();
    (outcome, requests)
}

async fn send_to(url: String) -> Outcome {
    let config = EumConfig {
        origination: Some("CornerShop".to_owned()),
        voice_origination: Some("+441632960000".to_owned()),
        configuration_set: Some("receipts".to_owned()),
        max_price_usd: Some("0.10".to_owned()),
        max_price_per_minute_usd: Some("0.20".to_owned()),
        endpoint_url: Some(url),
    };
    let text = Outgoing {
        message: SignupId::derived(16).message(1),
        scope: (StoreId::from_bits(7), Mode::Live),
        to: PhoneNumber::restore("+447400123456".to_owned(), Region::GB, NumberType::Mobile),
        content: Content::Text("012345 is your Corner Shop code.".to_owned()),
        sender: None,
        account: None,
        validity: SignedDuration::from_secs(540),
        carrier: CarrierName::Eum,
        take: 1,
        trace: TRACE.to_owned(),
    };
    Eum::new(&Aws::load().await, config).send(&text).await
}

fn failed(outcome: Outcome) -> (FailureClass, String) {
    match outcome {
        Outcome::Failed { class, code } => (class, code),
        Outcome::Accepted { .. } => panic!("it was accepted"),
    }
}

#[tokio::test]
async fn a_text_goes_out_with_validity_price_cap_and_our_id() {
    let (outcome, requests) = send(Some((200, r#"{"MessageId":"eum-1"}"#))).await;
    assert_eq!(outcome, Outcome::Accepted { carrier_message_id: "eum-1".to_owned() });
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("PinpointSMSVoiceV2.SendTextMessage"), "{head}");
    for part in [
        r#""DestinationPhoneNumber":"+447400123456""#,
        r#""OriginationIdentity":"CornerShop""#,
        r#""ConfigurationSetName":"receipts""#,
        r#""MessageType":"TRANSACTIONAL""#,
        r#""MaxPrice":"0.10""#,
        r#""TimeToLive":540"#,
        r#""message":"msg_"#,
        r#""mode":"live""#,
        r#""traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01""#,
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[tokio::test]
async fn a_block_is_told_by_its_reason() {
    let (outcome, _) = send(Some((
        400,
        r#"{"__type":"ConflictException","Message":"+447400123456","Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT"}"#,
    )))
    .await;
    let reason = "DESTINATION_PHONE_NUMBER_OPTED_OUT".to_owned();
    assert_eq!(failed(outcome), (FailureClass::OptedOut, reason));
}

#[tokio::test]
async fn an_error_that_echoes_the_number_does_not_tell_it() {
    let (outcome, _) =
        send(Some((500, r#"{"__type":"InternalServerException","Message":"+447400123456"}"#)))
            .await;
    assert!(!format!("{outcome:?}").contains("7400123456"));
    assert_eq!(failed(outcome).0, FailureClass::CarrierDown);
}

#[tokio::test]
async fn throttling_is_not_retried_by_the_sdk() {
    let (outcome, requests) =
        send(Some((400, r#"{"__type":"ThrottlingException","Message":"slow down"}"#))).await;
    assert_eq!(failed(outcome).0, FailureClass::Throttled);
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn silence_after_the_request_is_maybe_sent() {
    let (outcome, requests) = send(None).await;
    assert_eq!(failed(outcome).0, FailureClass::MaybeSent);
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn a_refused_connection_carried_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(failed(send_to(url).await).0, FailureClass::CarrierDown);
}
