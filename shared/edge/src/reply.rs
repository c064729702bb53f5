//! What every answer looks like on its way out.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{call::Answer, problem::Problem};

/// Headers of every answer; an [`Answer`] may set its own in place of one, as a page does.
///
/// Source: OWASP REST Security Cheat Sheet, "Security Headers". An API's answer loads nothing, is
/// framed by nobody, and is never guessed to be of another kind.
const ALWAYS: [(&str, &str); 8] = [
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("vary", "origin"),
    ("x-content-type-options", "nosniff"),
];

/// An answer as an HTTP API takes it, payload format 2.0.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

impl Reply {
    pub(crate) fn new(answer: Answer, request_id: &str, trace: &str) -> Self {
        let body = answer.text.or_else(|| answer.body.map(|body| body.to_string()));
        let always = ALWAYS.map(|(name, value)| (name, value.to_owned()));
        let ours = [("request-id", request_id.to_owned()), ("traceparent", trace.to_owned())];
        let all = always.into_iter().chain(ours).chain(answer.headers);
        let mut headers: BTreeMap<_, _> = all.filter(|(_, value)| is_plain(value)).collect();
        if body.is_none() {
            headers.remove("content-type");
        }
        Self { status_code: answer.status, headers, body, is_base64_encoded: false }
    }
}

/// Whether a text may be a header's value: visible ASCII and spaces, so that what came from outside
/// never begins a header of its own.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// A refusal as an answer.
pub(crate) fn refusal(problem: &Problem) -> Answer {
    tracing::info!(code = problem.code, "A call was refused.");
    let mut answer = Answer::json(problem.status, problem.body());
    answer.headers.push(("content-type", "application/problem+json".to_owned()));
    if let Some(seconds) = problem.retry_after {
        answer.headers.push(("retry-after", seconds.to_string()));
    }
    answer.headers.extend(problem.more.headers.iter().cloned());
    if problem.status == 401 {
        // RFC 6749 §5.2: by the scheme that a client of OAuth 2.0 would have used.
        let scheme = if problem.more.error.is_some() { "Basic realm=\"oauth\"" } else { "Bearer" };
        answer.headers.push(("www-authenticate", scheme.to_owned()));
    }
    answer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(answer: Answer) -> serde_json::Value {
        serde_json::to_value(Reply::new(answer, "r-1", "00-a-b-01")).unwrap()
    }

    #[test]
    fn every_answer_is_hardened() {
        insta::assert_json_snapshot!(sent(Answer::json(200, json!({"a": 1}))), @r#"
        {
          "body": "{\"a\":1}",
          "headers": {
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
            "content-type": "application/json",
            "cross-origin-resource-policy": "same-origin",
            "referrer-policy": "no-referrer",
            "request-id": "r-1",
            "strict-transport-security": "max-age=63072000; includeSubDomains",
            "traceparent": "00-a-b-01",
            "vary": "origin",
            "x-content-type-options": "nosniff"
          },
          "isBase64Encoded": false,
          "statusCode": 200
        }
        "#);
        let refused = sent(refusal(&Problem::busy()));
        assert_eq!(refused["headers"]["content-type"], "application/problem+json");
        assert_eq!(refused["headers"]["retry-after"], "1");
        assert_eq!(refused["headers"]["x-content-type-options"], "nosniff");
    }

    #[test]
    fn a_page_brings_its_own_policy() {
        let mut page = Answer::text("text/html; charset=utf-8", "<p>".to_owned());
        page.headers.push(("content-security-policy", "default-src 'self'".to_owned()));
        let sent = sent(page);
        assert_eq!(sent["headers"]["content-security-policy"], "default-src 'self'");
        assert_eq!(sent["headers"]["content-type"], "text/html; charset=utf-8");
    }

    #[test]
    fn nothing_has_no_type() {
        let sent = sent(Answer::empty());
        assert_eq!((&sent["statusCode"], &sent["body"]), (&json!(204), &json!(null)));
        assert_eq!(sent["headers"]["content-type"], json!(null));
    }

    #[test]
    fn no_value_begins_another_header() {
        let mut answer = Answer::empty();
        answer.headers.push(("access-control-allow-origin", "https://a\r\nset-cookie: b".into()));
        assert_eq!(sent(answer)["headers"]["access-control-allow-origin"], json!(null));
    }
}
