//! What carriers over HTTP have in common: settings, callback URLs and forms.

use std::sync::Arc;

use doorstep_domain::{
    carrier::{CarrierName, Outgoing},
    egress::Reach,
    usage::Meter,
};
use reqwest::{
    RequestBuilder,
    header::{CONTENT_TYPE, HeaderValue},
};

/// How a carrier over HTTP is reached, and reaches us.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// Counts the calls of the invocation in progress.
    pub meter: Arc<Meter>,
    /// The carrier's base URL, without a slash at its end.
    pub base_url: String,
    /// Our own base URL, without a slash at its end. Empty where nobody calls us back.
    pub public_url: String,
    /// How far hosts that accounts name may lie.
    pub reach: Reach,
}

/// Where a carrier reports on this message; `None` without a URL of ours.
pub(super) fn callback_url(
    public_url: &str,
    carrier: CarrierName,
    message: &Outgoing,
) -> Option<String> {
    let (account, (store, _)) = (account_url(public_url, carrier, message)?, message.scope);
    Some(format!("{account}?store={store}&message={}", message.message))
}

/// Where a carrier reports on an account's messages; `None` without a URL of ours.
pub(super) fn account_url(
    public_url: &str,
    carrier: CarrierName,
    message: &Outgoing,
) -> Option<String> {
    let id = message.account.as_ref().map_or("", |account| account.id.as_str());
    let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
    let url = || format!("{public_url}/webhooks/carriers/{}/{id}", carrier.as_str());
    (!public_url.is_empty()).then(url)
}

/// The request with the trace that its message belongs to.
pub(super) fn traced(request: RequestBuilder, message: &Outgoing) -> RequestBuilder {
    let trace = HeaderValue::from_str(&message.trace).ok().filter(|trace| !trace.is_empty());
    trace.into_iter().fold(request, |request, trace| request.header("traceparent", trace))
}

/// The request with a form as its body.
pub(super) fn form_body<K: AsRef<str>>(
    request: RequestBuilder,
    form: &[(K, String)],
) -> RequestBuilder {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}
