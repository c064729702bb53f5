use doorstep_adapters::carriers::{Eum, EumConfig, eum};

use super::*;
use crate::listener::Listener;

#[tokio::test]
async fn each_trouble_has_its_class() {
    let stand_in = StandIn::start("eum", &[]);
    let carrier = at(&stand_in, CarrierName::Eum, "").await;
    let message = text(CarrierName::Eum, None);
    troubles(&stand_in, &carrier, &message).await;
    for coded in [
        ("DESTINATION_PHONE_NUMBER_OPTED_OUT", FailureClass::OptedOut),
        ("FIELD_VALIDATION_FAILED", FailureClass::BadNumber),
        ("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", FailureClass::Policy),
        ("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", FailureClass::Configuration),
        ("ThrottlingException", FailureClass::Throttled),
    ] {
        error(&stand_in, &carrier, &message, coded).await;
    }
}

#[tokio::test]
async fn a_call_is_read_by_a_british_voice_at_a_capped_price() {
    let stand_in = StandIn::start("eum", &[]);
    let carrier = at(&stand_in, CarrierName::Eum, "").await;
    let message = call(CarrierName::Eum, None);
    let outcome = send(&carrier, &message).await;
    let received = stand_in.newest().await;
    let carrier_message_id = member(&received, "id").to_owned();
    assert_eq!(outcome, Outcome::Accepted { carrier_message_id });
    let form = &received["form"];
    for (name, value) in [
        ("OriginationIdentity", json!("+441632960000")),
        ("VoiceId", json!("AMY")),
        ("MessageBodyTextType", json!("SSML")),
        ("MaxPricePerMinute", json!("0.20")),
        ("TimeToLive", json!(540)),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
    let body = member(form, "MessageBody");
    assert!(body.starts_with("<speak>This is Tom &amp; Jerry&apos;s."), "{body}");
    assert_eq!(body.matches("0, 1, 2, 3, 4, 5,").count(), 2);
    let coded = ("DAILY_DESTINATION_CALL_LIMIT", FailureClass::Policy);
    error(&stand_in, &carrier, &message, coded).await;
}

#[tokio::test]
async fn a_verified_code_is_told_to_the_service() {
    let stand_in = StandIn::start("eum", &[]);
    let config = EumConfig { endpoint_url: Some(stand_in.url.clone()), ..EumConfig::default() };
    let eum = Eum::new(&Aws::load().await, config);
    eum.feedback("eum-1", true).await.unwrap();
    drop(stand_in);
    assert!(eum.feedback("eum-1", false).await.is_err());
}

#[tokio::test]
async fn an_event_names_the_message_that_it_is_about() {
    let topic = Listener::start().await;
    let arn = "arn:aws:sns:eu-west-2:000000000000:events";
    let options = ["--sns-endpoint", &topic.url, "--topic-arn", arn, "--inbound-topic-arn", arn];
    let stand_in = StandIn::start("eum", &options);
    let carrier = at(&stand_in, CarrierName::Eum, "").await;
    let message = text(CarrierName::Eum, None);
    send(&carrier, &message).await;
    for status in ["sent", "delivered"] {
        let receipt = eum::event(&published(&topic.next().await)).unwrap();
        assert_eq!(receipt.status.as_str(), status);
        assert_eq!(receipt.message, Some((Some(message.scope.0), message.message)));
    }
    stand_in.writes(json!({"from": "+447400123456", "to": "60777", "text": "Stop"})).await;
    let text = eum::inbound(&published(&topic.next().await)).unwrap();
    assert_eq!((text.from.as_str(), text.text.as_str()), ("+447400123456", "Stop"));
}

/// The message that a request publishes.
fn published(request: &Request) -> String {
    let form: BTreeMap<_, _> = form_urlencoded::parse(&request.body).into_owned().collect();
    assert_eq!(form["Action"], "Publish");
    form["Message"].clone()
}
