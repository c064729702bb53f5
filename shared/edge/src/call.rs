//! An HTTP call and its answer.

use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Scope},
    id::StoreId,
    replay::ReplayKeys,
    token::AttemptSecret,
};
use serde_json::Value;

use crate::{json::Object, problem::Problem};

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key.
    pub key: Arc<ApiKey>,
    /// The keys of its replay records; a publishable key has none.
    pub replay: Option<Arc<ReplayKeys>>,
}

/// An HTTP call whose key was checked.
#[derive(Debug, Default)]
pub struct Call {
    /// Method and path pattern, such as `POST /signups/{id}/verify`.
    pub route: String,
    /// Path and query as they were called, undecoded where the gateway leaves them so.
    pub target: String,
    /// The host that was called, one of the gateway's own.
    pub host: String,
    /// What the path pattern took.
    pub path: HashMap<String, String>,
    /// The query.
    pub query: HashMap<String, String>,
    /// Headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// The address that the gateway saw.
    pub source_ip: Option<String>,
    /// Who calls; `None` on open routes.
    pub caller: Option<Caller>,
    /// W3C `traceparent`.
    pub trace: String,
}

impl Call {
    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Where the API is found: as configured, else by the host that was called.
    #[must_use]
    pub fn base_url(&self, configured: Option<&str>) -> String {
        configured.map_or_else(|| format!("https://{}", self.host), str::to_owned)
    }

    /// The key, if it has this scope.
    ///
    /// # Errors
    /// 401 without a key, 403 without the scope.
    pub fn key(&self, scope: Scope) -> Result<&ApiKey, Problem> {
        let caller = self.caller.as_ref().ok_or_else(Problem::unauthenticated)?;
        if !caller.key.scopes.contains(&scope) {
            let scope = scope.as_str();
            return Err(Problem::forbidden(format!("This key lacks the scope `{scope}`.")));
        }
        Ok(&caller.key)
    }

    /// The key's store and mode, if it has this scope.
    ///
    /// # Errors
    /// 401, 403, and 403 for a key of the whole deployment.
    pub fn store(&self, scope: Scope) -> Result<(StoreId, Mode), Problem> {
        let key = self.key(scope)?;
        let detail = "This call belongs to one store: use a key of that store.";
        Ok((key.store.ok_or_else(|| Problem::forbidden(detail))?, key.mode))
    }

    /// The store that a key of the whole deployment names by `Doorstep-Store`; a store's own key
    /// has its own, and may name no other.
    ///
    /// # Errors
    /// 404 for another store, or what is none.
    pub fn named_store(&self, key: &ApiKey) -> Result<Option<StoreId>, Problem> {
        let named = self.header("doorstep-store").map(str::parse::<StoreId>).transpose();
        match (key.store, named.map_err(|_| Problem::not_found())?) {
            (Some(own), Some(named)) if own != named => Err(Problem::not_found()),
            (own, named) => Ok(own.or(named)),
        }
    }

    /// Whether limits and budgets hold for this call: in test mode only where it asks for them.
    #[must_use]
    pub fn is_limited(&self, mode: Mode) -> bool {
        mode == Mode::Live || self.header("doorstep-test") == Some("limits")
    }

    /// Whether the call comes from a browser.
    #[must_use]
    pub fn is_publishable(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.key.kind == Kind::Publishable)
    }

    /// A part of the path as an id; anything else is not found.
    ///
    /// # Errors
    /// 404.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        let text = self.path.get(name).map(String::as_str).unwrap_or_default();
        text.parse().map_err(|_| Problem::not_found())
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// 415 for another content type, 400 for anything but an object.
    pub fn json(&self) -> Result<Object, Problem> {
        let kind = self.header("content-type").unwrap_or("application/json");
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let detail = "Send the body as `Content-Type: application/json`.";
            return Err(Problem::new(415, "malformed_json", detail));
        }
        Object::parse(&self.body)
    }

    /// The `Idempotency-Key`, quoted or not.
    ///
    /// # Errors
    /// 400 when it is missing, empty, or longer than 255 characters.
    pub fn idempotency_key(&self) -> Result<String, Problem> {
        let sent = self.header("idempotency-key").unwrap_or_default().trim();
        let key = sent.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(sent);
        let visible = key.bytes().all(|b| (0x20..0x7f).contains(&b));
        if key.is_empty() || key.len() > 255 || !visible {
            let detail = "Send a header `Idempotency-Key` of 1 to 255 visible ASCII characters, \
                          new for each sign-up and the same for its repetitions.";
            return Err(Problem::new(400, "idempotency_key_missing", detail));
        }
        Ok(key.to_owned())
    }

    /// Refuses a browser that does not hold the secret of the sign-up it asks for.
    ///
    /// # Errors
    /// 403.
    pub fn holds(&self, secret: &AttemptSecret) -> Result<(), Problem> {
        let shown = self.header("attempt-secret").unwrap_or_default();
        if self.is_publishable() && !secret.matches(shown) {
            let detail =
                "Send the `attempt_secret` of this sign-up in the header `Attempt-Secret`.";
            return Err(Problem::forbidden(detail));
        }
        Ok(())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; `None` for 204.
    pub body: Option<Value>,
    /// A body that is no JSON, in place of it.
    pub text: Option<String>,
    /// Headers beyond those of every answer.
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// An answer with a JSON body.
    #[must_use]
    pub const fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), text: None, headers: Vec::new() }
    }

    /// 200, with a document of another kind than JSON.
    #[must_use]
    pub fn text(content_type: &str, text: String) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status: 200, body: None, text: Some(text), headers }
    }

    /// 204.
    #[must_use]
    pub const fn empty() -> Self {
        Self { status: 204, body: None, text: None, headers: Vec::new() }
    }

    /// With the header that marks a replay, if it is one.
    #[must_use]
    pub fn replayed(mut self, replayed: bool) -> Self {
        if replayed {
            self.headers.push(("idempotency-replayed", "true".to_owned()));
        }
        self
    }
}
