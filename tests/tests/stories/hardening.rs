//! What every answer has about it, and what no call gets past the edge.

use doorstep_tests::{Answer, Call, Shop, drama, get, post, unique};
use reqwest::Method;
use serde_json::json;

const ALWAYS: [(&str, &str); 6] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

fn is_hardened(answer: &Answer) {
    for (name, value) in ALWAYS {
        assert_eq!(answer.header(name), Some(value), "{}: {name}", answer.asked);
    }
    for name in ["server", "x-powered-by", "access-control-allow-credentials", "set-cookie"] {
        assert_eq!(answer.header(name), None, "{}: {name}", answer.asked);
    }
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let shop = Shop::fresh().await;
    let started = shop.starts(&json!({"phone": drama(1)})).await.is(202);
    let read = shop.reads("/signups").await.is(200);
    let nowhere = shop.reads("/signups/sgn_1").await.is(404);
    let stranger = get("/signups").send().await.is(401);
    let open = get("/health").send().await.is(200);
    let preflight = Call::new(Method::OPTIONS, "/signups").header("Origin", "https://a.example");
    let preflight = preflight.header("Access-Control-Request-Method", "POST").send().await;
    for answer in [&started, &read, &nowhere, &stranger, &open, &preflight.is(204)] {
        is_hardened(answer);
        assert_eq!(answer.header("vary"), Some("origin"), "{}", answer.asked);
        assert!(answer.header("request-id").is_some_and(|id| !id.is_empty()), "{}", answer.asked);
    }
}

#[tokio::test]
async fn compressed_bodies_are_refused_before_they_are_unpacked() {
    let shop = Shop::fresh().await;
    for coding in ["gzip", "br", "deflate"] {
        let call = shop.asks(post("/signups")).header("Idempotency-Key", &unique());
        let call = call.header("Content-Type", "application/json");
        let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".to_vec();
        let answer = call.header("Content-Encoding", coding).raw(packed).send().await;
        answer.refused(415, "malformed_json");
        is_hardened(&answer);
    }
}

#[tokio::test]
async fn another_charset_is_refused() {
    let shop = Shop::fresh().await;
    let body = json!({"phone": drama(1)}).to_string();
    for kind in ["application/json; charset=utf-16", "application/json, text/plain"] {
        let call = shop.asks(post("/signups")).header("Idempotency-Key", &unique());
        let answer = call.header("Content-Type", kind).raw(body.clone()).send().await;
        answer.refused(415, "malformed_json");
    }
}

#[tokio::test]
async fn odd_queries_and_headers_break_nothing() {
    let shop = Shop::fresh().await;
    shop.reads("/signups?limit=1&limit=2").await.refused(400, "invalid_member");
    for query in ["limit=%ff", "cursor=%00", "from=%F0%9F%92%A9", "%zz", "limit=<1>", "cursor=\"|"]
    {
        let answer = shop.reads(&format!("/signups?{query}")).await;
        assert!([200, 400].contains(&answer.status), "{query}: {}", answer.text);
        is_hardened(&answer);
    }
    for (name, value, status) in [
        ("Doorstep-Store", "Zoë", 404),
        ("Traceparent", "00-zz-zz-zz", 200),
        ("Accept-Language", "🦀", 200),
        ("Cookie", "a=b; __Host-c=\"d\"", 200),
        ("X-Forwarded-Proto", "javascript", 200),
    ] {
        let answer = shop.asks(get("/signups")).header(name, value).send().await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
    }
    for path in ["/signups/%ff%fe", "/signups/%00", "/signups/%E2%80%AE", "/signups/..%2f"] {
        let answer = shop.reads(path).await;
        assert!([400, 404].contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
    }
}

#[tokio::test]
async fn a_get_with_a_body_is_answered_as_without() {
    let shop = Shop::fresh().await;
    let call = shop.asks(get("/signups")).header("Content-Type", "application/json");
    let _ = call.raw("{\"limit\": ").send().await.is(200);
}
