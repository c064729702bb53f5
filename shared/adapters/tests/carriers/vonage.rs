use super::*;
use crate::listener::Listener;

const KEY: &str = "standin1";
const PUBLIC: &str = "https://shop.example";

fn ours(fields: &[(&str, &str)]) -> Arc<Account> {
    let own = [
        ("api_secret", "stand-in-api-secret"),
        ("signature_secret", "stand-in-signature-secret"),
        ("from", "CornerShop"),
    ];
    account(CarrierName::Vonage, KEY, &[&own, fields].concat())
}

#[tokio::test]
async fn a_text_goes_out_with_life_and_our_reference() {
    let (stand_in, account) = (StandIn::start("vonage", &[]), ours(&[]));
    let carrier = at(&stand_in, CarrierName::Vonage, PUBLIC).await;
    let message = text(CarrierName::Vonage, Some(&account));
    let outcome = send(&carrier, &message).await;
    let received = stand_in.newest().await;
    let carrier_message_id = member(&received, "id").to_owned();
    assert_eq!(outcome, Outcome::Accepted { carrier_message_id });
    let reference = message.message.to_string();
    for (name, value) in [
        ("to", "447400123456"),
        ("from", "CornerShop"),
        ("text", "012345 is your Corner Shop code. £1 & more"),
        ("ttl", "540000"),
        ("client-ref", &reference),
        ("status-report-req", "1"),
        // The URL that names the message is longer than Vonage takes; `client-ref` names it too.
        ("callback", "https://shop.example/webhooks/carriers/vonage/standin1"),
    ] {
        assert_eq!(received["form"][name], value, "{name}");
    }
    assert_eq!(received["type"], "text");
    assert_eq!(received["trace"], TRACE);
}

#[tokio::test]
async fn without_a_public_url_a_text_has_no_callback() {
    let (stand_in, account) = (StandIn::start("vonage", &[]), ours(&[]));
    let carrier = at(&stand_in, CarrierName::Vonage, "").await;
    let outcome = send(&carrier, &text(CarrierName::Vonage, Some(&account))).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert_eq!(stand_in.newest().await["form"].get("callback"), None);
}

#[tokio::test]
async fn what_gsm_cannot_say_is_sent_as_unicode() {
    let (stand_in, account) = (StandIn::start("vonage", &[]), ours(&[]));
    let carrier = at(&stand_in, CarrierName::Vonage, PUBLIC).await;
    let content = Content::Text("Tŷ Siôn: 012345 😀".to_owned());
    send(&carrier, &Outgoing { content, ..text(CarrierName::Vonage, Some(&account)) }).await;
    let received = stand_in.newest().await;
    assert_eq!(
        (&received["type"], &received["text"]),
        (&json!("unicode"), &json!("Tŷ Siôn: 012345 😀"))
    );
}

#[tokio::test]
async fn a_request_may_be_signed_in_place_of_the_secret() {
    for method in ["sha1", "sha256", "sha512"] {
        let stand_in = StandIn::start("vonage", &["--signature-method", method]);
        let account = ours(&[("sign_requests", "true"), ("signature_method", method)]);
        let carrier = at(&stand_in, CarrierName::Vonage, PUBLIC).await;
        let outcome = send(&carrier, &text(CarrierName::Vonage, Some(&account))).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{method}: {outcome:?}");
        assert_eq!(stand_in.newest().await["form"]["api_secret"], Value::Null);
    }
}

#[tokio::test]
async fn each_trouble_has_its_class() {
    let (stand_in, account) = (StandIn::start("vonage", &[]), ours(&[]));
    let carrier = at(&stand_in, CarrierName::Vonage, PUBLIC).await;
    let message = text(CarrierName::Vonage, Some(&account));
    troubles(&stand_in, &carrier, &message).await;
    for coded in [
        ("1", FailureClass::Throttled),
        ("6", FailureClass::BadNumber),
        ("7", FailureClass::OptedOut),
        ("5", FailureClass::CarrierDown),
        ("29", FailureClass::Policy),
        ("15", FailureClass::Configuration),
    ] {
        error(&stand_in, &carrier, &message, coded).await;
    }
    let stranger = ours(&[("api_secret", "wrong")]);
    let outcome = send(&carrier, &text(CarrierName::Vonage, Some(&stranger))).await;
    let class = FailureClass::Configuration;
    assert_eq!(outcome, Outcome::Failed { class, code: "4".to_owned() });
}

#[tokio::test]
async fn a_receipt_is_believed_however_it_comes_and_a_forged_one_is_not() {
    for by in ["form", "json", "get"] {
        let stand_in = StandIn::start("vonage", &["--receipts-by", by]);
        let (account, webhook) = (ours(&[]), Listener::start().await);
        let carrier = at(&stand_in, CarrierName::Vonage, &webhook.url).await;
        let message = text(CarrierName::Vonage, Some(&account));
        stand_in.switch(json!({"mode": "early"})).await;
        send(&carrier, &message).await;
        let request = webhook.next().await;
        let heard = receipt(&account, &webhook.url, &request);
        assert_eq!(heard.status.as_str(), "delivered", "{by}");
        assert_eq!(heard.message, Some((None, message.message)), "{by}");
        assert_eq!(heard.price.unwrap().to_string(), "0.0333 EUR", "{by}");
        let forged = request.tampered("delivered", "failed");
        assert_eq!(hear(&account, &webhook.url, &forged), Err(NotHeard::Unproven), "{by}");
    }
}

#[tokio::test]
async fn a_shoppers_text_is_believed() {
    let (stand_in, webhook) = (StandIn::start("vonage", &[]), Listener::start().await);
    let url = format!("{}/webhooks/carriers/vonage/{KEY}/inbound", webhook.url);
    let text = json!({"from": "+447400123456", "to": "+447400654321", "text": "Stop", "url": url});
    stand_in.writes(text).await;
    let request = webhook.next().await;
    let heard = hear(&ours(&[]), &webhook.url, &request).unwrap();
    let [Heard::Text(text)] = &heard[..] else { panic!("no text") };
    assert_eq!((text.from.as_str(), text.text.as_str()), ("447400123456", "Stop"));
    let forged = request.tampered("Stop", "Start");
    assert_eq!(hear(&ours(&[]), &webhook.url, &forged), Err(NotHeard::Unproven));
}
