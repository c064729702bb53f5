//! AWS End User Messaging, SMS and Voice v2: `SendTextMessage`, `SendVoiceMessage`,
//! `PutMessageFeedback`.
//!
//! No send has a client token, so that the SDK's retries are off: a timeout is "maybe sent".

mod codes;
mod events;
mod failures;

use aws_sdk_pinpointsmsvoicev2::{
    Client,
    config::retry::RetryConfig,
    types::{MessageFeedbackStatus, MessageType, VoiceId, VoiceMessageBodyTextType},
};
use doorstep_domain::{
    Fault,
    carrier::{Content, FailureClass, Outcome, Outgoing, Spoken},
    ports::Carrier,
};

pub use events::{event, inbound};
use failures::failure;

use super::xml::escaped;
use crate::aws::{Aws, fault};

/// The service's bounds for `TimeToLive`, in seconds (prior knowledge, not in the SDK).
const TTL: std::ops::RangeInclusive<i64> = 5..=259_200;

/// How this deployment uses End User Messaging.
#[derive(Debug, Clone, Default)]
pub struct EumConfig {
    /// Number, sender id or pool that texts come from, when a store has none of its own.
    pub origination: Option<String>,
    /// Number that calls come from: a sender id cannot call.
    pub voice_origination: Option<String>,
    /// Where the service reports events.
    pub configuration_set: Option<String>,
    /// The most that one text may cost, in USD.
    pub max_price_usd: Option<String>,
    /// The most that one minute of a call may cost, in USD.
    pub max_price_per_minute_usd: Option<String>,
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

    /// Tells the service whether its message reached its shopper: what it makes its conversion
    /// data of. It counts only for messages that were sent with feedback on, and there silence
    /// means failure: sends leave it off until verifications report here.
    ///
    /// # Errors
    /// When the service does not take it.
    pub async fn feedback(&self, carrier_message_id: &str, received: bool) -> Result<(), Fault> {
        let status =
            if received { MessageFeedbackStatus::Received } else { MessageFeedbackStatus::Failed };
        let call = self.client.put_message_feedback().message_id(carrier_message_id);
        let put = call.message_feedback_status(status).send().await;
        put.map(drop).map_err(|e| fault("give feedback on a message", &e))
    }

    async fn text(&self, message: &Outgoing, words: &str) -> Outcome {
        let origination = message.sender.clone().or_else(|| self.config.origination.clone());
        let (store, mode) = message.scope;
        let sent = self
            .client
            .send_text_message()
            .destination_phone_number(message.to.expose())
            .message_body(words)
            .message_type(MessageType::Transactional)
            .time_to_live(ttl(message))
            .set_origination_identity(origination)
            .set_configuration_set_name(self.config.configuration_set.clone())
            .set_max_price(self.config.max_price_usd.clone())
            .context("message", message.message.to_string())
            .context("store", store.to_string())
            .context("mode", mode.as_str())
            .context("traceparent", &message.trace)
            .send()
            .await;
        sent.map_or_else(|e| failure(&e), |answer| accepted(answer.message_id))
    }

    async fn call(&self, message: &Outgoing, spoken: &Spoken) -> Outcome {
        let Some(origination) = &self.config.voice_origination else {
            let code = "no_caller".to_owned();
            return Outcome::Failed { class: FailureClass::Configuration, code };
        };
        let (store, mode) = message.scope;
        let sent = self
            .client
            .send_voice_message()
            .destination_phone_number(message.to.expose())
            .origination_identity(origination)
            .message_body(ssml(spoken))
            .message_body_text_type(VoiceMessageBodyTextType::Ssml)
            .voice_id(VoiceId::from(spoken.voice.to_uppercase().as_str()))
            .time_to_live(ttl(message))
            .set_configuration_set_name(self.config.configuration_set.clone())
            .set_max_price_per_minute(self.config.max_price_per_minute_usd.clone())
            .context("message", message.message.to_string())
            .context("store", store.to_string())
            .context("mode", mode.as_str())
            .context("traceparent", &message.trace)
            .send()
            .await;
        sent.map_or_else(|e| failure(&e), |answer| accepted(answer.message_id))
    }
}

impl Carrier for Eum {
    async fn send(&self, message: &Outgoing) -> Outcome {
        match &message.content {
            Content::Text(words) => self.text(message, words).await,
            Content::Call(spoken) => self.call(message, spoken).await,
        }
    }
}

fn ttl(message: &Outgoing) -> i32 {
    let seconds = message.validity.as_secs().clamp(*TTL.start(), *TTL.end());
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

/// The call, in SSML. The service reads it and hangs up: it cannot wait for a keypress.
fn ssml(spoken: &Spoken) -> String {
    let (prompt, words) = (escaped(&spoken.prompt), escaped(&spoken.words));
    let pause = "<break time=\"1s\"/>";
    format!("<speak>{prompt}{pause}{words}{pause}{words}</speak>")
}

/// Success that names no message may well be on its way.
fn accepted(id: Option<String>) -> Outcome {
    id.map_or_else(super::web::unreadable, |carrier_message_id| Outcome::Accepted {
        carrier_message_id,
    })
}
