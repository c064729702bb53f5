//! SNS `Publish` to a phone number: no validity, no receipts. For local stacks and tests.

use aws_sdk_sns::{Client, config::retry::RetryConfig, types::MessageAttributeValue};
use doorstep_domain::{
    carrier::{FailureClass, Outcome, Outgoing},
    ports::Carrier,
};

use crate::aws::{Aws, fault, maybe_sent};

/// SNS as a carrier.
pub struct SnsCarrier {
    client: Client,
    sender_id: Option<String>,
}

impl SnsCarrier {
    /// Sends from this sender id, if any. Retries are ours, not the SDK's: a publish is not
    /// idempotent.
    #[must_use]
    pub fn new(aws: &Aws, sender_id: Option<String>) -> Self {
        let config = aws_sdk_sns::config::Builder::from(&aws.config)
            .retry_config(RetryConfig::disabled())
            .interceptor(aws.counter());
        Self { client: Client::from_conf(config.build()), sender_id }
    }
}

impl Carrier for SnsCarrier {
    async fn send(&self, text: &Outgoing) -> Outcome {
        let Some(words) = text.text() else {
            let code = "no_calls".to_owned();
            return Outcome::Failed { class: FailureClass::Configuration, code };
        };
        let mut call = self
            .client
            .publish()
            .phone_number(text.to.expose())
            .message(words)
            .set_message_attributes(attribute("AWS.SNS.SMS.SMSType", "Transactional"));
        if let Some(sender) = &self.sender_id {
            let attributes = attribute("AWS.SNS.SMS.SenderID", sender);
            call =
                attributes.into_iter().flatten().fold(call, |c, (k, v)| c.message_attributes(k, v));
        }
        match call.send().await {
            Ok(answer) => {
                Outcome::Accepted { carrier_message_id: answer.message_id.unwrap_or_default() }
            }
            Err(e) => {
                let code = fault("publish a text", &e).code;
                Outcome::Failed { class: class(&code, maybe_sent(&e)), code }
            }
        }
    }
}

fn attribute(
    name: &str,
    value: &str,
) -> Option<std::collections::HashMap<String, MessageAttributeValue>> {
    let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
    Some([(name.to_owned(), value.ok()?)].into())
}

/// What SNS's error codes mean.
fn class(code: &str, maybe: bool) -> FailureClass {
    match code {
        _ if maybe => FailureClass::MaybeSent,
        "InvalidParameter" | "InvalidParameterException" => FailureClass::BadNumber,
        "OptedOut" | "OptedOutException" => FailureClass::OptedOut,
        "Throttled" | "ThrottledException" | "ThrottlingException" => FailureClass::Throttled,
        "AuthorizationError" | "AuthorizationErrorException" | "AccessDenied" => {
            FailureClass::Configuration
        }
        _ => FailureClass::CarrierDown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_code_has_its_class() {
        for (code, expected) in [
            ("InvalidParameter", FailureClass::BadNumber),
            ("OptedOut", FailureClass::OptedOut),
            ("Throttled", FailureClass::Throttled),
            ("AuthorizationError", FailureClass::Configuration),
            ("InternalError", FailureClass::CarrierDown),
            ("dispatch", FailureClass::CarrierDown),
        ] {
            assert_eq!(class(code, false), expected, "{code}");
        }
        assert_eq!(class("timeout", true), FailureClass::MaybeSent);
    }
}
