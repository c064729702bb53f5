//! What End User Messaging publishes to topics of ours: events, and texts from shoppers. That it
//! is the service who publishes is a matter of IAM, not of signatures.
//! <https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html>

use std::collections::HashMap;

use doorstep_domain::{
    hear::{CarrierReceipt, InboundText},
    money::Money,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::codes;
use crate::carriers::web::stable;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "eventType")]
    kind: String,
    #[serde(default)]
    is_final: bool,
    #[serde(rename = "eventTimestamp")]
    at: i64,
    message_id: String,
    #[serde(default)]
    context: HashMap<String, String>,
    total_message_price: Option<f64>,
    total_carrier_fee: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    origination_number: String,
    destination_number: String,
    message_body: String,
    inbound_message_id: String,
}

/// What an event says, from the `Message` of its SNS envelope; `None` for what means nothing to
/// us. The context that we gave names store and message.
#[must_use]
pub fn event(message: &str) -> Option<CarrierReceipt> {
    let event: Event = serde_json::from_str(message).ok()?;
    let (_, kind) = event.kind.split_once('_')?;
    let (status, class) = codes::event(kind, event.is_final)?;
    let ours = event.context.get("message").and_then(|id| id.parse().ok());
    let store = event.context.get("store").and_then(|id| id.parse().ok());
    let fee = event.total_carrier_fee.and_then(usd);
    let price = event.total_message_price.and_then(usd);
    Some(CarrierReceipt {
        carrier_message_id: Some(event.message_id),
        message: ours.map(|message| (store, message)),
        status,
        class,
        code: class.map(|_| stable(&event.kind)),
        price: price.and_then(|price| fee.map_or(Some(price), |fee| price.plus(fee))),
        at: Timestamp::from_millisecond(event.at).ok(),
    })
}

/// What a shopper wrote, from the `Message` of a two-way topic's SNS envelope.
#[must_use]
pub fn inbound(message: &str) -> Option<InboundText> {
    let text: Text = serde_json::from_str(message).ok()?;
    Some(InboundText {
        id: text.inbound_message_id,
        from: text.origination_number,
        to: text.destination_number,
        text: text.message_body,
    })
}

/// The service writes prices as JSON numbers, to five places.
fn usd(amount: f64) -> Option<Money> {
    Money::parse(&format!("{amount:.9}"), "USD").ok()
}

#[cfg(test)]
mod tests {
    use doorstep_domain::{
        carrier::FailureClass,
        id::{MessageId, StoreId},
        message::MessageStatus,
    };
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// An event as it came to a service in production: cds-snc/notification-api, app/aws/mocks.py.
    fn sample(change: impl FnOnce(&mut Value)) -> String {
        let mut event = json!({
            "eventVersion": "1.0",
            "originationPhoneNumber": "+13655550100",
            "destinationPhoneNumber": "+16135550123",
            "isoCountryCode": "CA",
            "mcc": "302",
            "mnc": "610",
            "carrierName": "Bell Cellular Inc. / Aliant Telecom",
            "messageId": "221bc70c-7ee6-4987-b1ba-9684ba25be20",
            "messageRequestTimestamp": 1_712_944_267_685_i64,
            "messageEncoding": "GSM",
            "messageType": "TRANSACTIONAL",
            "totalMessageParts": 1,
            "totalMessagePrice": 0.00581,
            "totalCarrierFee": 0.006,
            "eventType": "TEXT_DELIVERED",
            "eventTimestamp": 1_712_944_268_877_i64,
            "isFinal": true,
            "messageStatus": "DELIVERED",
            "messageStatusDescription": "Message has been accepted by phone",
            "context": {
                "store": StoreId::from_bits(7).to_string(),
                "message": MessageId::from_bits(9).to_string(),
                "mode": "live",
            },
        });
        change(&mut event);
        event.to_string()
    }

    #[test]
    fn an_event_tells_message_price_and_time() {
        let receipt = event(&sample(|_| ())).unwrap();
        let id = "221bc70c-7ee6-4987-b1ba-9684ba25be20";
        assert_eq!(receipt.carrier_message_id.as_deref(), Some(id));
        let ours = (Some(StoreId::from_bits(7)), MessageId::from_bits(9));
        assert_eq!(receipt.message, Some(ours));
        assert_eq!(receipt.status, MessageStatus::Delivered);
        assert_eq!(receipt.price.unwrap().to_string(), "0.01181 USD");
        assert_eq!(receipt.at.unwrap().as_millisecond(), 1_712_944_268_877);
    }

    #[test]
    fn success_is_delivery_only_when_it_is_final() {
        for (is_final, status) in [(true, MessageStatus::Delivered), (false, MessageStatus::Sent)] {
            let text = sample(|event| {
                event["eventType"] = json!("TEXT_SUCCESSFUL");
                event["isFinal"] = json!(is_final);
            });
            assert_eq!(event(&text).unwrap().status, status, "{is_final}");
        }
    }

    #[test]
    fn a_block_has_its_class_and_code() {
        let text = sample(|event| event["eventType"] = json!("TEXT_PROTECT_BLOCKED"));
        let receipt = event(&text).unwrap();
        assert_eq!(receipt.class, Some(FailureClass::Policy));
        assert_eq!(receipt.code.as_deref(), Some("TEXT_PROTECT_BLOCKED"));
    }

    #[test]
    fn an_event_without_our_context_is_known_by_the_services_id() {
        let receipt = event(&sample(|event| event["context"] = json!({}))).unwrap();
        assert_eq!(receipt.message, None);
        assert!(receipt.carrier_message_id.is_some());
    }

    #[test]
    fn a_shoppers_text_is_read() {
        let text = r#"{"originationNumber":"+447400123456","destinationNumber":"+447400654321",
            "messageKeyword":"KEYWORD_1","messageBody":"STOP","inboundMessageId":"in-1",
            "previousPublishedMessageId":"out-1"}"#;
        let read = inbound(text).unwrap();
        assert_eq!((read.id.as_str(), read.text.as_str()), ("in-1", "STOP"));
        assert_eq!(inbound("{}"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}", amount: f64) {
            let _ = (event(&text), inbound(&text));
            let _ = event(&sample(|event| event["totalMessagePrice"] = json!(amount)));
        }
    }
}
