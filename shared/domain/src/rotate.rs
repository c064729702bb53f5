//! A key gives its place to a new one.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault,
    access::{ApiKey, History},
    ports::{ApiKeys, Chance, Clock},
    start::in_milliseconds,
    token::PlainKey,
};

/// How long both keys work when the call does not say.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// The longest that both keys may work.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Why a key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// There is no such key, or it has ended.
    #[error("not found")]
    Gone,
    /// The new key would be mightier than the one that asks for it.
    #[error("the new key would be mightier than its maker")]
    Mightier,
    /// It changed in between.
    #[error("conflict")]
    Conflict,
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What a rotation made.
#[derive(Debug)]
pub struct Rotated {
    /// The new key, to be shown once.
    pub plain: PlainKey,
    /// As it is kept.
    pub key: ApiKey,
    /// When the old key ends.
    pub old_ends_at: Timestamp,
}

/// Makes a key with the store, mode, role, scopes, name and expiry of the old one, which ends when
/// `overlap` is over, or before if it was to end before. Both in one transaction. Who rotates may
/// [make](ApiKey::may_make) the new key: so a key that was rotated cannot outlive that by rotating
/// itself again.
///
/// # Errors
/// See [`RotateError`].
pub async fn rotate(
    ports: &(impl ApiKeys + Clock + Chance),
    maker: &ApiKey,
    old: &ApiKey,
    overlap: SignedDuration,
) -> Result<Rotated, RotateError> {
    match once(ports, maker, old, overlap).await {
        // Another rotation gave it an earlier end in between.
        Err(RotateError::Conflict) => once(ports, maker, old, overlap).await,
        rotated => rotated,
    }
}

async fn once(
    ports: &(impl ApiKeys + Clock + Chance),
    maker: &ApiKey,
    known: &ApiKey,
    overlap: SignedDuration,
) -> Result<Rotated, RotateError> {
    ports.forget_key(known.mode, &known.id);
    let old = ports.find(known.mode, &known.id).await?.ok_or(RotateError::Gone)?;
    let now = in_milliseconds(ports.now());
    if !old.is_live(now) {
        return Err(RotateError::Gone);
    }
    let plain = PlainKey::random(old.kind, old.mode, ports);
    let key = ApiKey {
        id: plain.id().clone(),
        digest: plain.digest(),
        created_at: now,
        history: History { replaces: Some(old.id.clone()), ..History::default() },
        ..(*old).clone()
    };
    // The maker as it is now, when it rotates itself.
    let maker = if maker.id == old.id { &*old } else { maker };
    if !maker.may_make(&key) {
        return Err(RotateError::Mightier);
    }
    let over = now.checked_add(overlap).unwrap_or(now);
    let old_ends_at = old.ends_at().map_or(over, |end| end.min(over));
    if ports.rotate(&key, &old.id, old_ends_at).await? {
        Ok(Rotated { plain, key, old_ends_at })
    } else {
        Err(RotateError::Conflict)
    }
}
