//! A shop's page in a browser, with the publishable key.

use doorstep_tests::{Answer, Call, Shop, drama, get, post, unique, wrong};
use reqwest::Method;
use serde_json::{Value, json};

struct Page {
    shop: Shop,
    origin: String,
}

impl Page {
    async fn open() -> Self {
        let shop = Shop::fresh().await;
        let origin = format!("https://{}", shop.domain);
        Self { shop, origin }
    }

    fn sends(&self, call: Call) -> Call {
        call.key(&self.shop.publishable_key).header("Origin", &self.origin)
    }

    async fn starts(&self, body: &Value) -> Answer {
        let call = self.sends(post("/signups")).json(body);
        call.header("Idempotency-Key", &unique()).send().await
    }

    async fn preflight(&self, path: &str, method: &str) -> Answer {
        let call = Call::new(Method::OPTIONS, path).header("Origin", &self.origin);
        let call = call.header("Access-Control-Request-Method", method);
        let wants = "authorization,content-type,idempotency-key,attempt-secret";
        call.header("Access-Control-Request-Headers", wants).send().await
    }
}

#[tokio::test]
async fn a_browser_registers_its_shopper() {
    let page = Page::open().await;
    let started = page.starts(&json!({"phone": drama(1)})).await.is(202);
    let (id, secret) = (started.text_at("/id"), started.text_at("/attempt_secret"));
    assert_eq!(started.header("access-control-allow-origin"), Some(page.origin.as_str()));

    let read =
        page.sends(get(&format!("/signups/{id}"))).header("Attempt-Secret", secret).send().await;
    assert_eq!(read.is(200).body["status"], "pending");

    let code = page.shop.code(id).await;
    let verify =
        || page.sends(post(&format!("/signups/{id}/verify"))).header("Attempt-Secret", secret);
    let nearly = verify().json(&json!({"code": wrong(&code, 0)})).send().await;
    nearly.refused(422, "code_incorrect");
    assert_eq!(
        nearly.header("access-control-allow-origin"),
        Some(page.origin.as_str()),
        "errors too"
    );
    let verified = verify().json(&json!({"code": code})).send().await.is(200);
    assert!(verified.text_at("/user/id").starts_with("usr_"));
}

#[tokio::test]
async fn a_browser_may_ask_before_it_calls() {
    let page = Page::open().await;
    let paths = [
        "/signups",
        "/signups/sgn_01JZZZZZZZZZZZZZZZZZZZZZZZ/verify",
        "/signups/sgn_01JZZZZZZZZZZZZZZZZZZZZZZZ/resend",
    ];
    for path in paths {
        let answer = page.preflight(path, "POST").await;
        assert!([200, 204].contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
        assert_eq!(answer.header("access-control-allow-origin"), Some(page.origin.as_str()));
        let methods = answer.header("access-control-allow-methods").unwrap_or_default();
        assert!(methods.contains("POST"), "{path}: {methods}");
        let headers =
            answer.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
        for wanted in ["authorization", "content-type", "idempotency-key", "attempt-secret"] {
            assert!(headers.contains(wanted), "{path}: {headers}");
        }
        assert!(answer.header("access-control-allow-credentials").is_none(), "keys are no cookies");
    }
}

#[tokio::test]
async fn another_origin_is_refused() {
    let page = Page::open().await;
    let call = |origin: Option<&str>| {
        let call =
            post("/signups").key(&page.shop.publishable_key).json(&json!({"phone": drama(2)}));
        let call = call.header("Idempotency-Key", &unique());
        origin.map_or(call.clone(), |origin| call.header("Origin", origin)).send()
    };
    let scheme = page.origin.replace("https", "http");
    let (longer, port) = (format!("{}.evil.example", page.origin), format!("{}:8443", page.origin));
    for origin in ["https://evil.example", "null", &scheme, &longer, &port] {
        let answer = call(Some(origin)).await;
        answer.refused(403, "forbidden");
    }
    call(None).await.refused(403, "forbidden");
    assert_eq!(page.shop.reads("/signups").await.is(200).data().len(), 0);
}

#[tokio::test]
async fn what_only_a_server_knows_is_refused_from_a_browser() {
    let page = Page::open().await;
    for member in [
        json!({"customer": {"external_id": "c-1"}}),
        json!({"context": {"ip": "203.0.113.7"}}),
        json!({"channel": "voice"}),
    ] {
        let mut body = member.clone();
        body["phone"] = drama(3).into();
        page.starts(&body).await.refused(403, "forbidden");
    }
    let _ = page.starts(&json!({"phone": drama(3), "customer": {"name": "Anna"}})).await.is(202);
}

#[tokio::test]
async fn a_sign_up_opens_to_who_started_it() {
    let page = Page::open().await;
    let started = page.starts(&json!({"phone": drama(4)})).await.is(202);
    let other = page.starts(&json!({"phone": drama(5)})).await.is(202);
    let (id, code) = (started.text_at("/id"), page.shop.code(started.text_at("/id")).await);
    let calls = || {
        [
            page.sends(get(&format!("/signups/{id}"))),
            page.sends(post(&format!("/signups/{id}/verify"))).json(&json!({"code": code})),
            page.sends(post(&format!("/signups/{id}/resend"))).header("Idempotency-Key", "r"),
        ]
    };
    for secret in [None, Some(""), Some("nonsense"), Some(other.text_at("/attempt_secret"))] {
        for call in calls() {
            let call = secret.map_or(call.clone(), |secret| call.header("Attempt-Secret", secret));
            let answer = call.send().await;
            let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
            let good = [(403, "forbidden"), (404, "not_found")];
            assert!(
                good.contains(&(answer.status, code.as_str())),
                "{secret:?} {}: {}",
                answer.asked,
                answer.text
            );
        }
    }
    let read = page.shop.reads(&format!("/signups/{id}")).await.is(200);
    assert_eq!(read.body["attempts_remaining"], 5, "none of them was a try");
}

#[tokio::test]
async fn a_replay_tells_the_browser_its_secret_again() {
    let page = Page::open().await;
    let key = unique();
    let call = || {
        page.sends(post("/signups"))
            .json(&json!({"phone": drama(6)}))
            .header("Idempotency-Key", &key)
            .send()
    };
    let first = call().await.is(202);
    let again = call().await.is(202);
    assert_eq!(again.body, first.body);
}

#[tokio::test]
async fn the_publishable_key_does_nothing_else() {
    let page = Page::open().await;
    let list = page.sends(get("/signups")).send().await;
    list.refused(403, "forbidden");
    let id = page.starts(&json!({"phone": drama(7)})).await.is(202).text_at("/id").to_owned();
    for path in [
        "/sandbox/messages?to=%2B447700900007".to_owned(),
        format!("/delivery-status?signup_id={id}"),
        format!("/signups/{id}/timeline"),
        format!("/stores/{}", page.shop.id),
        "/api-keys".to_owned(),
    ] {
        page.sends(get(&path)).send().await.refused(403, "forbidden");
    }
    let search = page.sends(post("/signups/search")).json(&json!({"phone": drama(7)})).send().await;
    search.refused(403, "forbidden");
}
