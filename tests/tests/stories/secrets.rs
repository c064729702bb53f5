//! Nothing personal and no code is anywhere in clear.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorstep_tests::{
    Call, Shop, delete, drama, emulator, get,
    leaks::{Needle, none_of, spoken},
    mobile, post,
    shop::nonce,
    unique,
    waiting::{now_ms, serial},
    wrong,
};
use reqwest::Method;
use serde_json::{Value, json};

/// A shopper whose every datum is found by chance nowhere.
struct Distinct {
    phone: String,
    name: String,
    email: String,
    ip: String,
    customer: String,
}

impl Distinct {
    fn new(phone: String) -> Self {
        let serial = serial();
        Self {
            phone,
            name: format!("Zebedee {}", unique()),
            email: format!("{}@letters.example", unique()),
            ip: format!("198.51.{}.{}", 100 + serial % 100, 100 + (serial >> 20) % 100),
            customer: unique(),
        }
    }

    fn body(&self) -> Value {
        json!({
            "phone": self.phone,
            "customer": {"external_id": self.customer, "name": self.name, "email": self.email},
            "context": {"ip": self.ip, "user_agent": "Mozilla/5.0"},
            "consents": [{"purpose": "offers", "channel": "sms", "granted": true, "wording_version": "v1"}],
        })
    }

    fn needles(&self) -> Vec<Needle> {
        let data = [
            ("name", &self.name),
            ("email", &self.email),
            ("IP", &self.ip),
            ("external_id", &self.customer),
        ];
        let mut needles = Needle::phone(&self.phone);
        needles.extend(data.map(|(name, value)| Needle::new(name, value)));
        needles
    }
}

/// Bodies that hold it all and are wrong in one way each. The last has an unknown member, whose
/// name the answer has to tell.
fn malformed(shopper: &Distinct) -> Vec<String> {
    let body = shopper.body().to_string();
    let inner = &body[1..body.len() - 1];
    let mut unknown = shopper.body();
    unknown[&shopper.email] = json!(shopper.phone);
    let mut wrong_type = shopper.body();
    wrong_type["customer"]["name"] = json!([shopper.name, shopper.phone]);
    let mut wrong_value = shopper.body();
    wrong_value["purpose"] = json!(format!("{} {}", shopper.phone, shopper.email));
    vec![
        format!("{{{inner}"),
        format!("{{{inner},{inner}}}"),
        format!("[{body}]"),
        format!("{body} {}", shopper.phone),
        wrong_type.to_string(),
        wrong_value.to_string(),
        json!(shopper.phone).to_string(),
        unknown.to_string(),
    ]
}

async fn everything_goes_wrong(shop: &Shop, shopper: &Distinct) {
    for body in malformed(shopper) {
        for key in [&shop.test_key, &shop.live_key] {
            let call = post("/signups").key(key).header("Idempotency-Key", &unique());
            let answer =
                call.header("Content-Type", "application/json").raw(body.clone()).send().await;
            assert!((400..500).contains(&answer.status), "{}", answer.text);
            for needle in shopper.needles() {
                let told = answer.body["code"] == "unknown_member";
                assert!(
                    told || !needle.is_in(&answer.text),
                    "{} is said back: {}",
                    needle.name,
                    answer.text
                );
            }
        }
    }
    let path = format!("/signups/{}?x={}", shopper.email, &shopper.phone[1..]);
    let _ = shop.reads(&path).await;
    let path = format!("/{}/{}", shopper.email, &shopper.phone[1..]);
    let _ = get(&path).header("User-Agent", &shopper.email).send().await;
    let call = post("/signups/search").key(&shop.test_key);
    let _ = call.json(&json!({"external_id": shopper.customer})).send().await;
    let _ = post("/signups/search")
        .key(&shop.test_key)
        .json(&json!({"phone": shopper.phone}))
        .send()
        .await;
}

