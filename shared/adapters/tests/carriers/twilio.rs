use super::*;
use crate::listener::Listener;

const SID: &str = "AC00000000000000000000000000000001";
const TOKEN: (&str, &str) = ("auth_token", "stand-in-auth-token");
const PUBLIC: &str = "https://shop.example";

fn ours(fields: &[(&str, &str)]) -> Arc<Account> {
    let fields = [&[TOKEN, ("voice_from", "+441632960000")], fields].concat();
    account(CarrierName::Twilio, SID, &fields)
}

fn start() -> StandIn {
    StandIn::start("twilio", &[])
}

#[tokio::test]
async fn a_text_goes_out_with_sender_validity_and_callback() {
    let (stand_in, account) = (start(), ours(&[("from", "CornerShop")]));
    let carrier = at(&stand_in, CarrierName::Twilio, PUBLIC).await;
    let message = text(CarrierName::Twilio, Some(&account));
    let outcome = send(&carrier, &message).await;
    let received = stand_in.newest().await;
    let carrier_message_id = member(&received, "id").to_owned();
    assert_eq!(outcome, Outcome::Accepted { carrier_message_id });
    for (name, value) in [
        ("To", "+447400123456"),
        ("From", "CornerShop"),
        ("Body", "012345 is your Corner Shop code. £1 & more"),
        ("ValidityPeriod", "540"),
        ("RiskCheck", "enable"),
    ] {
        assert_eq!(received["form"][name], value, "{name}");
    }
    let (store, id) = (message.scope.0, message.message);
    let callback = format!("{PUBLIC}/webhooks/carriers/twilio/{SID}?store={store}&message={id}");
    assert_eq!(received["callback"], callback);
    assert_eq!(received["trace"], TRACE);
}

#[tokio::test]
async fn without_a_public_url_a_text_has_no_callback_and_no_call_is_made() {
    let (stand_in, account) = (start(), ours(&[("from", "CornerShop")]));
    let carrier = at(&stand_in, CarrierName::Twilio, "").await;
    let outcome = send(&carrier, &text(CarrierName::Twilio, Some(&account))).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert_eq!(stand_in.newest().await["form"].get("StatusCallback"), None);
    let outcome = send(&carrier, &call(CarrierName::Twilio, Some(&account))).await;
    let code = "no_public_url".to_owned();
    assert_eq!(outcome, Outcome::Failed { class: FailureClass::Configuration, code });
}

#[tokio::test]
async fn a_stores_sender_comes_before_the_accounts() {
    let service = "MG00000000000000000000000000000001";
    let (stand_in, account) = (start(), ours(&[("messaging_service_sid", service)]));
    let carrier = at(&stand_in, CarrierName::Twilio, PUBLIC).await;
    let message = text(CarrierName::Twilio, Some(&account));
    send(&carrier, &message).await;
    assert_eq!(stand_in.newest().await["form"]["MessagingServiceSid"], service);
    let sender = Some("TheStore".to_owned());
    send(&carrier, &Outgoing { sender, ..message }).await;
    assert_eq!(stand_in.newest().await["from"], "TheStore");
}

#[tokio::test]
async fn each_trouble_has_its_class() {
    let (stand_in, account) = (start(), ours(&[("from", "CornerShop")]));
    let carrier = at(&stand_in, CarrierName::Twilio, PUBLIC).await;
    let message = text(CarrierName::Twilio, Some(&account));
    troubles(&stand_in, &carrier, &message).await;
    for coded in [
        ("21211", FailureClass::BadNumber),
        ("21610", FailureClass::OptedOut),
        ("21408", FailureClass::Policy),
        ("20429", FailureClass::Throttled),
        ("12345", FailureClass::Configuration),
    ] {
        error(&stand_in, &carrier, &message, coded).await;
    }
}

