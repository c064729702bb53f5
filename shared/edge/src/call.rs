//! An HTTP call and its answer.

use std::{collections::HashMap, fmt, sync::Arc};

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Scope},
    id::StoreId,
    replay::ReplayKeys,
    store::Store,
    token::AttemptSecret,
};
use serde_json::Value;

use crate::{guard, json::Object, problem::Problem};

/// What a key of the whole deployment says in `Doorstep-Store` for the levers of all stores.
pub const ALL: &str = "all";

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key.
    pub key: Arc<ApiKey>,
    /// The keys of its replay records; a publishable key has none.
    pub replay: Option<Arc<ReplayKeys>>,
}

/// An HTTP call whose key was checked. It prints its route and trace alone: paths may hold a link's
/// token, headers a key, bodies a phone number.
#[derive(Default)]
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
    /// The answer's `Request-Id`.
    pub request_id: String,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("route", &self.route)
            .field("trace", &self.trace)
            .finish_non_exhaustive()
    }
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

    /// The store that the call is about, and the key's mode, if it has this scope. A key of the
    /// whole deployment names the store.
    ///
    /// # Errors
    /// 401, 403, 404 for another store, 400 `store_required` when none is named.
    pub fn store(&self, scope: Scope) -> Result<(StoreId, Mode), Problem> {
        let key = self.key(scope)?;
        Ok((self.named_store(key)?.ok_or_else(Problem::store_required)?, key.mode))
    }

    /// The store that a list is of, and the key's mode, if it has this scope; none for those of all
    /// stores, where a key of the whole deployment names none.
    ///
    /// # Errors
    /// 401, 403, 404 for another store.
    pub fn stores(&self, scope: Scope) -> Result<(Option<StoreId>, Mode), Problem> {
        let key = self.key(scope)?;
        Ok((self.named_store(key)?, key.mode))
    }

    /// The store that a key of the whole deployment names by `Doorstep-Store`; a store's own key
    /// has its own, and may name no other. Whether there is such a store is not known here.
    ///
    /// # Errors
    /// 404 for another store, or what is none.
    pub fn named_store(&self, key: &ApiKey) -> Result<Option<StoreId>, Problem> {
        // `all` is for levers of all stores: see there. To any other call it names no store.
        let named = self.header("doorstep-store");
        let named = named.filter(|named| key.store.is_some() || *named != ALL).map(|named| {
            let named = named.parse().ok().filter(|named| *named != Store::DEPLOYMENT);
            named.ok_or_else(Problem::not_found)
        });
        match (key.store, named.transpose()?) {
            (Some(own), Some(named)) if own != named => Err(Problem::other_store()),
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
        if !self.header("content-type").is_none_or(guard::is_json) {
            let detail = "Send the body as `Content-Type: application/json`, in UTF-8.";
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
        let quoted = key.len() < sent.len();
        if key.is_empty() || key.len() > 255 || !visible || (quoted && key.contains('"')) {
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