/// Registers the shopper with mistakes on the way; tells the code.
async fn registers(shop: &Shop, shopper: &Distinct) -> (String, String) {
    let id = shop.starts(&shopper.body()).await.is(202).text_at("/id").to_owned();
    let code = shop.code(&id).await;
    shop.types(&id, &wrong(&code, 1)).await.refused(422, "code_incorrect");
    let _ = shop.types(&id, &format!("{code}0")).await.is(400);
    let path = format!("/signups/{id}/verify");
    let broken = shop.asks(post(&path)).header("Content-Type", "application/json");
    let _ = broken.raw(format!("{{\"code\":\"{code}\"")).send().await.is(400);
    let _ = shop.types(&id, &code).await.is(200);
    (id, code)
}

/// Asks for a link and follows it with mistakes on the way; tells the token.
async fn follows(shop: &Shop, shopper: &Distinct) -> String {
    let mut body = shopper.body();
    body["method"] = json!("link");
    let started = shop.starts(&body).await.is(202);
    let text = shop.text(started.text_at("/id")).await;
    let token = text[text.len() - 64..].to_owned();
    let path = format!("/l/{token}");
    let _ = get(&path).header("Accept-Language", "cy").send().await.is(200);
    let _ = Call::new(Method::HEAD, &path).send().await.is(200);
    let _ = get(&format!("{path}?utm={token}")).send().await.is(200);
    let _ = get(&format!("{path}x")).send().await.is(410);
    let _ = get(&format!("/l/x/{token}")).send().await.is(404);
    let _ =
        post(&path).header("Content-Type", "text/plain").raw(token.clone()).send().await.is(415);
    let _ = post(&path).json(&json!({"token": token})).send().await.is(400);
    let right = json!({"match": started.text_at("/match")});
    let call = post(&path).header("Idempotency-Key", &token).header("traceparent", &token);
    let _ = call.json(&right).send().await.is(200);
    let _ = get(&path).header("Referer", &path).send().await.is(410);
    token
}

#[tokio::test]
async fn a_search_of_everything_finds_no_link() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let token = follows(&shop, &Distinct::new(drama(303))).await;
    emulator::quiet(&shop.id, 60).await;
    nowhere(&Needle::link(&token), since).await;
}

async fn nowhere(needles: &[Needle], since: u64) {
    let items: Vec<_> = emulator::items().await.iter().map(spoken).collect();
    assert!(items.len() > 10, "the tables were read");
    none_of(needles, "a table", &items);
    let queued: Vec<_> =
        emulator::queued().await.iter().map(|(_, message)| spoken(message)).collect();
    none_of(needles, "a queue", &queued);
    let logged = emulator::logged_since(since).await;
    assert!(logged.len() > 10, "the logs were read");
    none_of(needles, "a log", &logged);
}

#[tokio::test]
async fn a_search_of_everything_finds_no_shopper() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let digits = u16::try_from(serial() >> 20 & 0x3f).unwrap_or_default();
    let shopper = Distinct::new(drama(200 + digits));
    everything_goes_wrong(&shop, &shopper).await;
    let (_, code) = registers(&shop, &shopper).await;
    // One whose text fails, and one who is told late.
    let (failed, other) = (Distinct::new(drama(980 + digits % 10)), Distinct::new(drama(185)));
    let _ = shop.starts(&failed.body()).await.is(202);
    let _ = shop.starts(&other.body()).await.is(202);
    emulator::quiet(&shop.id, 90).await;

    let mut needles: Vec<_> =
        [&shopper, &failed, &other].iter().flat_map(|s| s.needles()).collect();
    needles.push(Needle::new("line of a text", &format!("@{} #{code}", shop.domain)));
    needles.push(Needle::new("code in a text", &format!("#{code}")));
    needles.push(Needle::new("code in a body", &format!("\"{code}\"")));
    nowhere(&needles, since).await;
}

