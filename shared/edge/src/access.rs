//! Access: who calls is known before any handler runs.

use std::{collections::HashMap, sync::Arc};

use doorstep_domain::{
    Fault,
    access::Kind,
    ports::{ApiKeys, Clock, Stores},
    token::PlainKey,
};

use crate::{call::Caller, problem::Problem};

/// Checks the key of a call. The format and its CRC-32 are checked before anything is read; the
/// secret is compared in constant time.
///
/// # Errors
/// 401 for no key, 403 for a publishable key from another origin.
pub async fn check(
    ports: &(impl ApiKeys + Stores + Clock),
    headers: &HashMap<String, String>,
) -> Result<Caller, Problem> {
    let plain = bearer(headers).and_then(PlainKey::parse).ok_or_else(Problem::unauthenticated)?;
    let found = ApiKeys::find(ports, plain.mode(), plain.id()).await?;
    let key = found.ok_or_else(Problem::unauthenticated)?;
    let same = key.kind == plain.kind() && key.mode == plain.mode();
    if !same || !key.digest.matches(&plain.digest()) || !key.is_live(ports.now()) {
        return Err(Problem::unauthenticated());
    }
    let replay = plain.replay_keys(key.store).map(Arc::new);
    let caller = Caller { key, replay };
    if caller.key.kind == Kind::Publishable && !from_own_origin(ports, &caller, headers).await? {
        let detail = "A publishable key works from the store's listed `origins` only.";
        return Err(Problem::forbidden(detail));
    }
    Ok(caller)
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
