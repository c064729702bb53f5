//! Who is let in by a token.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeSet, HashMap};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Role, Scope},
    id::StoreId,
    ports::{ApiKeys, Clock, SigningKeys},
    rotate::rotate,
    signing::{SIGNS_FOR, Signer, SigningKey, TOKEN_LIFE, signer},
    token::PlainKey,
};
use doorstep_edge::{access, call::Caller, jwt::Claims};
use doorstep_fakes::{
    Memory, Ring, Seeded,
    sample::{self, STORE},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A shop with one key, and who signs its tokens.
struct Shop {
    ports: Memory,
    key: ApiKey,
    plain: PlainKey,
    signer: Signer,
}

impl Shop {
    async fn new() -> Self {
        let ports = Memory::default();
        let plain = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(3));
        let key =
            ApiKey { created_at: ports.now(), ..sample::api_key(&plain, Some(STORE), Role::Owner) };
        ports.create(&key).await.unwrap();
        let signer = signer(&ports, &Ring).await.unwrap();
        Self { ports, key, plain, signer }
    }

    fn claims(&self, scopes: &[Scope]) -> Claims {
        let scopes: BTreeSet<_> = scopes.iter().copied().collect();
        let replay = self.plain.token_replay(&scopes);
        Claims { key: self.key.id.clone(), mode: Mode::Test, store: Some(STORE), scopes, replay }
    }

    /// A token for this long.
    fn signed(&self, claims: &Claims, life: SignedDuration) -> String {
        let now = self.ports.now();
        claims.sign(&self.signer, (now, now + life), &self.ports)
    }

    fn token(&self, scopes: &[Scope]) -> String {
        self.signed(&self.claims(scopes), TOKEN_LIFE)
    }

    /// A token with this header and these claims, signed as it should be.
    fn forged(&self, header: &Value, claims: &Value) -> String {
        let signed = [header, claims].map(|part| BASE64.encode(part.to_string())).join(".");
        let signature = BASE64.encode(self.signer.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    async fn caller(&self, token: &str) -> Option<Caller> {
        let headers = HashMap::from([("authorization".to_owned(), format!("Bearer {token}"))]);
        access::check(&self.ports, &headers).await.ok()
    }

    async fn opens(&self, token: &str) -> bool {
        self.caller(token).await.is_some()
    }
}

fn part(token: &str, n: usize) -> Value {
    let part = token.split('.').nth(n).unwrap();
    serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
}

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

/// RFC 8037, Appendix A.4.
#[test]
fn the_example_of_the_standard_verifies() {
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let public = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let key = SigningKey {
        id: "example".to_owned(),
        public: BASE64.decode(public).unwrap().try_into().unwrap(),
        sealed: None,
        made_at: Timestamp::UNIX_EPOCH,
        retired_at: None,
    };
    let signature = BASE64.decode(signature).unwrap();
    assert!(key.verifies(signed.as_bytes(), &signature));
    assert!(!key.verifies(&signed.as_bytes()[1..], &signature));
}

#[tokio::test]
async fn a_token_opens_for_fifteen_minutes_what_it_says() {
    let shop = Shop::new().await;
    let token = shop.token(&[Scope::SignupsRead, Scope::MessagesRead]);
    let caller = shop.caller(&token).await.unwrap();
    assert_eq!(caller.key.scopes, [Scope::SignupsRead, Scope::MessagesRead].into());
    assert_eq!((caller.key.store, caller.key.mode), (Some(STORE), Mode::Test));
    shop.ports.clock.pass(TOKEN_LIFE - seconds(1));
    assert!(shop.opens(&token).await);
    shop.ports.clock.pass(seconds(1));
    assert!(!shop.opens(&token).await);
}

#[tokio::test]
async fn no_token_is_asked_for_a_longer_life() {
    let shop = Shop::new().await;
    let token = shop.signed(&shop.claims(&[Scope::SignupsRead]), SignedDuration::from_hours(24));
    shop.ports.clock.pass(TOKEN_LIFE);
    assert!(!shop.opens(&token).await);
}

#[tokio::test]
async fn a_token_makes_no_keys_whatever_it_says() {
    let shop = Shop::new().await;
    let caller = shop.caller(&shop.token(Scope::ALL)).await.unwrap();
    assert!(!caller.key.scopes.contains(&Scope::KeysWrite));
    assert_eq!(caller.key.scopes.len(), Scope::ALL.len() - 1);
}

#[tokio::test]
async fn a_token_has_nothing_that_its_key_lost() {
    let shop = Shop::new().await;
    let token = shop.token(&[Scope::SignupsRead, Scope::StoresRead]);
    let scopes = [Scope::StoresRead, Scope::UsersRead].into();
    shop.ports.delete(&shop.key).await.unwrap();
    shop.ports.create(&ApiKey { scopes, ..shop.key.clone() }).await.unwrap();
    assert_eq!(shop.caller(&token).await.unwrap().key.scopes, [Scope::StoresRead].into());
}

#[tokio::test]
async fn a_token_dies_with_its_key() {
    let shop = Shop::new().await;
    let token = shop.token(&[Scope::SignupsRead]);
    shop.ports.delete(&shop.key).await.unwrap();
    assert!(!shop.opens(&token).await, "deleted");

    let shop = Shop::new().await;
    let token = shop.token(&[Scope::SignupsRead]);
    rotate(&shop.ports, &shop.key, &shop.key, seconds(60)).await.unwrap();
    assert!(shop.opens(&token).await, "both work for a minute");
    shop.ports.clock.pass(seconds(60));
    assert!(!shop.opens(&token).await, "rotated out");
}

#[tokio::test]
async fn a_token_is_for_its_mode_and_store() {
    let shop = Shop::new().await;
    let claims = || shop.claims(&[Scope::SignupsRead]);
    let other = Claims { store: Some(StoreId::from_bits(16)), ..claims() };
    let wider = Claims { store: None, ..claims() };
    let live = Claims { mode: Mode::Live, ..claims() };
    for wrong in [other, wider, live] {
        assert!(!shop.opens(&shop.signed(&wrong, TOKEN_LIFE)).await);
    }
}

#[tokio::test]
async fn a_browsers_key_has_no_token() {
    let shop = Shop::new().await;
    let token = shop.token(&[Scope::SignupsRead]);
    shop.ports.delete(&shop.key).await.unwrap();
    let publishable = ApiKey { kind: Kind::Publishable, ..shop.key.clone() };
    shop.ports.create(&publishable).await.unwrap();
    assert!(!shop.opens(&token).await);
}

#[tokio::test]
async fn every_claim_of_the_profile_is_there_and_is_checked() {
    let shop = Shop::new().await;
    let token = shop.token(&[Scope::SignupsRead]);
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert!(shop.opens(&shop.forged(&header, &claims)).await, "the forgery is as good as it gets");
    let now = shop.ports.now().as_second();
    for (name, wrong) in [
        ("iss", json!("urn:doorstep:another")),
        ("aud", json!("urn:doorstep:another:api")),
        ("aud", json!([claims["aud"]])),
        ("exp", json!(now)),
        ("exp", json!("tomorrow")),
        ("nbf", json!(now + 1)),
        ("sub", json!("000000000000")),
        ("client_id", json!("000000000000")),
        ("mode", json!("live")),
        ("store", Value::Null),
        ("replay", json!("AAAA")),
        ("scope", json!(["signups:read"])),
    ] {
        for value in [Some(wrong), None] {
            let mut claims = claims.clone();
            match &value {
                Some(value) => claims[name] = value.clone(),
                None => drop(claims.as_object_mut().unwrap().remove(name)),
            }
            assert!(!shop.opens(&shop.forged(&header, &claims)).await, "{name}: {value:?}");
        }
    }
}

#[tokio::test]
async fn a_token_does_not_choose_how_it_is_verified() {
    let shop = Shop::new().await;
    let token = shop.token(&[Scope::SignupsRead]);
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        shop.forged(&header, &claims)
    };
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("typ", json!("JWT")),
        ("kid", json!("0000000000000000")),
        ("kid", json!(7)),
        ("jku", json!("https://evil.example/jwks.json")),
        ("crit", json!(["exp"])),
    ] {
        assert!(!shop.opens(&with(name, value.clone())).await, "{name}: {value}");
    }
    let unsigned = token.rsplit_once('.').unwrap().0;
    for wrong in
        [format!("{unsigned}."), unsigned.to_owned(), format!("{token}="), format!(" {token}.")]
    {
        assert!(!shop.opens(&wrong).await, "{wrong}");
    }
}

