//! One call, from the gateway's event to the answer that it takes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, PUBLISHABLE_SCOPES, Role},
    ports::{ApiKeys, Clock, Stores},
    token::PlainKey,
    usage::Meter,
};
use doorstep_edge::{
    Answer, Call, Problem,
    audit::Bounds,
    front::Front,
    http::{Function, Routes},
};
use doorstep_fakes::{Memory, Seeded, sample};
use serde_json::{Value, json};

/// Says what it was told.
struct Echo;

impl Routes for Echo {
    const OPEN: &'static [&'static str] = &["POST /open"];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        if call.route.starts_with("GET ") {
            return Ok(Answer::json(200, json!({"query": call.query})));
        }
        let mut body = call.json()?;
        let said = body.text("say", 200);
        body.finish()?;
        Ok(Answer::json(200, json!({"said": said})))
    }
}

struct World {
    function: Function<Memory>,
    key: String,
}

impl World {
    async fn with(kind: Kind) -> Self {
        let ports = Arc::new(Memory::default());
        ports.save(&sample::store()).await.unwrap();
        let plain = PlainKey::random(kind, Mode::Test, &Seeded::new(3));
        let scopes = if kind == Kind::Secret { Role::Owner.scopes() } else { PUBLISHABLE_SCOPES };
        let key = ApiKey {
            role: None,
            scopes: scopes.iter().copied().collect(),
            created_at: ports.now(),
            ..sample::api_key(&plain, Some(sample::STORE), Role::Owner)
        };
        ports.create(&key).await.unwrap();
        let function = Function { name: "echo", ports, meter: Arc::new(Meter::default()) };
        Self { function, key: plain.expose().clone() }
    }

    /// An event with the key in it.
    fn event(&self, route: &str) -> Value {
        let path = route.split_once(' ').unwrap().1;
        json!({
            "rawPath": path, "rawQueryString": "", "body": "{\"say\": \"hello\"}",
            "headers": {
                "authorization": format!("Bearer {}", self.key), "content-type": "application/json",
            },
            "requestContext": {"routeKey": route, "requestId": "r-1"},
        })
    }

    async fn answers(&self, event: Value) -> Value {
        let event = serde_json::from_value(event).unwrap();
        serde_json::to_value(
            self.function.respond(&Echo, (Front::default(), &Bounds::default()), event).await,
        )
        .unwrap()
    }

    async fn with_header(&self, name: &str, value: &str) -> Value {
        let mut event = self.event("POST /say");
        event["headers"][name] = value.into();
        self.answers(event).await
    }
}

