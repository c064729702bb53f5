//! Access tokens: JWTs (RFC 7519) in the profile of RFC 9068, signed with Ed25519 (RFC 8037).
//!
//! Written by hand, as there is one algorithm and one issuer: what a library would have to be kept
//! from doing (other algorithms, keys named by the token) is not there.

use std::{collections::BTreeSet, fmt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use doorstep_domain::{
    Mode,
    access::{KeyId, Scope},
    id::StoreId,
    ports::Chance,
    signing::{KeySet, Signer, TOKEN_LIFE},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::strict;

/// The longest token that is read, in characters: each scope that there is, and some air.
const LONGEST: usize = 4_096;
/// The one algorithm; what the header says of it is compared, never obeyed.
const ALGORITHM: &str = "EdDSA";
/// RFC 9068: no other kind of JWT is taken for an access token.
const KIND: &str = "at+jwt";
/// By how much a verifier's clock may be behind the signer's.
const SLACK: SignedDuration = SignedDuration::from_secs(5);

/// What a token says.
pub struct Claims {
    /// The key that it is for.
    pub key: KeyId,
    /// The key's mode.
    pub mode: Mode,
    /// The key's store; `None` for the whole deployment.
    pub store: Option<StoreId>,
    /// What it may do, if the key still may.
    pub scopes: BTreeSet<Scope>,
    /// From which the keys of its replay records are made.
    pub replay: [u8; 32],
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims(of {})", self.key)
    }
}

impl Claims {
    /// A token with these claims, good until `end`, and at most for its fifteen minutes.
    pub fn sign(
        &self,
        signer: &Signer,
        (now, end): (Timestamp, Timestamp),
        chance: &impl Chance,
    ) -> String {
        let mut id = [0; 16];
        chance.fill(&mut id);
        let header = json!({"alg": ALGORITHM, "typ": KIND, "kid": signer.key});
        let mut claims = json!({
            "iss": signer.issuer,
            "aud": audience(&signer.issuer),
            "sub": self.key.to_string(),
            "client_id": self.key.to_string(),
            "iat": now.as_second(),
            "nbf": (now - SLACK).as_second(),
            "exp": end.min(now + TOKEN_LIFE).as_second(),
            "jti": BASE64.encode(id),
            "mode": self.mode.as_str(),
            "scope": spoken(&self.scopes),
            "replay": BASE64.encode(self.replay),
        });
        if let Some(store) = self.store {
            claims["store"] = json!(store.to_string());
        }
        let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
        let message = format!("{header}.{claims}");
        let signature = BASE64.encode(signer.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn read(set: &KeySet, claims: &Value, now: Timestamp) -> Option<Self> {
        let text = |name: &str| claims.get(name)?.as_str();
        let time = |name: &str| Timestamp::from_second(claims.get(name)?.as_i64()?).ok();
        let ours = text("iss")? == set.issuer && text("aud")? == audience(&set.issuer);
        let (from, to) = (time("nbf")?, time("exp")?);
        if !ours || now < from || to <= now || text("client_id")? != text("sub")? {
            return None;
        }
        let store = claims.get("store").map(|store| store.as_str()?.parse().ok());
        Some(Self {
            key: text("sub")?.parse().ok()?,
            mode: text("mode")?.parse().ok()?,
            store: match store {
                Some(named) => Some(named?),
                None => None,
            },
            // A scope that is no more is nothing that it may do.
            scopes: text("scope")?.split(' ').filter_map(|scope| scope.parse().ok()).collect(),
            replay: BASE64.decode(text("replay")?).ok()?.try_into().ok()?,
        })
    }
}

/// Scopes as RFC 6749 §3.3 spells them.
#[must_use]
pub fn spoken(scopes: &BTreeSet<Scope>) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// What has the form of a token; nobody vouches for it yet. It does not print itself.
pub struct Token<'a> {
    /// The key that is said to have signed it.
    pub key: String,
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Takes a token apart; `None` for what has another form than ours.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        (text.len() <= LONGEST).then_some(())?;
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = decoded(header)?;
        // Three members and no more: none that names a key, or is critical.
        let known = header.as_object()?.len() == 3;
        let known = known && header["alg"] == ALGORITHM && header["typ"] == KIND;
        let key = header["kid"].as_str().filter(|_| known)?.to_owned();
        Some(Self { key, signed, claims, signature: BASE64.decode(signature).ok()? })
    }

    /// What it says, if the key that it names is the deployment's and signed it, for now and us.
    #[must_use]
    pub fn verify(&self, set: &KeySet, now: Timestamp) -> Option<Claims> {
        let key = set.find(&self.key, now)?;
        key.verifies(self.signed.as_bytes(), &self.signature).then_some(())?;
        Claims::read(set, &decoded(self.claims)?, now)
    }
}

/// Tokens are for this API alone.
fn audience(issuer: &str) -> String {
    format!("{issuer}:api")
}

fn decoded(part: &str) -> Option<Value> {
    strict::parse(&BASE64.decode(part).ok()?, 2)
}
