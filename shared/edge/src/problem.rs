//! Errors as RFC 9457 problem details with a stable `code`.

use doorstep_domain::{Fault, Mode, access::KeyId};
use serde_json::{Map, Value, json};

/// One thing that is wrong with a member of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointed {
    /// RFC 6901 pointer to the member.
    pub pointer: String,
    /// What to do about it.
    pub detail: String,
}

/// A refusal that tells the caller what to do.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What to do.
    pub detail: String,
    /// What is wrong with which member.
    pub errors: Vec<Pointed>,
    /// Tries left, on a wrong code.
    pub attempts_remaining: Option<u8>,
    /// Seconds until it is worth trying again; also the header `Retry-After`.
    pub retry_after: Option<i64>,
    /// What few problems have.
    pub more: Box<More>,
}

/// What few problems have.
#[derive(Debug, Clone, Default)]
pub struct More {
    /// Which limit was reached.
    pub limit: Option<String>,
    /// What an honest browser solves before it asks again.
    pub challenge: Option<Value>,
    /// The `error` of RFC 6749, where clients of OAuth 2.0 look for one.
    pub error: Option<&'static str>,
    /// That the call named a store which is not its key's: the audit log has it.
    pub other_store: bool,
    /// The key that somebody named, elsewhere than as a bearer, without proof.
    pub named_key: Option<(Mode, KeyId)>,
    /// Headers beyond those of every problem.
    pub headers: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem with a sentence that says what to do.
    pub fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            attempts_remaining: None,
            retry_after: None,
            more: Box::default(),
        }
    }

    /// 404: there is no such thing, or it is another store's.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            404,
            "not_found",
            "There is nothing here for this key. Check the id and the mode.",
        )
    }

    /// 404 for a store that is not the key's own: as [`Self::not_found`], but the audit log has it.
    #[must_use]
    pub fn other_store() -> Self {
        let mut problem = Self::not_found();
        problem.more.other_store = true;
        problem
    }

    /// 403: the key may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, "forbidden", detail)
    }

    /// 401: no key, or none that is known.
    #[must_use]
    pub fn unauthenticated() -> Self {
        let detail = "Send a valid key as `Authorization: Bearer dst_…` (or dstpk_… in a browser), \
                      or a token of `POST /oauth/token`.";
        Self::new(401, "unauthenticated", detail)
    }

    /// 400: the call is about one store, and does not say which.
    #[must_use]
    pub fn store_required() -> Self {
        let detail = "This key is the whole deployment's: name the store by the header \
                      `Doorstep-Store`.";
        Self::new(400, "store_required", detail)
    }

    /// 400: one member is wrong.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem =
            Self::new(400, "invalid_member", "Correct the members named in `errors`.");
        problem.errors.push(Pointed { pointer: pointer.to_owned(), detail });
        problem
    }

    /// 503: come again.
    #[must_use]
    pub fn busy() -> Self {
        let detail = "The service is busy. Repeat the call with the same Idempotency-Key.";
        Self::new(503, "busy", detail).after(1)
    }

    /// With `Retry-After`.
    #[must_use]
    pub const fn after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(if seconds < 1 { 1 } else { seconds });
        self
    }

    /// With the name of the limit that was reached.
    #[must_use]
    pub fn limited_by(mut self, limit: impl Into<String>) -> Self {
        self.more.limit = Some(limit.into());
        self
    }

    /// With the `error` of RFC 6749 §5.2.
    #[must_use]
    pub fn oauth(mut self, error: &'static str) -> Self {
        self.more.error = Some(error);
        self
    }

    /// With the key that was named without proof.
    #[must_use]
    pub fn naming(mut self, mode: Mode, key: &KeyId) -> Self {
        self.more.named_key = Some((mode, key.clone()));
        self
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = Map::from_iter([
            ("type".to_owned(), json!(format!("https://doorstep.example/problems/{}", self.code))),
            ("title".to_owned(), json!(self.code.replace('_', " "))),
            ("status".to_owned(), json!(self.status)),
            ("detail".to_owned(), json!(self.detail)),
            ("code".to_owned(), json!(self.code)),
        ]);
        if !self.errors.is_empty() {
            let errors = self.errors.iter();
            let errors = errors.map(|e| json!({"pointer": e.pointer, "detail": e.detail}));
            body.insert("errors".to_owned(), errors.collect());
        }
        let optional = [
            ("attempts_remaining", self.attempts_remaining.map(Value::from)),
            ("retry_after_seconds", self.retry_after.map(Value::from)),
            ("limit", self.more.limit.clone().map(Value::from)),
            ("challenge", self.more.challenge.clone()),
            ("error", self.more.error.map(Value::from)),
        ];
        body.extend(optional.into_iter().filter_map(|(name, v)| Some((name.to_owned(), v?))));
        Value::Object(body)
    }
}

/// A broken port: the log has the fault, the caller a 503 that says to come again.
impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        tracing::error!(error.what = fault.what, error.code = fault.code, "A port is broken.");
        if fault.code == "corrupt" {
            let detail = "Something is wrong on our side. Please tell us the Request-Id.";
            return Self::new(500, "internal", detail);
        }
        Self::busy()
    }
}
