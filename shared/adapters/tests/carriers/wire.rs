//! What may become of a request on its way, below what any carrier says.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::sleep,
};

use super::*;

/// Sends a text by Twilio's adapter to a server that answers with these bytes, after it read the
/// request's head; `None` reads nothing and says nothing. How often the server was called, too.
async fn outcome(scheme: &str, response: Option<String>) -> (Outcome, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let Some(response) = response.clone() else {
                sleep(Duration::from_secs(9)).await;
                continue;
            };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(response.as_bytes()).await;
        }
    });
    let settings = Settings { twilio_base_url: Some(url), ..Settings::default() };
    let carrier = wire(&Aws::load().await, Some(CarrierName::Twilio), settings);
    let account = account(CarrierName::Twilio, "AC1", &[("auth_token", "t"), ("from", "Shop")]);
    let outcome = send(&carrier, &text(CarrierName::Twilio, Some(&account))).await;
    (outcome, calls.load(std::sync::atomic::Ordering::SeqCst))
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn failed(class: FailureClass, code: &str) -> (Outcome, usize) {
    (Outcome::Failed { class, code: code.to_owned() }, 1)
}

#[tokio::test]
async fn a_connection_without_tls_carried_nothing() {
    for response in [Some(answer("400 Bad Request", "")), None] {
        let expected = failed(FailureClass::CarrierDown, "connect");
        assert_eq!(outcome("https", response).await, expected);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = answer("307 Elsewhere\r\nlocation: /elsewhere", "");
    let expected = failed(FailureClass::Configuration, "http_307");
    assert_eq!(outcome("http", Some(elsewhere)).await, expected);
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let body = format!(r#"{{"sid":"SM1","body":"{}"}}"#, "x".repeat(64 * 1024));
    let expected = failed(FailureClass::MaybeSent, "unreadable");
    assert_eq!(outcome("http", Some(answer("201 Created", &body))).await, expected);
}

#[tokio::test]
async fn success_that_breaks_off_is_maybe_sent() {
    let whole = answer("201 Created", r#"{"sid":"SM1"}"#);
    for cut in [whole.len() - 4, 12] {
        let (outcome, calls) = outcome("http", Some(whole[..cut].to_owned())).await;
        let Outcome::Failed { class, .. } = outcome else { panic!("it was accepted") };
        assert_eq!((class, calls), (FailureClass::MaybeSent, 1), "{cut} bytes");
    }
}
