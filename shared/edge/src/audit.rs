//! The audit log from the side of a call: what is let through, what is refused, who failed to say
//! who they are.
//!
//! A handler checks what it was sent, calls [`sensitive`] or [`done`], and then changes something:
//! an ordinary 400 or 404 uses no nonce up, and no change is without its entry.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use doorstep_domain::{
    Mode,
    access::KeyId,
    audit::{Action, AuditEntry, Outcome, bound::Bound},
    id::{AuditId, StoreId},
    nonce::spend,
    ports::{ApiKeys, Audit, Chance, Clock, Nonces},
    store::Store,
    token::PlainKey,
};
use jiff::Timestamp;

use crate::{call::Call, problem::Problem};

/// The header of a nonce.
const HEADER: &str = "audit-nonce";

/// What a call does, as the audit log names it.
#[must_use]
pub fn action(route: &str) -> Action {
    match route {
        "POST /api-keys" => Action::ApiKeyCreate,
        "POST /api-keys/{id}/rotate" => Action::ApiKeyRotate,
        "DELETE /api-keys/{id}" => Action::ApiKeyDelete,
        "POST /exports" => Action::ExportCreate,
        "DELETE /users/{id}" => Action::UserErase,
        "PUT /stores/{id}/connectors/{platform}" | "DELETE /stores/{id}/connectors/{platform}" => {
            Action::ConnectorChange
        }
        "PUT /stores/{id}/carriers/{carrier}"
        | "DELETE /stores/{id}/carriers/{carrier}"
        | "PUT /carriers/{carrier}"
        | "DELETE /carriers/{carrier}" => Action::CarrierChange,
        "POST /nonces" => Action::NonceCreate,
        "POST /stores" => Action::StoreCreate,
        "PATCH /stores/{id}" => Action::StoreChange,
        "PATCH /defaults" => Action::DefaultsChange,
        "PUT /routes" => Action::RouteChange,
        "PUT /limits" => Action::LimitChange,
        "PUT /kill-switch" => Action::KillSwitchChange,
        "PUT /allow-list" => Action::AllowListChange,
        "POST /codes/enable" => Action::CodesEnable,
        "PUT /budgets" => Action::BudgetChange,
        "PATCH /complaints/{store_id}/{complaint_id}" => Action::ComplaintChange,
        _ => Action::Call,
    }
}

/// Uses the call's nonce up and writes down that it is let through. Whose log it is in is `of`:
/// the store that is changed, or the deployment's.
///
/// # Errors
/// 403 without a nonce that is good for this key and action; 503 when nothing can be written.
pub async fn sensitive(
    ports: &(impl Nonces + Audit + Clock + Chance),
    call: &Call,
    of: Option<StoreId>,
    target: &str,
) -> Result<(), Problem> {
    let caller = call.caller.as_ref().ok_or_else(Problem::unauthenticated)?;
    let action = action(&call.route);
    let shown = call.header(HEADER).unwrap_or_default();
    if !spend(ports, &caller.key, action, shown).await? {
        return Err(Problem::forbidden(format!(
            "This call needs a fresh nonce: POST /nonces {{\"action\": \"{}\"}} with the same key, \
             and send its `nonce` in the header `Audit-Nonce` within 5 minutes. It works once.",
            action.as_str()
        )));
    }
    done(ports, call, of, target).await
}

/// As [`sensitive`] if the call has a nonce; a first set-up needs none.
///
/// # Errors
/// 403 for a nonce that is not good; 503 when nothing can be written.
pub async fn first(
    ports: &(impl Nonces + Audit + Clock + Chance),
    call: &Call,
    of: Option<StoreId>,
    target: &str,
) -> Result<(), Problem> {
    match call.header(HEADER) {
        Some(_) => sensitive(ports, call, of, target).await,
        None => done(ports, call, of, target).await,
    }
}

/// Writes down that a call is let through, before it changes anything.
///
/// # Errors
/// 503 when it cannot be written.
pub async fn done(
    ports: &(impl Audit + Clock + Chance),
    call: &Call,
    of: Option<StoreId>,
    target: &str,
) -> Result<(), Problem> {
    let mut entry = entry(ports, call, Outcome::Done);
    entry.store = of.unwrap_or(Store::DEPLOYMENT);
    entry.target = Some(target.to_owned()).filter(|target| !target.is_empty());
    Ok(ports.record(&entry).await?)
}

