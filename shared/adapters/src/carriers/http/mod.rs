//! Any carrier with a plain HTTP interface: its account's `shape` says how it is spoken to.
//!
//! A shape is the name of a preset (`mmg`, `firetext`) or a JSON document. The presets beside
//! this file are examples of all that one can say; [`Shape::parse`] says what is wrong with one.

mod hear;
mod members;
mod proof;
mod receipt;
mod request;
mod shape;
mod template;

use doorstep_domain::{
    carrier::{Account, CarrierName, FailureClass, Outcome, Outgoing},
    ports::Carrier,
};
use percent_encoding::NON_ALPHANUMERIC;
use reqwest::Client;

pub(super) use hear::hear;
pub use members::ShapeError;
pub use shape::Shape;

use self::request::Ready;
use super::{
    http_settings::{HttpSettings, callback_url, traced},
    web::{self, Answer, Web, failed, unreadable},
};
use crate::egress::Egress;

/// What a call is counted as.
const OPERATION: &str = "http.Send";

/// Placeholders of our own URL.
const CALLBACKS: [&str; 2] = ["callback_url", "callback_url_basic"];

/// A carrier of any shape.
pub struct HttpCarrier {
    web: Web,
    egress: Egress,
    base_url: String,
    public_url: String,
}

impl HttpCarrier {
    /// Calls the carrier that an account names by its `url`, else the one of the settings.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        let HttpSettings { meter, base_url, public_url, reach } = settings;
        Self { web: Web::new(meter), egress: Egress::new(reach), base_url, public_url }
    }

    /// Only a host of the account's own is guarded: the deployment's may well be inside.
    async fn exchange(
        &self,
        ready: Ready,
        url: Option<&str>,
        message: &Outgoing,
    ) -> Result<Answer, Outcome> {
        let build = |request| traced(ready.build(request), message);
        let Some(url) = url else {
            let to = |client: &Client| client.request(ready.method(), ready.below(&self.base_url));
            return self.web.send(OPERATION, |client| build(to(client))).await;
        };
        let target = ready.below(url.trim_end_matches('/'));
        let request = self.egress.request(ready.method(), &target);
        let request = request.map_err(|_| failed(FailureClass::Configuration, "url"))?;
        self.web.exchange(OPERATION, build(request)).await
    }
}

impl Carrier for HttpCarrier {
    async fn send(&self, message: &Outgoing) -> Outcome {
        let no = |code| failed(FailureClass::Configuration, code);
        let (Some(account), Some(text)) = (message.account.as_deref(), message.text()) else {
            return no(if message.account.is_none() { "no_account" } else { "no_calls" });
        };
        let Some(mut shape) = shape_of(account) else { return no("shape") };
        let url = account.expose("url");
        if url.is_none() && self.base_url.is_empty() {
            return no("no_base_url");
        }
        let callback = callback_url(&self.public_url, CarrierName::Http, message);
        if callback.is_none() {
            shape.send.leave_out(&CALLBACKS);
        }
        let find = |name: &str| value(name, message, (text, callback.as_deref()));
        let Some(ready) = shape.send.fill(&find) else { return no("missing_field") };
        let sent = self.exchange(ready, url, message).await;
        sent.map_or_else(|lost| lost, |answer| read(&shape, &answer, message))
    }
}

/// The fields that an account of this shape needs; all of them are secrets.
///
/// # Errors
/// What is wrong with the shape, and where. It repeats nothing of it.
pub fn shape_fields(shape: &str) -> Result<Vec<String>, String> {
    let shape = Shape::parse(shape).map_err(|error| error.to_string())?;
    Ok(shape.fields().into_iter().map(str::to_owned).collect())
}

fn shape_of(account: &Account) -> Option<Shape> {
    Shape::parse(account.expose("shape")?).ok()
}

/// What stands for a placeholder; otherwise it is a field of the account.
fn value(name: &str, message: &Outgoing, (text, callback): (&str, Option<&str>)) -> Option<String> {
    let account = message.account.as_deref()?;
    Some(match name {
        "to" => message.to.expose().to_owned(),
        "to_digits" => message.to.expose().trim_start_matches('+').to_owned(),
        "text" => text.to_owned(),
        "from" => message.sender.as_deref().or_else(|| account.expose("from"))?.to_owned(),
        "message" => message.message.to_string(),
        "validity_seconds" => message.validity.as_secs().max(1).to_string(),
        "callback_url" => callback?.to_owned(),
        "callback_url_basic" => with_password(callback?, account)?,
        "account" => account.id.clone(),
        field => account.expose(field)?.to_owned(),
    })
}

/// The callback URL with the account's `webhook_user` and `webhook_password` in it: how carriers
/// that sign nothing are told to prove themselves.
fn with_password(callback: &str, account: &Account) -> Option<String> {
    let encoded = |field| {
        let value = account.expose(field)?;
        Some(percent_encoding::utf8_percent_encode(value, NON_ALPHANUMERIC).to_string())
    };
    let (scheme, rest) = callback.split_once("://")?;
    Some(format!("{scheme}://{}:{}@{rest}", encoded("webhook_user")?, encoded("webhook_password")?))
}

fn read(shape: &Shape, answer: &Answer, message: &Outgoing) -> Outcome {
    let (send, body) = (&shape.send, answer.json());
    let found = |pointer: &String| body.pointer(pointer).and_then(plain);
    if answer.is_good() && !send.accepted.status.contains(&answer.status) {
        return unreadable();
    }
    if !answer.is_good() {
        return match send.code.as_ref().and_then(found) {
            Some(code) => {
                let class = send.classes.get(&code).copied();
                failed(class.unwrap_or_else(|| web::by_status(answer.status)), code)
            }
            None => failed(web::by_status(answer.status), format!("http_{}", answer.status)),
        };
    }
    if let Some((pointer, values)) = &send.accepted.value {
        let Some(said) = found(pointer) else { return unreadable() };
        if !values.contains(&said) {
            let code = send.code.as_ref().and_then(found).unwrap_or(said);
            let class = send.classes.get(&code).copied();
            return failed(class.unwrap_or(FailureClass::Configuration), code);
        }
    }
    let id = match &send.id {
        Some(pointer) => body.pointer(pointer).and_then(web::id),
        None => Some(message.message.to_string()),
    };
    id.map_or_else(unreadable, |carrier_message_id| Outcome::Accepted { carrier_message_id })
}

/// A JSON value as the text that shapes compare: `"3"` and `3` are the same.
fn plain(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
