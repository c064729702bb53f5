//! The event of one call, as an HTTP API of API Gateway hands it over.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::{call::Call, trace};

/// Payload format 2.0, as far as it is used. Nothing that a caller sends may keep it from being
/// read: a function that fails here answers 500 without a word.
///
/// Source: "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway's developer guide.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(default)]
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    path_parameters: Option<HashMap<String, String>>,
    request_context: Context,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    route_key: Option<String>,
    request_id: Option<String>,
    domain_name: Option<String>,
    http: Option<Http>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    source_ip: Option<String>,
}

impl Event {
    /// The call, and the request's id. Of a query's member that comes twice the last counts; a body
    /// that is flagged as base64 and is none is empty.
    pub(crate) fn read(self) -> Call {
        let Context { route_key, request_id, domain_name, http } = self.request_context;
        let request_id = request_id.unwrap_or_default();
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        let mut headers: HashMap<_, _> = self.headers.into_iter().map(lower).collect();
        if !self.cookies.is_empty() {
            headers.insert("cookie".to_owned(), self.cookies.join("; "));
        }
        let query = form_urlencoded::parse(self.raw_query_string.as_bytes()).into_owned();
        let question = if self.raw_query_string.is_empty() { "" } else { "?" };
        let body = self.body.unwrap_or_default();
        Call {
            route: route_key.unwrap_or_default(),
            query: query.collect(),
            target: format!("{}{question}{}", self.raw_path, self.raw_query_string),
            host: domain_name.unwrap_or_default(),
            path: self.path_parameters.unwrap_or_default(),
            trace: trace::parent(headers.get("traceparent").map(String::as_str), &request_id),
            headers,
            body: if self.is_base64_encoded {
                STANDARD.decode(body).unwrap_or_default()
            } else {
                body.into_bytes()
            },
            source_ip: http.and_then(|http| http.source_ip),
            caller: None,
            request_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(event: Value) -> Call {
        serde_json::from_value::<Event>(event).unwrap().read()
    }

    fn sample() -> Value {
        serde_json::from_str(include_str!("../../../events/signup-start.json")).unwrap()
    }

    fn with(member: &str, value: impl Into<Value>) -> Call {
        let mut event = sample();
        event[member] = value.into();
        read(event)
    }

    #[test]
    fn the_sample_is_read() {
        let call = serde_json::from_value::<Event>(sample()).unwrap().read();
        assert_eq!((call.route.as_str(), call.target.as_str()), ("POST /signups", "/signups"));
        assert_eq!((call.host.as_str(), call.request_id.as_str()), ("api.example", "r-1"));
        assert_eq!(call.source_ip.as_deref(), Some("203.0.113.7"));
        assert!(call.trace.starts_with("00-0af7651916cd43dd8448eb211c80319c"));
        assert!(call.body.starts_with(b"{\"phone\""));
    }

    #[test]
    fn a_body_comes_as_it_was_sent() {
        let mut event = sample();
        (event["body"], event["isBase64Encoded"]) = ("eyJhIjoi/yJ9".into(), true.into());
        assert_eq!(read(event.clone()).body, b"{\"a\":\"\xff\"}");
        event["body"] = "not base64".into();
        assert_eq!(read(event.clone()).body, b"");
        event["body"] = Value::Null;
        assert_eq!(read(event).body, b"");
    }

    #[test]
    fn names_of_headers_have_no_case_and_cookies_are_one() {
        let call = with("headers", json!({"Content-Type": "text/plain", "x-ü": "Zoë\u{0}"}));
        assert_eq!(call.header("content-type"), Some("text/plain"));
        let call = with("cookies", json!(["a=1", "b=2"]));
        assert_eq!(call.header("cookie"), Some("a=1; b=2"));
    }

    #[test]
    fn what_is_no_utf8_in_a_query_is_replaced() {
        let call = with("rawQueryString", "to=%2B44&to%ff=%ff%fe&a+b=c+d&x");
        assert_eq!(call.query["to"], "+44");
        assert_eq!(call.query["to\u{fffd}"], "\u{fffd}\u{fffd}");
        assert_eq!((call.query["a b"].as_str(), call.query["x"].as_str()), ("c d", ""));
    }

    proptest! {
        #[test]
        fn whatever_a_caller_sends_is_read(
            path in ".*", query in ".*", name in ".*", value in ".*", body in ".*", encoded: bool,
        ) {
            let mut event = sample();
            event["rawPath"] = path.clone().into();
            event["rawQueryString"] = query.clone().into();
            event["headers"] = json!({name.as_str(): value, "host": value, "x-forwarded-proto": value});
            event["body"] = body.into();
            event["isBase64Encoded"] = encoded.into();
            let call = read(event);
            prop_assert!(call.target.starts_with(&path) && call.target.ends_with(&query));
        }
    }
}
