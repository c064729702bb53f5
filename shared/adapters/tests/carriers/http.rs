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
