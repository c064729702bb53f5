//! OAuth 2.0 client credentials.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use doorstep_domain::{
    Mode,
    access::{ApiKey, Kind, Role, Scope},
    ports::{ApiKeys, Clock, Stores},
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, access, http::Routes};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use jiff::SignedDuration;
use serde_json::{Value, json};
use stores::StoreRoutes;

struct Shop {
    routes: StoreRoutes<Memory, Ring, common::Waiting>,
    plain: PlainKey,
}

impl Shop {
    async fn with(kind: Kind, scopes: &[Scope], life: Option<SignedDuration>) -> Self {
        let ports = Arc::new(Memory::default());
        ports.save(&sample::store()).await.unwrap();
        let plain = PlainKey::random(kind, Mode::Test, &Seeded::new(31));
        let key = ApiKey {
            name: "till".to_owned(),
            role: None,
            scopes: scopes.iter().copied().collect(),
            created_at: ports.now(),
            expires_at: life.map(|life| ports.now() + life),
            ..sample::api_key(&plain, Some(sample::STORE), Role::Owner)
        };
        ports.create(&key).await.unwrap();
        let (live_route, absent) = (Vec::new(), Vec::new());
        let routes = StoreRoutes {
            ports,
            kms: Ring,
            public_url: None,
            live_route,
            absent,
            any_shape: common::ANY_SHAPE,
            backlog: common::Waiting,
        };
        Self { routes, plain }
    }

    async fn owners() -> Self {
        Self::with(Kind::Secret, Role::Owner.scopes(), None).await
    }

    fn id(&self) -> String {
        self.plain.id().to_string()
    }

    fn secret(&self) -> String {
        self.plain.expose()
    }

    async fn asks(&self, headers: &[(&str, &str)], body: &str) -> Result<Answer, Problem> {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = headers.iter().map(header).collect();
        let (route, body) = ("POST /oauth/token".to_owned(), body.as_bytes().to_vec());
        self.routes.answer(&Call { route, headers, body, ..Call::default() }).await
    }

    /// A form with these fields beside grant, id and secret.
    async fn form(&self, more: &str) -> Result<Answer, Problem> {
        let (id, secret) = (self.id(), self.secret());
        let credentials = format!("client_id={id}&client_secret={secret}");
        self.asks(&[FORM], &format!("grant_type=client_credentials&{credentials}{more}")).await
    }

    async fn public_keys(&self) -> Result<Answer, Problem> {
        let route = "GET /.well-known/jwks.json".to_owned();
        self.routes.answer(&Call { route, ..Call::default() }).await
    }

    /// What a call with this token may do.
    async fn scopes(&self, token: &Value) -> Vec<&'static str> {
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let headers = HashMap::from([("authorization".to_owned(), bearer)]);
        let caller = access::check(&*self.routes.ports, &headers).await.unwrap();
        caller.key.scopes.iter().map(|scope| scope.as_str()).collect()
    }
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
const JSON: (&str, &str) = ("content-type", "application/json");

fn body(answered: Result<Answer, Problem>) -> Value {
    answered.unwrap().body.unwrap()
}

fn refused(answered: Result<Answer, Problem>) -> (u16, &'static str, Option<&'static str>) {
    let problem = answered.unwrap_err();
    assert_eq!(problem.body()["error"], json!(problem.more.error));
    (problem.status, problem.code, problem.more.error)
}

#[tokio::test]
async fn a_client_gets_a_token_by_form_by_basic_and_by_json() {
    let shop = Shop::owners().await;
    let basic = STANDARD.encode(format!("{}:{}", shop.id(), shop.secret()));
    let basic = format!("Basic {basic}");
    let grant = json!({"grant_type": "client_credentials"});
    let mut whole = grant.clone();
    (whole["client_id"], whole["client_secret"]) = (json!(shop.id()), json!(shop.secret()));
    for answered in [
        shop.form("").await,
        shop.form("&resource=ignored&scope=").await,
        shop.asks(&[FORM, ("authorization", &basic)], "grant_type=client_credentials").await,
        shop.asks(&[JSON, ("authorization", &basic)], &grant.to_string()).await,
        shop.asks(&[JSON], &whole.to_string()).await,
    ] {
        let answer = answered.unwrap();
        assert!(answer.headers.contains(&("pragma", "no-cache".to_owned())));
        let token = answer.body.unwrap();
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(900)));
        let scopes = shop.scopes(&token).await;
        assert_eq!(scopes.len(), Scope::ALL.len() - 1);
        assert_eq!(token["scope"], json!(scopes.join(" ")));
        assert!(!scopes.contains(&"keys:write"));
    }
}

