//! One HTTP request to a carrier: sent once, and told apart by what may have become of it.
//!
//! Only base URLs of the deployment's configuration are called. Nothing of an answer is logged.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use doorstep_domain::{
    carrier::{FailureClass, Outcome},
    usage::Meter,
};
use reqwest::{Client, RequestBuilder, Response, redirect, retry};

/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// How long a connection, its TLS included, may take to come about.
const CONNECT: Duration = Duration::from_secs(1);
/// How long the whole exchange may take.
const WHOLE: Duration = Duration::from_secs(4);

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

    /// Sends the request once.
    ///
    /// # Errors
    /// When there is no answer: the outcome says whether the request may have been carried out.
    pub(crate) async fn send(
        &self,
        operation: &'static str,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Answer, Outcome> {
        self.meter.call(operation);
        self.meter.attempt(operation);
        let sent = request(self.client.get_or_init(client)).send().await;
        let response = sent.map_err(|error| lost(&error))?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: body(response).await.unwrap_or_default() })
    }
}

/// A client that follows no redirect, asks no proxy and repeats nothing. It keeps no connection:
/// one that slept in a frozen function would make "maybe sent" of what was never sent.
fn client() -> Client {
    let client = Client::builder()
        .tls_backend_preconfigured(tls())
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .build();
    client.expect("the settings above fit together")
}

fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .expect("AWS-LC has TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Without a connection nothing was sent; after that, nobody knows.
fn lost(error: &reqwest::Error) -> Outcome {
    if error.is_builder() {
        return failed(FailureClass::Configuration, "request");
    }
    if error.is_connect() {
        return failed(FailureClass::CarrierDown, "connect");
    }
    failed(FailureClass::MaybeSent, if error.is_timeout() { "timeout" } else { "reset" })
}

async fn body(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > LONGEST {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
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
