//! Access: who calls is known before any handler runs.

use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    Fault,
    access::{ApiKey, Kind},
    ports::{ApiKeys, Clock, SigningKeys, Stores},
    replay::ReplayKeys,
    store::Store,
    token::PlainKey,
};
use jiff::tz::TimeZone;

use crate::{
    call::Caller,
    jwt::{Claims, Token},
    problem::Problem,
};

/// Checks the key or the token of a call. Its format is checked before anything is read.
///
/// # Errors
/// 401 for neither, 403 for a publishable key from another origin.
pub async fn check(
    ports: &(impl ApiKeys + SigningKeys + Stores + Clock),
    headers: &HashMap<String, String>,
) -> Result<Caller, Problem> {
    let shown = bearer(headers).ok_or_else(Problem::unauthenticated)?;
    let caller = match PlainKey::parse(shown) {
        Some(plain) => by_key(ports, &plain).await?.map(|key| {
            let replay = plain.replay_keys(key.store).map(Arc::new);
            Caller { key, replay }
        }),
        None => by_token(ports, shown).await?,
    };
    let caller = caller.ok_or_else(Problem::unauthenticated)?;
    if caller.key.kind == Kind::Publishable && !from_own_origin(ports, &caller, headers).await? {
        let detail = "A publishable key works from the store's listed `origins` only.";
        return Err(Problem::forbidden(detail));
    }
    note_use(ports, &caller.key).await;
    Ok(caller)
}

/// The key that this is, if it opens anything now; the secret is compared in constant time.
///
/// # Errors
/// When storage is broken.
pub async fn by_key(
    ports: &(impl ApiKeys + Clock),
    plain: &PlainKey,
) -> Result<Option<Arc<ApiKey>>, Fault> {
    let found = ApiKeys::find(ports, plain.mode(), plain.id()).await?;
    Ok(found.filter(|key| {
        let same = key.kind == plain.kind() && key.mode == plain.mode();
        same && key.digest.matches(&plain.digest()) && key.is_live(ports.now())
    }))
}

/// Whose token this is: the key as it is now, with the token's scopes at most. Its key is looked
/// up on each use, so that a token dies with it.
async fn by_token(
    ports: &(impl ApiKeys + SigningKeys + Clock),
    shown: &str,
) -> Result<Option<Caller>, Fault> {
    let Some(token) = Token::parse(shown) else { return Ok(None) };
    let Some(claims) = verified(ports, &token).await? else { return Ok(None) };
    let Some(key) = ApiKeys::find(ports, claims.mode, &claims.key).await? else { return Ok(None) };
    let same = key.kind == Kind::Secret && key.mode == claims.mode && key.store == claims.store;
    if !same || !key.is_live(ports.now()) {
        return Ok(None);
    }
    let scope = (key.store.unwrap_or(Store::DEPLOYMENT), key.mode);
    let replay = Some(Arc::new(ReplayKeys::of_token(claims.replay, scope)));
    Ok(Some(Caller { key: Arc::new(key.narrowed(&claims.scopes)), replay }))
}

/// What the token says, if one of the deployment's keys signed it. A key that a cache does not
/// know may be a new one.
async fn verified(
    ports: &(impl SigningKeys + Clock),
    token: &Token<'_>,
) -> Result<Option<Claims>, Fault> {
    let now = ports.now();
    let mut set = ports.key_set().await?;
    if set.as_ref().is_some_and(|set| set.find(&token.key, now).is_none()) {
        ports.forget_key_set();
        set = ports.key_set().await?;
    }
    Ok(set.and_then(|set| token.verify(&set, now)))
}

/// Notes the day. What goes wrong with that is no reason to refuse the call.
pub async fn note_use(ports: &(impl ApiKeys + Clock), key: &ApiKey) {
    let today = TimeZone::UTC.to_datetime(ports.now()).date();
    if key.history.last_used_day.is_none_or(|day| day < today)
        && let Err(fault) = ports.used(key, today).await
    {
        let (what, code) = (fault.what, fault.code);
        tracing::warn!(error.what = what, error.code = code, "A key's last day was not noted.");
    }
}

fn bearer(headers: &HashMap<String, String>) -> Option<&str> {
    let (scheme, key) = headers.get("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

async fn from_own_origin(
    ports: &impl Stores,
    caller: &Caller,
    headers: &HashMap<String, String>,
) -> Result<bool, Fault> {
    let (Some(store), Some(origin)) = (caller.key.store, headers.get("origin")) else {
        return Ok(false);
    };
    let store = ports.find(store).await?;
    Ok(store.is_some_and(|store| store.settings.has_origin(origin)))
}
