//! Leave for one sensitive action: whoever only found a key or a session in passing must ask first,
//! and that is written down.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault, Mode,
    access::{ApiKey, KeyId},
    audit::{Action, Hash},
    id::StoreId,
    ports::{Chance, Clock, Nonces},
    start::in_milliseconds,
    store::Store,
    token::random_text,
};

/// How long a nonce is good.
pub const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Characters of base62: 130 bits.
const LENGTH: usize = 22;

/// A nonce as its holder sends it; shown once. It does not print itself.
pub struct PlainNonce(String);

impl PlainNonce {
    fn random(chance: &impl Chance) -> Self {
        Self(random_text(LENGTH, chance))
    }

    /// Reads a nonce; `None` for what was never one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric());
        plain.then(|| Self(text.to_owned()))
    }

    /// The nonce.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// SHA-256 in hexadecimal: what is stored. 130 random bits need no slower hash.
    fn digest(&self) -> String {
        Hash::of(b"doorstep/nonce/1", &[&self.0]).to_string()
    }
}

impl fmt::Debug for PlainNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainNonce(…)")
    }
}

/// A nonce as it is stored, and as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce {
    /// Its SHA-256.
    pub digest: String,
    /// The store and mode of the key that got it; [`Store::DEPLOYMENT`] for the deployment's.
    pub scope: (StoreId, Mode),
    /// The key that got it.
    pub actor: KeyId,
    /// What it is for.
    pub action: Action,
}

impl Nonce {
    fn of(plain: &PlainNonce, key: &ApiKey, action: Action) -> Self {
        let scope = (key.store.unwrap_or(Store::DEPLOYMENT), key.mode);
        Self { digest: plain.digest(), scope, actor: key.id.clone(), action }
    }
}

/// Gives a key leave for one action, and tells until when.
///
/// # Errors
/// When storage is broken.
pub async fn issue(
    ports: &(impl Nonces + Clock + Chance),
    key: &ApiKey,
    action: Action,
) -> Result<(PlainNonce, Timestamp), Fault> {
    let plain = PlainNonce::random(ports);
    let expires_at = in_milliseconds(ports.now() + LIFE);
    ports.keep(&Nonce::of(&plain, key, action), expires_at).await?;
    Ok((plain, expires_at))
}

/// Uses a nonce up; `false` for one that is unknown, used, over, another key's or for another
/// action. A foreign one stays good for whose it is.
///
/// # Errors
/// When storage is broken.
pub async fn spend(
    ports: &(impl Nonces + Clock),
    key: &ApiKey,
    action: Action,
    shown: &str,
) -> Result<bool, Fault> {
    let Some(plain) = PlainNonce::parse(shown) else { return Ok(false) };
    ports.consume(&Nonce::of(&plain, key, action), ports.now()).await
}
