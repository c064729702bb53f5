use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::listener::Listener;

const PUBLIC: &str = "https://shop.example";

fn ours(shape: &str) -> Arc<Account> {
    let fields = [
        ("shape", shape),
        ("api_key", "stand-in-api-key"),
        ("from", "CornerShop"),
        ("webhook_user", "carrier"),
        ("webhook_password", "stand-in-webhook-password"),
    ];
    account(CarrierName::Http, "main", &fields)
}

#[tokio::test]
async fn each_preset_sends_a_text_with_our_reference() {
    for shape in ["mmg", "firetext"] {
        let (stand_in, account) = (StandIn::start("http", &["--shape", shape]), ours(shape));
        let carrier = at(&stand_in, CarrierName::Http, PUBLIC).await;
        let message = text(CarrierName::Http, Some(&account));
        let outcome = send(&carrier, &message).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{shape}: {outcome:?}");
        let received = stand_in.newest().await;
        let reference = message.message.to_string();
        for (name, value) in [
            ("to", "447400123456"),
            ("from", "CornerShop"),
            ("text", "012345 is your Corner Shop code. £1 & more"),
            ("ref", &reference),
        ] {
            assert_eq!(received[name], value, "{shape} {name}");
        }
        assert_eq!(received["trace"], TRACE);
    }
}

#[tokio::test]
async fn without_a_public_url_a_text_has_no_callback() {
    for shape in ["mmg", "firetext"] {
        let (stand_in, account) = (StandIn::start("http", &["--shape", shape]), ours(shape));
        let carrier = at(&stand_in, CarrierName::Http, "").await;
        let outcome = send(&carrier, &text(CarrierName::Http, Some(&account))).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{shape}: {outcome:?}");
        assert_eq!(stand_in.newest().await["callback"], Value::Null, "{shape}");
    }
}

#[tokio::test]
async fn each_trouble_has_its_class() {
    let (stand_in, account) = (StandIn::start("http", &[]), ours("mmg"));
    let carrier = at(&stand_in, CarrierName::Http, PUBLIC).await;
    troubles(&stand_in, &carrier, &text(CarrierName::Http, Some(&account))).await;
}

#[tokio::test]
async fn an_error_in_a_successful_answer_is_one() {
    let (stand_in, account) = (StandIn::start("http", &["--shape", "firetext"]), ours("firetext"));
    let carrier = at(&stand_in, CarrierName::Http, PUBLIC).await;
    let message = text(CarrierName::Http, Some(&account));
    error(&stand_in, &carrier, &message, ("9", FailureClass::Configuration)).await;
}

#[tokio::test]
async fn a_receipt_is_believed_by_its_password_alone() {
    for shape in ["mmg", "firetext"] {
        let (stand_in, account) = (StandIn::start("http", &["--shape", shape]), ours(shape));
        let webhook = Listener::start().await;
        let carrier = at(&stand_in, CarrierName::Http, &webhook.url).await;
        let message = text(CarrierName::Http, Some(&account));
        stand_in.switch(json!({"mode": "early"})).await;
        send(&carrier, &message).await;
        let request = webhook.next().await;
        let heard = receipt(&account, &webhook.url, &request);
        assert_eq!(heard.status.as_str(), "delivered", "{shape}");
        assert_eq!(heard.message, Some((Some(message.scope.0), message.message)), "{shape}");
        let mut forged = request.clone();
        forged.headers.retain(|(name, _)| name != "authorization");
        assert_eq!(hear(&account, &webhook.url, &forged), Err(NotHeard::Unproven), "{shape}");
    }
}

/// A host that counts who calls it.
async fn counted() -> (Listener, Arc<AtomicUsize>) {
    let calls = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&calls);
    let answer = move |_: &crate::listener::Request| {
        counted.fetch_add(1, Ordering::SeqCst);
        String::new()
    };
    (Listener::answering(|_| Arc::new(answer)).await, calls)
}

fn are_quiet(calls: &[&AtomicUsize]) -> bool {
    calls.iter().all(|calls| calls.load(Ordering::SeqCst) == 0)
}

/// The carrier as a sender has it where the deployment's host is `deployments`.
async fn reaching(deployments: &str, reach: Reach) -> AnyCarrier {
    let http_carrier_url = Some(deployments.to_owned());
    let settings = Settings { http_carrier_url, reach, ..Settings::default() };
    wire(&Aws::load().await, Some(CarrierName::Http), settings)
}

fn named(url: &str, secrets: &[(&str, &str)]) -> Arc<Account> {
    let mut fields = vec![("shape", "mmg"), ("from", "CornerShop"), ("url", url)];
    fields.extend(secrets);
    account(CarrierName::Http, "main", &fields)
}

const SECRETS: [(&str, &str); 3] =
    [("api_key", "stand-in-api-key"), ("webhook_user", "u"), ("webhook_password", "p")];

#[tokio::test]
async fn an_account_is_called_at_the_host_that_it_names() {
    let (own, (deployments, calls)) = (Listener::start().await, counted().await);
    let carrier = reaching(&deployments.url, Reach::Loopback).await;
    let account = named(&format!("{}/v9/", own.url), &SECRETS);
    send(&carrier, &text(CarrierName::Http, Some(&account))).await;
    let request = own.next().await;
    assert!(request.target.starts_with("/v9/") && !request.target.contains("//"));
    assert!(are_quiet(&[&calls]));
}

#[tokio::test]
async fn a_host_inside_is_never_called() {
    let (inside, calls) = counted().await;
    let port = inside.url.rsplit(':').next().unwrap().to_owned();
    let carrier = reaching(&inside.url, Reach::Internet).await;
    for (url, expected) in [
        (inside.url.clone(), "url"),
        (format!("https://127.0.0.1:{port}"), "url"),
        (format!("https://0x7f.1:{port}"), "url"),
        ("https://169.254.169.254".to_owned(), "url"),
        // RFC 6761: no name below it leads anywhere but here; some resolvers do not know it.
        (format!("https://carrier.localhost:{port}"), "leads_inside connect"),
    ] {
        let account = named(&url, &SECRETS);
        match send(&carrier, &text(CarrierName::Http, Some(&account))).await {
            Outcome::Failed { code, .. } => assert!(expected.contains(&code), "{url}: {code}"),
            Outcome::Accepted { .. } => panic!("{url} was called"),
        }
    }
    assert!(are_quiet(&[&calls]));
}

#[tokio::test]
async fn a_new_host_without_secrets_of_its_own_gets_none() {
    let ((thief, stolen), (deployments, calls)) = (counted().await, counted().await);
    let carrier = reaching(&deployments.url, Reach::Loopback).await;
    let account = named(&thief.url, &[]);
    let outcome = send(&carrier, &text(CarrierName::Http, Some(&account))).await;
    let code = "missing_field".to_owned();
    assert_eq!(outcome, Outcome::Failed { class: FailureClass::Configuration, code });
    assert!(are_quiet(&[&stolen, &calls]));
}
