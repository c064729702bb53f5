//! CORS. A preflight carries no key, so that it is answered for any origin; the call itself is
//! refused, without CORS headers, from an origin that its store does not list.

use std::collections::HashMap;

use crate::call::Answer;

const METHODS: &str = "GET, POST";
const HEADERS: &str =
    "authorization, content-type, idempotency-key, attempt-secret, doorstep-test, traceparent";
const EXPOSED: &str = "request-id, retry-after, idempotency-replayed, ratelimit, ratelimit-policy";

/// The answer to a preflight.
pub(crate) fn preflight(headers: &HashMap<String, String>) -> Answer {
    let mut answer = Answer::empty();
    if let Some(origin) = headers.get("origin") {
        answer.headers = vec![
            ("access-control-allow-origin", origin.clone()),
            ("access-control-allow-methods", METHODS.to_owned()),
            ("access-control-allow-headers", HEADERS.to_owned()),
            ("access-control-max-age", "600".to_owned()),
        ];
    }
    answer
}

/// Lets a page of this origin read the answer.
pub(crate) fn allow(answer: &mut Answer, origin: &str) {
    answer.headers.extend([
        ("access-control-allow-origin", origin.to_owned()),
        ("access-control-expose-headers", EXPOSED.to_owned()),
    ]);
}