#[tokio::test]
async fn another_deployments_token_opens_nothing() {
    let (shop, other) = (Shop::new().await, Shop::new().await);
    // Memory's chance is seeded: let the other one be ahead.
    other.ports.clock.pass(SIGNS_FOR);
    let signer = signer(&other.ports, &Ring).await.unwrap();
    let other = Shop { signer, ..other };
    assert!(!shop.opens(&other.token(&[Scope::SignupsRead])).await);
}

#[tokio::test]
async fn tokens_of_the_last_signing_key_live_on() {
    let shop = Shop::new().await;
    shop.ports.clock.pass(SIGNS_FOR - seconds(1));
    let token = shop.token(&[Scope::SignupsRead]);
    shop.ports.clock.pass(seconds(1));
    let next = signer(&shop.ports, &Ring).await.unwrap();
    assert_ne!(next.key, shop.signer.key);
    assert!(shop.opens(&token).await);
    let shop = Shop { signer: next, ..shop };
    assert!(shop.opens(&shop.token(&[Scope::SignupsRead])).await);
}

#[tokio::test]
async fn the_same_client_repeats_its_calls_with_its_next_token() {
    let shop = Shop::new().await;
    let slot = async |scopes: &[Scope]| {
        let caller = shop.caller(&shop.token(scopes)).await.unwrap();
        caller.replay.unwrap().slot("POST /templates", "key", b"{}", Timestamp::UNIX_EPOCH)
    };
    let first = slot(&[Scope::TemplatesWrite]).await;
    shop.ports.clock.pass(seconds(60));
    assert_eq!(slot(&[Scope::TemplatesWrite]).await, first);
    let narrower = slot(&[Scope::TemplatesRead]).await;
    assert_ne!(narrower, first, "what a wider token was answered stays closed to a narrower one");
    let own = shop.caller(&shop.plain.expose()).await.unwrap().replay.unwrap();
    let own = own.slot("POST /templates", "key", b"{}", Timestamp::UNIX_EPOCH);
    assert_ne!(own, first, "and what the key itself was answered to any");
}

#[tokio::test]
async fn a_token_and_its_claims_do_not_print_themselves() {
    let shop = Shop::new().await;
    let claims = shop.claims(&[Scope::SignupsRead]);
    let secret = BASE64.encode(claims.replay);
    assert!(!format!("{claims:?} {:?}", shop.signer).contains(&secret));
    assert!(!format!("{:?}", shop.caller(&shop.token(&[])).await).contains(&secret));
    assert!(shop.ports.key_set().await.unwrap().is_some());
}

proptest! {
    #[test]
    fn a_token_that_was_touched_opens_nothing(at in 0_usize..800, with in "[A-Za-z0-9_.-]") {
        let run = async {
            let shop = Shop::new().await;
            let token = shop.token(&[Scope::SignupsRead]);
            let at = at % token.len();
            let mut touched = token.clone();
            touched.replace_range(at..=at, &with);
            touched == token || !shop.opens(&touched).await
        };
        prop_assert!(futures::executor::block_on(run));
    }

    #[test]
    fn no_text_panics(text in "[ -~]{0,200}(\\.[ -~]{0,200}){0,3}") {
        let run = async { Shop::new().await.opens(&text).await };
        prop_assert!(!futures::executor::block_on(run));
    }
}
