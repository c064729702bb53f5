//! AWS End User Messaging, SMS and Voice v2: `SendTextMessage`.
//!
//! It has no client token, so that the SDK's retries are off: a timeout is "maybe sent".

use aws_sdk_pinpointsmsvoicev2::{
    Client, config::retry::RetryConfig, error::SdkError,
    operation::send_text_message::SendTextMessageError, types::MessageType,
};
use doorstep_domain::{
    carrier::{FailureClass, Outcome, Outgoing},
    ports::Carrier,
};

use crate::aws::{Aws, fault, maybe_sent};

/// The service's bounds for `TimeToLive`, in seconds (prior knowledge, not in the SDK).
const TTL: std::ops::RangeInclusive<i64> = 5..=259_200;

/// How this deployment uses End User Messaging.
#[derive(Debug, Clone, Default)]
pub struct EumConfig {
    /// Number, sender id or pool that texts come from.
    pub origination: Option<String>,
    /// Where the service reports events.
    pub configuration_set: Option<String>,
    /// The most that one text may cost, in USD.
    pub max_price_usd: Option<String>,
    /// Another endpoint; the local stage alone has one.
    pub endpoint_url: Option<String>,
}

/// End User Messaging as a carrier.
pub struct Eum {
    client: Client,
    config: EumConfig,
}

impl Eum {
    /// Sends as `config` says.
    #[must_use]
    pub fn new(aws: &Aws, config: EumConfig) -> Self {
        let mut builder = aws_sdk_pinpointsmsvoicev2::config::Builder::from(&aws.config)
            .retry_config(RetryConfig::disabled())
            .interceptor(aws.counter());
        if let Some(url) = &config.endpoint_url {
            builder = builder.endpoint_url(url);
        }
        Self { client: Client::from_conf(builder.build()), config }
    }
}

impl Carrier for Eum {
    async fn send(&self, text: &Outgoing) -> Outcome {
        let Some(words) = text.text() else {
            let code = "no_calls".to_owned();
            return Outcome::Failed { class: FailureClass::Configuration, code };
        };
        let seconds = text.validity.as_secs().clamp(*TTL.start(), *TTL.end());
        let (store, mode) = text.scope;
        let sent = self
            .client
            .send_text_message()
            .destination_phone_number(text.to.expose())
            .message_body(words)
            .message_type(MessageType::Transactional)
            .time_to_live(i32::try_from(seconds).unwrap_or(i32::MAX))
            .set_origination_identity(self.config.origination.clone())
            .set_configuration_set_name(self.config.configuration_set.clone())
            .set_max_price(self.config.max_price_usd.clone())
            .context("message", text.message.to_string())
            .context("store", store.to_string())
            .context("mode", mode.as_str())
            .send()
            .await;
        match sent {
            Ok(answer) => {
                Outcome::Accepted { carrier_message_id: answer.message_id.unwrap_or_default() }
            }
            Err(e) => failure(&e),
        }
    }
}

fn failure(error: &SdkError<SendTextMessageError>) -> Outcome {
    let code = match error.as_service_error().and_then(reason) {
        Some(reason) => reason,
        None => fault("send a text", error).code,
    };
    Outcome::Failed { class: class(&code, maybe_sent(error)), code }
}

/// The stable reason behind an error, where the service gives one.
fn reason(error: &SendTextMessageError) -> Option<String> {
    use SendTextMessageError as E;
    let reason = match error {
        E::AccessDeniedException(e) => e.reason.as_ref().map(AsRef::as_ref),
        E::ConflictException(e) => e.reason.as_ref().map(AsRef::as_ref),
        E::ServiceQuotaExceededException(e) => e.reason.as_ref().map(AsRef::as_ref),
        E::ValidationException(e) => e.reason.as_ref().map(AsRef::as_ref),
        _ => None,
    };
    reason.map(str::to_owned)
}

/// What the service's reasons and error codes mean: names from aws-sdk-pinpointsmsvoicev2 1.134.
fn class(code: &str, maybe: bool) -> FailureClass {
    match code {
        _ if maybe => FailureClass::MaybeSent,
        "DESTINATION_PHONE_NUMBER_OPTED_OUT" => FailureClass::OptedOut,
        "FIELD_VALIDATION_FAILED" => FailureClass::BadNumber,
        "DESTINATION_COUNTRY_BLOCKED"
        | "COUNTRY_NOT_ENABLED"
        | "PRICE_OVER_THRESHOLD"
        | "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"
        | "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE" => FailureClass::Policy,
        "ThrottlingException" => FailureClass::Throttled,
        "InternalServerException" | "dispatch" | "unreadable" => FailureClass::CarrierDown,
        // Access, sender, quota and sandbox troubles: ours to mend, another carrier's to bridge.
        _ => FailureClass::Configuration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_class() {
        use FailureClass::{
            BadNumber, CarrierDown, Configuration, MaybeSent, OptedOut, Policy, Throttled,
        };
        for (code, expected) in [
            ("DESTINATION_PHONE_NUMBER_OPTED_OUT", OptedOut),
            ("FIELD_VALIDATION_FAILED", BadNumber),
            ("DESTINATION_COUNTRY_BLOCKED", Policy),
            ("COUNTRY_NOT_ENABLED", Policy),
            ("PRICE_OVER_THRESHOLD", Policy),
            ("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", Policy),
            ("DESTINATION_PHONE_NUMBER_NOT_VERIFIED", Configuration),
            ("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", Configuration),
            ("SENDER_ID_NOT_REGISTERED", Configuration),
            ("AccessDeniedException", Configuration),
            ("ResourceNotFoundException", Configuration),
            ("ThrottlingException", Throttled),
            ("InternalServerException", CarrierDown),
            ("dispatch", CarrierDown),
        ] {
            assert_eq!(class(code, false), expected, "{code}");
        }
        assert_eq!(class("timeout", true), MaybeSent);
    }
}
