//! OAuth 2.0 client credentials (RFC 6749 §4.4): a key's secret for a token of fifteen minutes.

use std::collections::BTreeSet;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use doorstep_domain::{
    access::{ApiKey, Kind, NOT_BY_TOKEN, Scope},
    ports::{Backlog, KeyRing, Roots},
    signing::{TOKEN_LIFE, signer},
    token::PlainKey,
};
use doorstep_edge::{Answer, Call, Problem, access, json::Object, jwt};
use serde_json::{Value, json};

use crate::{Ports, StoreRoutes};

/// What a client asks for.
#[derive(Default)]
struct Asked {
    grant: Option<String>,
    id: Option<String>,
    secret: Option<String>,
    scope: Option<String>,
}

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    pub(crate) async fn token(&self, call: &Call) -> Result<Answer, Problem> {
        let asked = Asked::read(call)?;
        let plain = asked.credentials()?;
        let key = access::by_key(&*self.ports, &plain).await?;
        let key = key.ok_or_else(|| invalid_client().naming(plain.mode(), plain.id()))?;
        if key.kind == Kind::Publishable {
            let detail = "A publishable key is no secret, so that it gets no token.";
            return Err(Problem::forbidden(detail).oauth("unauthorized_client"));
        }
        access::note_use(&*self.ports, &key).await;
        let scopes = granted(&key, asked.scope.as_deref())?;
        let now = self.ports.now();
        let end = key.ends_at().map_or(now + TOKEN_LIFE, |end| end.min(now + TOKEN_LIFE));
        let claims = jwt::Claims {
            key: key.id.clone(),
            mode: key.mode,
            store: key.store,
            replay: plain.token_replay(&scopes),
            scopes,
        };
        let signer = signer(&*self.ports, &self.kms).await?;
        let body = json!({
            "access_token": claims.sign(&signer, (now, end), &*self.ports),
            "token_type": "Bearer",
            "expires_in": end.duration_since(now).as_secs(),
            "scope": jwt::spoken(&claims.scopes),
        });
        let mut answer = Answer::json(200, body);
        answer.headers.push(("pragma", "no-cache".to_owned()));
        Ok(answer)
    }

    /// The public keys, as RFC 7517 and RFC 8037 show them.
    pub(crate) async fn public_keys(&self) -> Result<Answer, Problem> {
        let set = self.ports.key_set().await?;
        let now = self.ports.now();
        let keys: Value = set.iter().flat_map(|set| set.known(now)).map(public_key).collect();
        let mut answer = Answer::json(200, json!({ "keys": keys }));
        answer.headers.push(("cache-control", "public, max-age=300".to_owned()));
        Ok(answer)
    }
}

fn public_key(key: &doorstep_domain::signing::SigningKey) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.public);
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": x})
}

/// The scopes that are asked for, if the key has them; all that a token may have, if none are.
fn granted(key: &ApiKey, asked: Option<&str>) -> Result<BTreeSet<Scope>, Problem> {
    let may = key.narrowed(&key.scopes).scopes;
    let asked = asked.map(|asked| asked.split(' ').map(str::parse).collect::<Result<_, _>>());
    let scopes = match asked {
        None => Some(may.clone()),
        Some(asked) => asked.ok().filter(|asked: &BTreeSet<Scope>| asked.is_subset(&may)),
    };
    scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(|| {
        let detail = format!(
            "must be scopes that this key has, one space between; never `{}`, which needs the key",
            NOT_BY_TOKEN.as_str()
        );
        Problem::invalid("/scope", detail).oauth("invalid_scope")
    })
}

impl Asked {
    fn read(call: &Call) -> Result<Self, Problem> {
        let kind = call.header("content-type").unwrap_or_default().split(';').next();
        let kind = kind.unwrap_or_default().trim().to_ascii_lowercase();
        let mut asked = match kind.as_str() {
            "application/x-www-form-urlencoded" => Self::from_form(&call.body)?,
            _ => Self::from_json(call.json()?)?,
        };
        if let Some(header) = call.header("authorization") {
            let (id, secret) = basic(header).ok_or_else(invalid_client)?;
            let other = asked.id.as_ref().is_some_and(|told| *told != id);
            if asked.secret.is_some() || other {
                let detail = "Send the key by HTTP Basic or in the body, not both.";
                return Err(Problem::invalid("/client_secret", detail).oauth("invalid_request"));
            }
            (asked.id, asked.secret) = (Some(id), Some(secret));
        }
        match asked.grant.as_deref() {
            Some("client_credentials") => Ok(asked),
            None => Err(wrong("/grant_type", "is required")),
            Some(_) => {
                let detail = "must be \"client_credentials\"";
                Err(Problem::invalid("/grant_type", detail).oauth("unsupported_grant_type"))
            }
        }
    }

    /// RFC 6749 §3.2: unknown parameters are ignored, none may come twice, an empty one is absent.
    fn from_form(body: &[u8]) -> Result<Self, Problem> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let member = match &*name {
                "grant_type" => &mut asked.grant,
                "client_id" => &mut asked.id,
                "client_secret" => &mut asked.secret,
                "scope" => &mut asked.scope,
                _ => continue,
            };
            let value = Some(value.into_owned()).filter(|value| !value.is_empty());
            if value.is_some() && std::mem::replace(member, value).is_some() {
                return Err(wrong(&format!("/{name}"), "must come once"));
            }
        }
        Ok(asked)
    }

    fn from_json(mut body: Object) -> Result<Self, Problem> {
        let asked = Self {
            grant: body.text("grant_type", 64),
            id: body.text("client_id", 64),
            secret: body.text("client_secret", 128),
            scope: body.text("scope", 1_000),
        };
        body.finish().map_err(|problem| problem.oauth("invalid_request"))?;
        Ok(asked)
    }

    /// The key, whose id the client told beside it.
    fn credentials(&self) -> Result<PlainKey, Problem> {
        let plain = self.secret.as_deref().and_then(PlainKey::parse);
        let same =
            |plain: &PlainKey| self.id.as_ref().is_some_and(|id| *id == plain.id().to_string());
        plain.filter(same).ok_or_else(invalid_client)
    }
}

/// Id and secret of `Basic`, each encoded as in a form (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then_some(())?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((unescaped(id)?, unescaped(secret)?))
}

fn unescaped(text: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    pairs.next().map(|(name, _)| name.into_owned())
}

fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(pointer, detail).oauth("invalid_request")
}

fn invalid_client() -> Problem {
    let detail = "Send a key's id as `client_id` and the whole key as `client_secret`.";
    Problem::new(401, "unauthenticated", detail).oauth("invalid_client")
}