fn code(reply: &Value) -> (u64, String) {
    assert_eq!(reply["headers"]["content-type"], "application/problem+json", "{reply}");
    let problem: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["status"], reply["statusCode"]);
    (reply["statusCode"].as_u64().unwrap(), problem["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn answers_and_refusals_alike_are_hardened() {
    let world = World::with(Kind::Secret).await;
    let mut unknown = world.event("POST /say");
    unknown["headers"] = json!({});
    let preflight = json!({
        "rawPath": "/say", "headers": {"origin": "https://a.example"},
        "requestContext": {"routeKey": "OPTIONS /say", "requestId": "r-1"},
    });
    for (event, status) in [(world.event("POST /say"), 200), (unknown, 401), (preflight, 204)] {
        let reply = world.answers(event).await;
        assert_eq!(reply["statusCode"], status, "{reply}");
        for (name, value) in [
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("request-id", "r-1"),
            ("vary", "origin"),
        ] {
            assert_eq!(reply["headers"][name], value, "{name} of {status}");
        }
        for name in ["server", "x-powered-by", "access-control-allow-credentials"] {
            assert!(reply["headers"][name].is_null(), "{name}");
        }
    }
}

#[tokio::test]
async fn bodies_are_plain_json_in_utf_8_of_at_most_16_kib_and_8_levels() {
    let world = World::with(Kind::Secret).await;
    let refused = |body: Value, encoded: bool| {
        let mut event = world.event("POST /say");
        (event["body"], event["isBase64Encoded"]) = (body, encoded.into());
        async { code(&world.answers(event).await) }
    };
    let malformed = (400, "malformed_json".to_owned());
    assert_eq!(refused("eyJzYXkiOiL/In0=".into(), true).await, malformed, "no UTF-8");
    assert_eq!(refused("no base64".into(), true).await, malformed);
    assert_eq!(refused(Value::Null, false).await, malformed);
    let deep = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(refused(deep(7).into(), false).await, (400, "unknown_member".to_owned()));
    assert_eq!(refused(deep(8).into(), false).await, malformed);
    assert_eq!(refused(deep(5_000).into(), false).await, malformed);
    let large = format!("{{\"say\":\"{}\"}}", "x".repeat(16 * 1024));
    assert_eq!(refused(large.into(), false).await, (413, "malformed_json".to_owned()));
}

#[tokio::test]
async fn packed_bodies_and_other_kinds_are_refused() {
    let world = World::with(Kind::Secret).await;
    let refused = (415, "malformed_json".to_owned());
    assert_eq!(code(&world.with_header("content-encoding", "gzip").await), refused);
    for kind in ["text/plain", "application/json; charset=utf-16", "application/json,text/html"] {
        assert_eq!(code(&world.with_header("content-type", kind).await), refused, "{kind}");
    }
    assert_eq!(world.with_header("content-encoding", "identity").await["statusCode"], 200);
    let mut open = world.event("POST /open");
    open["headers"] = json!({"content-encoding": "br"});
    assert_eq!(code(&world.answers(open).await), refused, "without a key, too");
}

#[tokio::test]
async fn headers_that_came_twice_open_nothing() {
    let world = World::with(Kind::Secret).await;
    let twice = format!("Bearer {0},Bearer {0}", world.key);
    assert_eq!(code(&world.with_header("authorization", &twice).await).0, 401);
    for key in ["\"a\",\"b\"", "é", "", "\"\"", &"x".repeat(256)] {
        let reply = world.with_header("idempotency-key", key).await;
        assert_eq!(code(&reply), (400, "idempotency_key_missing".to_owned()), "{key}");
    }
    assert_eq!(world.with_header("traceparent", "00-x,00-y").await["statusCode"], 200);
}

#[tokio::test]
async fn a_query_that_says_something_twice_is_refused() {
    let world = World::with(Kind::Secret).await;
    let mut event = world.event("GET /said");
    event["rawQueryString"] = "limit=1&limit=2".into();
    assert_eq!(code(&world.answers(event.clone()).await).1, "invalid_member");
    event["rawQueryString"] = "to=%ff&x=<\"|>&%zz".into();
    assert_eq!(world.answers(event).await["statusCode"], 200);
}

#[tokio::test]
async fn a_body_of_get_says_nothing() {
    let world = World::with(Kind::Secret).await;
    let mut event = world.event("GET /said");
    event["headers"]["content-encoding"] = "gzip".into();
    event["body"] = "{".repeat(20_000).into();
    assert_eq!(world.answers(event).await["statusCode"], 200);
}

#[tokio::test]
async fn a_page_of_the_shop_reads_answers_without_cookies() {
    let world = World::with(Kind::Publishable).await;
    let origin = sample::store().settings.origins.unwrap()[0].clone();
    let mut event = world.event("POST /say");
    event["headers"]["origin"] = origin.clone().into();
    let reply = world.answers(event.clone()).await;
    assert_eq!(reply["headers"]["access-control-allow-origin"], origin.as_str());
    let exposed = reply["headers"]["access-control-expose-headers"].as_str().unwrap();
    for name in
        ["ratelimit", "ratelimit-policy", "retry-after", "request-id", "idempotency-replayed"]
    {
        assert!(exposed.split(", ").any(|exposed| exposed == name), "{name}");
    }
    assert!(reply["headers"]["access-control-allow-credentials"].is_null());
    event["headers"]["origin"] = format!("{origin},{origin}").into();
    let refused = world.answers(event).await;
    assert_eq!(code(&refused).0, 403);
    assert!(refused["headers"]["access-control-allow-origin"].is_null());
    assert_eq!(refused["headers"]["vary"], "origin");
}