#[tokio::test]
async fn a_client_may_ask_for_less_and_never_for_more() {
    let shop = Shop::with(Kind::Secret, Role::Storefront.scopes(), None).await;
    let token = body(shop.form("&scope=signups%3Aread+signups%3Awrite").await);
    assert_eq!(token["scope"], json!("signups:write signups:read"));
    assert_eq!(shop.scopes(&token).await, ["signups:write", "signups:read"]);
    for wrong in
        ["stores:read", "signups:read+keys:write", "everything", "signups:read++users:read"]
    {
        let answered = shop.form(&format!("&scope={wrong}")).await;
        assert_eq!(refused(answered), (400, "invalid_member", Some("invalid_scope")), "{wrong}");
    }
    let janitor = Shop::with(Kind::Secret, &[Scope::KeysWrite], None).await;
    assert_eq!(refused(janitor.form("").await).2, Some("invalid_scope"));
}

#[tokio::test]
async fn who_is_not_the_client_gets_none() {
    let shop = Shop::owners().await;
    let (id, secret) = (shop.id(), shop.secret());
    let stranger = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(32));
    let denied = (401, "unauthenticated", Some("invalid_client"));
    for (id, secret) in [
        (id.as_str(), ""),
        ("", secret.as_str()),
        (id.as_str(), &secret[..69]),
        ("anotherskey0", secret.as_str()),
        (&stranger.id().to_string(), &stranger.expose()),
        (id.as_str(), &secret.replace("test", "live")),
    ] {
        let sent = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        assert_eq!(refused(shop.asks(&[FORM], &sent).await), denied, "{id} {secret}");
    }
    for header in
        ["Basic", "Basic !", "Bearer x", &format!("Basic {}", STANDARD.encode("no colon"))]
    {
        let headers = [FORM, ("authorization", header)];
        let answered = shop.asks(&headers, "grant_type=client_credentials").await;
        assert_eq!(refused(answered), denied, "{header}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_in_both_languages() {
    let shop = Shop::owners().await;
    let (id, secret) = (shop.id(), shop.secret());
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    for (sent, error) in [
        ("", "invalid_request"),
        ("scope=signups:read", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=a&scope=b", "invalid_request"),
    ] {
        let answered = shop.asks(&[FORM], sent).await;
        assert_eq!(refused(answered), (400, "invalid_member", Some(error)), "{sent}");
    }
    let twice = format!("grant_type=client_credentials&client_secret={secret}");
    let answered = shop.asks(&[FORM, ("authorization", &basic)], &twice).await;
    assert_eq!(refused(answered).2, Some("invalid_request"));
    let unknown = json!({"grant_type": "client_credentials", "audience": "x"}).to_string();
    let answered = shop.asks(&[JSON], &unknown).await;
    assert_eq!(refused(answered), (400, "unknown_member", Some("invalid_request")));
    assert_eq!(shop.asks(&[("content-type", "text/plain")], "x").await.unwrap_err().status, 415);
}

#[tokio::test]
async fn a_publishable_key_gets_no_token() {
    let shop = Shop::with(Kind::Publishable, &[Scope::SignupsRead], None).await;
    assert_eq!(refused(shop.form("").await), (403, "forbidden", Some("unauthorized_client")));
}

#[tokio::test]
async fn a_token_ends_with_a_key_that_ends_sooner() {
    let life = SignedDuration::from_secs(60);
    let shop = Shop::with(Kind::Secret, &[Scope::SignupsRead], Some(life)).await;
    assert_eq!(body(shop.form("").await)["expires_in"], 60);
    shop.routes.ports.clock.pass(life);
    assert_eq!(refused(shop.form("").await).0, 401);
}

#[tokio::test]
async fn before_the_first_token_there_are_no_keys() {
    let shop = Shop::owners().await;
    assert_eq!(body(shop.public_keys().await), json!({"keys": []}));
}

#[tokio::test]
async fn the_public_keys_may_be_cached_and_verify_what_was_signed() {
    let shop = Shop::owners().await;
    let token = body(shop.form("").await);
    let answer = shop.public_keys().await.unwrap();
    assert_eq!(answer.headers, [("cache-control", "public, max-age=300".to_owned())]);
    let keys = answer.body.unwrap();
    let key = &keys["keys"][0];
    let fixed = ["kty", "crv", "use", "alg"].map(|name| key[name].as_str().unwrap());
    assert_eq!(fixed, ["OKP", "Ed25519", "sig", "EdDSA"]);
    assert_eq!(key.as_object().unwrap().len(), 6, "no private half: {key}");
    let (signed, signature) = token["access_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let decode = |text| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
    let header: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().0)).unwrap();
    assert_eq!(header["kid"], key["kid"]);
    let public = doorstep_domain::signing::SigningKey {
        id: String::new(),
        public: decode(key["x"].as_str().unwrap()).try_into().unwrap(),
        sealed: None,
        made_at: jiff::Timestamp::UNIX_EPOCH,
        retired_at: None,
    };
    assert!(public.verifies(signed.as_bytes(), &decode(signature)));
}
