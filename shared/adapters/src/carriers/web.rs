//! One HTTP request to a carrier: sent once, and told apart by what may have become of it.
//!
//! Nothing of an answer is logged.

use std::sync::{Arc, OnceLock};

use doorstep_domain::{
    carrier::{FailureClass, Outcome},
    usage::Meter,
};
use reqwest::{Client, RequestBuilder};

use crate::egress;

/// Calls a carrier over HTTP. The client is built when it is needed first: functions that never
/// call one pay nothing.
pub(crate) struct Web {
    client: OnceLock<Client>,
    meter: Arc<Meter>,
}

/// What a carrier answered.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body; empty when it broke off or was too long.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Whether the status is one of success.
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Web {
    /// Counts its calls on this meter.
    pub(crate) fn new(meter: Arc<Meter>) -> Self {
        Self { client: OnceLock::new(), meter }
    }

    /// Sends the request once, to a host of the deployment's configuration.
    ///
    /// # Errors
    /// When there is no answer: the outcome says whether the request may have been carried out.
    pub(crate) async fn send(
        &self,
        operation: &'static str,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Answer, Outcome> {
        let build = || egress::plain().build().expect("the settings fit together");
        self.exchange(operation, request(self.client.get_or_init(build))).await
    }

    /// Sends a request of another client once, and counts it.
    ///
    /// # Errors
    /// As [`Web::send`].
    pub(super) async fn exchange(
        &self,
        operation: &'static str,
        request: RequestBuilder,
    ) -> Result<Answer, Outcome> {
        self.meter.call(operation);
        self.meter.attempt(operation);
        let response = request.send().await.map_err(|error| lost(&error))?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: egress::body(response).await.unwrap_or_default() })
    }
}

/// Without a connection nothing was sent; after that, nobody knows.
fn lost(error: &reqwest::Error) -> Outcome {
    if error.is_builder() {
        return failed(FailureClass::Configuration, "request");
    }
    if egress::is_refused(error) {
        return failed(FailureClass::Configuration, "leads_inside");
    }
    if error.is_connect() {
        return failed(FailureClass::CarrierDown, "connect");
    }
    failed(FailureClass::MaybeSent, if error.is_timeout() { "timeout" } else { "reset" })
}

/// A failure of this class, under a stable code.
pub(super) fn failed(class: FailureClass, code: impl AsRef<str>) -> Outcome {
    Outcome::Failed { class, code: stable(code.as_ref()) }
}

/// Success that names no message: it may well be on its way.
pub(super) fn unreadable() -> Outcome {
    failed(FailureClass::MaybeSent, "unreadable")
}

/// An answer whose body says nothing more, by its HTTP status.
pub(super) fn by_status(status: u16) -> FailureClass {
    match status {
        429 => FailureClass::Throttled,
        500.. => FailureClass::CarrierDown,
        _ => FailureClass::Configuration,
    }
}

/// A code as it may be kept: carriers put texts and numbers where codes belong.
pub(super) fn stable(code: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    let known = !code.is_empty() && code.len() <= 80 && code.bytes().all(plain) && digits <= 6;
    if known { code.to_owned() } else { "unreadable".to_owned() }
}

/// An id that a carrier gave, if it is one.
pub(super) fn id(value: &serde_json::Value) -> Option<String> {
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let known = !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic());
    known.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_never_a_text_nor_a_number_of_a_phone() {
        for code in ["21211", "InternalServerException", "MONTHLY_SPEND_LIMIT", "s_3"] {
            assert_eq!(stable(code), code);
        }
        for code in ["", "The number +447400123456 is bad", "447400123456", "Zoë"] {
            assert_eq!(stable(code), "unreadable", "{code}");
        }
    }

    #[test]
    fn a_status_without_a_word_has_its_class() {
        for (status, class) in [
            (302, FailureClass::Configuration),
            (400, FailureClass::Configuration),
            (401, FailureClass::Configuration),
            (429, FailureClass::Throttled),
            (500, FailureClass::CarrierDown),
            (503, FailureClass::CarrierDown),
        ] {
            assert_eq!(by_status(status), class, "{status}");
        }
    }
}