#[tokio::test]
async fn what_is_not_ours_to_send_is_not_sent() {
    let stand_in = start();
    let carrier = at(&stand_in, CarrierName::Twilio, PUBLIC).await;
    let fields = [("auth_token", "wrong"), ("from", "CornerShop")];
    let stranger = account(CarrierName::Twilio, SID, &fields);
    for (account, code) in [
        (Some(stranger), "20003"),
        (Some(ours(&[])), "no_sender"),
        (Some(account(CarrierName::Twilio, "AC/../x", &[TOKEN])), "no_account"),
        (Some(account(CarrierName::Twilio, SID, &[("from", "Shop")])), "no_auth_token"),
        (None, "no_account"),
    ] {
        let outcome = send(&carrier, &text(CarrierName::Twilio, account.as_ref())).await;
        let class = FailureClass::Configuration;
        assert_eq!(outcome, Outcome::Failed { class, code: code.to_owned() });
    }
    assert_eq!(stand_in.received().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_receipt_is_believed_and_a_forged_one_is_not() {
    let (stand_in, account, webhook) =
        (start(), ours(&[("from", "CornerShop")]), Listener::start().await);
    let carrier = at(&stand_in, CarrierName::Twilio, &webhook.url).await;
    let message = text(CarrierName::Twilio, Some(&account));
    stand_in.switch(json!({"mode": "undelivered", "code": "30005"})).await;
    let Outcome::Accepted { carrier_message_id } = send(&carrier, &message).await else {
        panic!("it was refused")
    };
    let (sent, undelivered) = (webhook.next().await, webhook.next().await);
    assert_eq!(receipt(&account, &webhook.url, &sent).status.as_str(), "sent");
    let heard = receipt(&account, &webhook.url, &undelivered);
    assert_eq!(heard.status.as_str(), "undelivered");
    assert_eq!(heard.class, Some(FailureClass::BadNumber));
    assert_eq!(heard.carrier_message_id, Some(carrier_message_id));
    assert_eq!(heard.message, Some((Some(message.scope.0), message.message)));
    for (from, to) in [("30005", "30003"), ("store=sto_", "store=sto-")] {
        let forged = undelivered.tampered(from, to);
        assert_eq!(hear(&account, &webhook.url, &forged), Err(NotHeard::Unproven), "{from}");
    }
}

#[tokio::test]
async fn a_shoppers_text_is_believed() {
    let (stand_in, webhook) = (start(), Listener::start().await);
    let url = format!("{}/webhooks/carriers/twilio/{SID}/inbound", webhook.url);
    let text =
        json!({"from": "+447400123456", "to": "+447400654321", "text": "Stop £", "url": url});
    stand_in.writes(text).await;
    let request = webhook.next().await;
    let heard = hear(&ours(&[]), &webhook.url, &request).unwrap();
    let [Heard::Text(text)] = &heard[..] else { panic!("no text") };
    assert_eq!((text.from.as_str(), text.text.as_str()), ("+447400123456", "Stop £"));
    let forged = request.tampered("Stop", "Start");
    assert_eq!(hear(&ours(&[]), &webhook.url, &forged), Err(NotHeard::Unproven));
}

/// A webhook that answers a keypress as the product would.
async fn answering(account: &Arc<Account>) -> Listener {
    let account = Arc::clone(account);
    Listener::answering(move |url| {
        let url = url.to_owned();
        Arc::new(move |request| {
            let url = format!("{url}{}", request.target);
            Ears.pressed(&account, &callback(&url, request))
                .unwrap()
                .map(|proved| proved.says.0)
                .unwrap_or_default()
        })
    })
    .await
}

#[tokio::test]
async fn a_call_reads_its_words_after_a_keypress_and_never_before() {
    let (stand_in, account) = (start(), ours(&[("from", "CornerShop")]));
    let webhook = answering(&account).await;
    let carrier = at(&stand_in, CarrierName::Twilio, &webhook.url).await;
    let message = call(CarrierName::Twilio, Some(&account));
    assert!(matches!(send(&carrier, &message).await, Outcome::Accepted { .. }));
    let (pressed, ended) = (webhook.next().await, webhook.next().await);
    assert!(pressed.target.contains("&say="));
    assert_eq!(receipt(&account, &webhook.url, &ended).status.as_str(), "delivered");
    let received = stand_in.newest().await;
    let (prompt, words) =
        ("This is Tom & Jerry's. To hear your code, press any key.", "0, 1, 2, 3, 4, 5,");
    assert_eq!(received["said"], json!([prompt, words]));
    assert!(!member(&received, "twiml").contains("0, 1, 2"));
    for (name, value) in [("Timeout", "20"), ("TimeLimit", "60"), ("From", "+441632960000")] {
        assert_eq!(received["form"][name], value, "{name}");
    }
}

#[tokio::test]
async fn a_voicemail_hears_no_code() {
    let (stand_in, account) = (start(), ours(&[]));
    let webhook = answering(&account).await;
    let carrier = at(&stand_in, CarrierName::Twilio, &webhook.url).await;
    stand_in.switch(json!({"mode": "voicemail"})).await;
    send(&carrier, &call(CarrierName::Twilio, Some(&account))).await;
    webhook.next().await;
    let received = stand_in.newest().await;
    assert_eq!(received["said"].as_array().unwrap().len(), 1);
    assert!(!received.to_string().contains("0, 1, 2"));
}
