//! The audit log as JSON.

use doorstep_domain::{
    access::Role,
    audit::{
        AuditEntry,
        verify::{Problem, Verdict},
    },
    store::Store,
};
use serde_json::{Value, json};

/// An entry; what does not apply is left out.
pub(crate) fn entry(entry: &AuditEntry) -> Value {
    let mut view = json!({
        "id": entry.id.to_string(),
        "at": entry.at.to_string(),
        "mode": entry.mode.as_str(),
        "action": entry.action.as_str(),
        "outcome": entry.outcome.as_str(),
        "request_id": entry.request_id,
    });
    let store = (entry.store != Store::DEPLOYMENT).then(|| entry.store.to_string());
    add(&mut view, "store_id", store);
    add(&mut view, "actor", entry.actor.as_ref().map(ToString::to_string));
    add(&mut view, "role", entry.role.map(Role::as_str));
    add(&mut view, "target", entry.target.as_deref());
    add(&mut view, "code", entry.code.as_deref());
    add(&mut view, "network", entry.network.as_deref());
    add(&mut view, "suppressed", Some(entry.suppressed).filter(|suppressed| *suppressed > 0));
    view
}

/// What was found of the chain.
pub(crate) fn verdict(verdict: &Verdict) -> Value {
    let head = &verdict.head;
    json!({
        "verified": verdict.is_verified(),
        "entries": verdict.entries,
        "linked": verdict.linked,
        "signed_heads": verdict.heads,
        "head": {"seq": head.seq, "hash": head.hash.to_string(), "at": head.at.to_string()},
        "problems": verdict.problems.iter().map(problem).collect::<Value>(),
        "problems_total": verdict.wrong,
    })
}

fn problem(problem: &Problem) -> Value {
    let mut view = json!({"kind": problem.kind.as_str()});
    add(&mut view, "seq", problem.seq);
    add(&mut view, "entry", problem.entry.map(|entry| entry.to_string()));
    add(&mut view, "at", problem.hour.map(|at| at.to_string()));
    view
}

fn add(view: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        view[name] = value.into();
    }
}
