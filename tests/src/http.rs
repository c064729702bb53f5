//! Calls of the API, and what came back.

use std::sync::LazyLock;

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

use crate::stack;

/// Connections are not kept: each test has a runtime of its own.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let builder = reqwest::Client::builder().pool_max_idle_per_host(0);
    builder.build().expect("a client without TLS")
});

/// One call, before it is sent.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// `GET path`
#[must_use]
pub fn get(path: &str) -> Call {
    Call::new(Method::GET, path)
}

/// `POST path`
#[must_use]
pub fn post(path: &str) -> Call {
    Call::new(Method::POST, path)
}

/// `PUT path`
#[must_use]
pub fn put(path: &str) -> Call {
    Call::new(Method::PUT, path)
}

/// `PATCH path`
#[must_use]
pub fn patch(path: &str) -> Call {
    Call::new(Method::PATCH, path)
}

/// `DELETE path`
#[must_use]
pub fn delete(path: &str) -> Call {
    Call::new(Method::DELETE, path)
}

impl Call {
    /// A call of the API, or of the whole address if it is one.
    #[must_use]
    pub fn new(method: Method, path: &str) -> Self {
        let url = if path.starts_with('/') {
            format!("{}{path}", stack().text("/api_url"))
        } else {
            path.to_owned()
        };
        Self { method, url, headers: Vec::new(), body: None }
    }

    /// With a key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("Authorization", &format!("Bearer {key}"))
    }

    /// With a header; for bytes beyond ASCII, none of them is checked here.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw(body.to_string().into_bytes()).header("Content-Type", "application/json")
    }

    /// With these very bytes, and no content type.
    #[must_use]
    pub fn raw(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let asked = format!("{} {}", self.method, self.url);
        let mut request = CLIENT.request(self.method, &self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { asked, status, headers, text, body }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked, for people.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON, or null.
    pub body: Value,
}

impl Answer {
    /// Fails unless it has this status.
    #[must_use]
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self
    }

    /// A header, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The text at a JSON pointer.
    #[must_use]
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> &str {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{}: no {pointer} in {}", self.asked, self.text))
    }

    /// The elements of a list.
    #[must_use]
    #[track_caller]
    pub fn data(&self) -> &[Value] {
        let found = self.body.pointer("/data").and_then(Value::as_array);
        found.unwrap_or_else(|| panic!("{}: no list in {}", self.asked, self.text))
    }

    /// Fails unless it is a problem of this status and code, whole as RFC 9457 and the contract
    /// want it.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        let got = (self.status, self.body["code"].as_str());
        assert_eq!(got, (status, Some(code)), "{}: {}", self.asked, self.text);
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/problem+json"), "{}: {kind}", self.asked);
        for member in ["type", "title", "detail"] {
            assert!(self.body[member].is_string(), "no {member}: {}", self.text);
        }
        assert_eq!(self.body["status"], status, "{}", self.text);
        assert!(self.header("request-id").is_some(), "no Request-Id: {}", self.asked);
        if matches!(status, 429 | 503) {
            assert!(self.header("retry-after").is_some(), "no Retry-After: {}", self.text);
        }
    }

    /// Fails unless one of its errors points there, or deeper.
    #[track_caller]
    pub fn points_at(&self, pointer: &str) {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let there = errors.iter().any(|error| {
            let there = error["pointer"].as_str().and_then(|told| told.strip_prefix(pointer));
            there.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        assert!(there, "nothing points at {pointer}: {}", self.text);
    }
}