/// What a warm instance has let through lately. Failed keys and refused ones do not crowd each
/// other out.
#[derive(Debug, Default)]
pub struct Bounds {
    unknown: Mutex<Bound>,
    refused: Mutex<Bound>,
}

impl Bounds {
    fn admit(&self, outcome: Outcome, now: Timestamp) -> Option<u32> {
        let of = match outcome {
            Outcome::FailedAuthentication => &self.unknown,
            Outcome::Refused | Outcome::Done => &self.refused,
        };
        of.lock().unwrap_or_else(PoisonError::into_inner).admit(now)
    }
}

/// Writes down a refusal that says who may do what: 401, 403 `forbidden`, and 404 for another
/// store. The caller is told the refusal in any case.
pub(crate) async fn refused(
    ports: &(impl ApiKeys + Audit + Clock + Chance),
    bounds: &Bounds,
    call: &Call,
    problem: &Problem,
) {
    let outcome = match (problem.status, problem.code) {
        (401, _) => Outcome::FailedAuthentication,
        (403, "forbidden") => Outcome::Refused,
        (404, _) if problem.more.other_store => Outcome::Refused,
        _ => return,
    };
    let Some(suppressed) = bounds.admit(outcome, ports.now()) else { return };
    let mut entry = AuditEntry { suppressed, ..entry(ports, call, outcome) };
    entry.code = Some(problem.code.to_owned());
    entry.target =
        if entry.action == Action::Call { Some(call.route.clone()) } else { named(call) };
    if call.caller.is_none() {
        claim(ports, call, problem, &mut entry).await;
    }
    if let Err(fault) = ports.record(&entry).await {
        tracing::error!(
            error.what = fault.what,
            error.code = fault.code,
            "A refusal is not in the audit log."
        );
    }
}

/// Notes which key was named, if there is such a key, and puts the entry into its store's log.
async fn claim(ports: &impl ApiKeys, call: &Call, problem: &Problem, entry: &mut AuditEntry) {
    let header = call.header("authorization").unwrap_or_default();
    let plain = header.split_once(' ').and_then(|(_, key)| PlainKey::parse(key.trim()));
    let bearer = plain.map(|plain| (plain.mode(), plain.id().clone()));
    let Some((mode, id)) = bearer.or_else(|| problem.more.named_key.clone()) else { return };
    entry.mode = mode;
    if let Ok(Some(key)) = ports.find(mode, &id).await {
        entry.actor = Some(key.id.clone());
        entry.store = key.store.unwrap_or(Store::DEPLOYMENT);
    }
}

/// What the path names, if it is an id: nothing else that a caller may write there.
fn named(call: &Call) -> Option<String> {
    let part = |name: &str| call.path.get(name).map(String::as_str);
    let carrier =
        part("carrier").and_then(|it| it.parse::<doorstep_domain::carrier::CarrierName>().ok());
    if let Some(carrier) = carrier {
        return Some(carrier.as_str().to_owned());
    }
    let id = part("id")?;
    let known = id.parse::<KeyId>().is_ok() || id.parse::<StoreId>().is_ok();
    known.then(|| id.to_owned())
}

fn entry(ports: &(impl Clock + Chance), call: &Call, outcome: Outcome) -> AuditEntry {
    let key = call.caller.as_ref().map(|caller| &caller.key);
    let now = ports.now();
    AuditEntry {
        id: AuditId::random(ports),
        at: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
        store: key.and_then(|key| key.store).unwrap_or(Store::DEPLOYMENT),
        mode: key.map_or(Mode::Live, |key| key.mode),
        actor: key.map(|key| key.id.clone()),
        role: key.and_then(|key| key.role),
        action: action(&call.route),
        target: None,
        outcome,
        code: None,
        network: call.source_ip.as_deref().and_then(network),
        request_id: call.request_id.clone(),
        suppressed: 0,
    }
}

/// The /24 of an IPv4 address, the /48 of an IPv6 address.
#[must_use]
pub fn network(text: &str) -> Option<String> {
    match text.parse().ok()? {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            Some(format!("{a:x}:{b:x}:{c:x}::/48"))
        }
    }
}

#[cfg(test)]
mod tests;
