//! A challenge that may be solved by Turnstile instead of work.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, Kind, Role, Scope},
    guard::{Effect, Expected, Lever, Pool, Rule, solve},
    open_store,
    ports::{Challenges, Stores},
    store::Store,
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, call::Caller, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signup::{People, Signup};

/// Knows the tokens `host|cdata`; without a voice, is out of reach.
struct Widget(bool);

impl Challenges for Widget {
    async fn solved(&self, token: &str, expected: &Expected) -> Result<bool, Fault> {
        if !self.0 {
            return Err(Fault::new("ask Turnstile", "unreachable"));
        }
        let (host, cdata) = token.split_once('|').unwrap_or_default();
        Ok(expected.hosts.iter().any(|known| known == host) && cdata == expected.binding)
    }
}

struct Shop(Signup<Memory, Ring, Widget>);

impl Shop {
    /// A shop whose numbers a stranger pumped until a challenge is asked for.
    async fn pumped(widget: Option<Widget>) -> Self {
        let ports = Memory::default();
        let (rule, effect, until) = (Rule::ProofOfWork, Effect::Enforce, Timestamp::MAX);
        let scope = Mode::Test;
        let easy = Lever { scope, rule, value: Some(4), effect, from: None, until };
        let mut store = sample::store();
        store.settings.levers = Some(vec![easy]);
        store.own = store.settings.clone();
        ports.save(&store).await.unwrap();
        open_store::change(&ports, Store::DEPLOYMENT, sample::deployment().own).await.unwrap();
        let people = widget.map(|asks| People { site_key: "1x00AA".to_owned(), asks });
        let (live_route, pool) = (Vec::new(), Pool::default());
        let shop = Self(Signup { ports: Arc::new(ports), ring: Ring, live_route, pool, people });
        for number in 0..3 {
            shop.starts(&format!("+44770090020{number}"), None).await.unwrap();
        }
        shop
    }

    async fn starts(&self, phone: &str, token: Option<&str>) -> Result<Answer, Problem> {
        let mut body = json!({"phone": phone});
        if let Some(token) = token {
            body["challenge_token"] = json!(token);
        }
        self.0.answer(&call("POST /signups", phone, &body)).await
    }

    /// What Ada is asked for.
    async fn challenge(&self, token: Option<&str>) -> Value {
        let problem = self.starts(ADA, token).await.unwrap_err();
        assert_eq!((problem.status, problem.code), (403, "challenge_required"));
        problem.more.challenge.unwrap()
    }
}

const ADA: &str = "+447700900123";
const BOB: &str = "+447700900124";

fn call(route: &str, key: &str, body: &Value) -> Call {
    let headers = [("idempotency-key", key), ("doorstep-test", "limits")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Call {
        route: route.to_owned(),
        headers: HashMap::from(headers),
        body: body.to_string().into_bytes(),
        caller: Some(Caller { key: key_of_the_shop(), replay: None }),
        ..Call::default()
    }
}

fn key_of_the_shop() -> Arc<ApiKey> {
    let plain = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(41));
    Arc::new(ApiKey {
        role: None,
        scopes: [Scope::SignupsWrite].into_iter().collect(),
        ..sample::api_key(&plain, Some(sample::STORE), Role::Owner)
    })
}

fn token(challenge: &Value) -> String {
    format!("shop.example|{}", challenge["turnstile"]["cdata"].as_str().unwrap())
}

fn work(challenge: &Value) -> String {
    solve(challenge["challenge"].as_str().unwrap())
}

#[tokio::test]
async fn a_token_bound_to_this_send_is_as_good_as_work() {
    let shop = Shop::pumped(Some(Widget(true))).await;
    let challenge = shop.challenge(None).await;
    assert_eq!(challenge["turnstile"]["site_key"], "1x00AA");
    let token = token(&challenge);
    shop.starts(BOB, Some(&token)).await.unwrap_err();
    assert_eq!(shop.starts(ADA, Some(&token)).await.unwrap().status, 202);
}

#[tokio::test]
async fn a_token_lets_a_text_be_sent_again_once() {
    let shop = Shop::pumped(Some(Widget(true))).await;
    let first = shop.challenge(None).await;
    let started = shop.starts(ADA, Some(&token(&first))).await.unwrap();
    let id = started.body.unwrap()["id"].as_str().unwrap().to_owned();
    shop.0.ports.clock.pass(SignedDuration::from_secs(31));
    let again = async |key: &str, body: Value| {
        let mut call = call("POST /signups/{id}/resend", key, &body);
        call.path.insert("id".to_owned(), id.clone());
        shop.0.answer(&call).await
    };
    let refused = again("one", json!({})).await.unwrap_err();
    let second = refused.more.challenge.unwrap();
    again("two", json!({"challenge_token": token(&first)})).await.unwrap_err();
    let sent = again("three", json!({"challenge_token": token(&second)})).await.unwrap();
    assert_eq!(sent.status, 202);
}

#[tokio::test]
async fn a_token_of_another_site_or_send_is_asked_for_again() {
    let shop = Shop::pumped(Some(Widget(true))).await;
    let challenge = shop.challenge(None).await;
    let elsewhere = token(&challenge).replace("shop.example", "evil.example");
    for wrong in [elsewhere.as_str(), "shop.example|0f", "XXXX.DUMMY.TOKEN.XXXX"] {
        shop.challenge(Some(wrong)).await;
    }
    shop.starts(ADA, Some(&work(&challenge))).await.unwrap();
}

#[tokio::test]
async fn when_nobody_can_be_asked_work_is_still_good() {
    let shop = Shop::pumped(Some(Widget(false))).await;
    let challenge = shop.challenge(None).await;
    shop.challenge(Some(&token(&challenge))).await;
    shop.starts(ADA, Some(&work(&challenge))).await.unwrap();
}

#[tokio::test]
async fn without_a_widget_work_is_asked_for_alone() {
    let shop = Shop::pumped(None).await;
    let challenge = shop.challenge(None).await;
    assert_eq!(challenge.get("turnstile"), None);
    shop.challenge(Some("shop.example|0f")).await;
    shop.starts(ADA, Some(&work(&challenge))).await.unwrap();
}