#[tokio::test]
async fn a_code_alone_is_found_nowhere() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let (id, code) = registers(&shop, &Distinct::new(drama(301))).await;
    let code_needle = |haystack: &str| {
        // Six digits stand by chance inside of longer numbers: alone they would be the code.
        haystack.split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits == code)
    };
    let words: Vec<_> = emulator::items_of(&shop.id).await.iter().map(spoken).collect();
    assert!(words.len() >= 4 && words.iter().any(|item| item.contains(&id)), "the items were read");
    for item in &words {
        let without_bytes: Vec<_> = item.lines().filter(|line| line.is_ascii()).collect();
        assert!(!code_needle(&without_bytes.join("\n")), "the code is in {item}");
    }
    for line in emulator::logged_since(since).await {
        let about_us = line.contains(&id) || line.contains(&shop.id);
        assert!(!about_us || !code_needle(&line), "the code is in {line}");
    }
}

#[tokio::test]
async fn a_search_of_everything_finds_no_live_shopper() {
    let (shop, since) = (Shop::fresh().await, now_ms());
    let shopper = Distinct::new(mobile());
    let call = post("/signups").key(&shop.live_key).json(&shopper.body());
    let _ = call.header("Idempotency-Key", &unique()).send().await.is(202);
    let sent = || async { emulator::sms_to(&shopper.phone).await.pop() };
    doorstep_tests::eventually("a text by SNS", 20, sent).await;
    emulator::quiet(&shop.id, 60).await;
    nowhere(&shopper.needles(), since).await;
}

/// The key that takes over from this one, which asks for it.
async fn rotates(key: &str) -> String {
    let path = format!("/api-keys/{}/rotate", &key[9..21]);
    let leave = nonce(key, "api_key.rotate").await;
    let call = post(&path).key(key).header("Idempotency-Key", &unique());
    call.header("Audit-Nonce", &leave).send().await.is(201).text_at("/key").to_owned()
}

/// Tokens of this key, which are used, with mistakes on the way.
async fn tokens(key: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let form = |grant: &str| {
        let body = format!("grant_type={grant}&client_id={}&client_secret={key}", &key[9..21]);
        let call = post(&format!("/oauth/token?client_secret={key}")).raw(body);
        call.header("Content-Type", "application/x-www-form-urlencoded").send()
    };
    form("password").await.refused(400, "invalid_member");
    for _ in 0..2 {
        tokens.push(form("client_credentials").await.is(200).text_at("/access_token").to_owned());
    }
    for token in &tokens {
        let call = post("/templates").key(token).header("Idempotency-Key", &unique());
        let text = json!({"name": "hi", "locale": "en-GB", "kind": "transactional", "body": "Hi"});
        let _ = call.json(&text).send().await.is(201);
        let broken = format!("{token}x");
        let _ = get(&format!("/signups?access_token={token}")).key(&broken).send().await.is(401);
    }
    tokens
}

#[tokio::test]
async fn a_search_of_everything_finds_no_key() {
    let since = now_ms();
    let shop = Shop::fresh().await;
    let id = shop.signs_up(&drama(302)).await;
    let broken = format!("{}x", &shop.test_key);
    let _ = get(&format!("/signups/{id}")).key(&broken).send().await.is(401);
    let _ = get(&format!("/signups?key={}", shop.live_key)).key(&shop.test_key).send().await;
    let _ = delete(&format!("/api-keys/{}", shop.live_key)).key(&shop.test_key).send().await;
    let (rotated, tokens) = (rotates(&shop.live_key).await, tokens(&shop.test_key).await);
    let secret = |key: &str| key[key.len() - 49..key.len() - 6].to_owned();
    let keys = [&shop.test_key, &shop.live_key, &rotated];
    let mut needles: Vec<_> = keys.map(|key| Needle::plain("a key's secret", &secret(key))).into();
    for token in tokens {
        let parts: Vec<_> = token.split('.').collect();
        needles.push(Needle::plain("a token's signature", parts[2]));
        let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        let replay = claims["replay"].as_str().expect("a secret");
        needles.push(Needle::plain("a token's secret", replay));
    }
    nowhere(&needles, since).await;
}
