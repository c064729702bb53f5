#![doc = include_str!("../README.md")]

mod imports;
mod view;

use std::sync::Arc;

use doorstep_domain::{
    access::Scope,
    audit::{AuditEntry, verify::verify},
    ports::{AuditLog, Chain, Chunks, Clock, Heads, Imports, KeyRing, Notary, Stores},
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, page};

/// What this function needs of storage.
pub trait Ports: AuditLog + Chain + Clock + Imports + Stores {}
impl<P: AuditLog + Chain + Clock + Imports + Stores> Ports for P {}

/// What this function keeps in the bucket.
pub trait Objects: Heads + Chunks {}
impl<B: Heads + Chunks> Objects for B {}

/// The routes of this function.
pub struct PrivacyRoutes<P, K, B, N> {
    /// Evidence, imports and the clock.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
    /// Where signed heads are, and rows of imports.
    pub bucket: B,
    /// Who signed them.
    pub notary: N,
}

impl<P: Ports, K: KeyRing, B: Objects, N: Notary> Routes for PrivacyRoutes<P, K, B, N> {
    const UNPACKS: &'static [&'static str] = &[imports::ROUTE];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "GET /audit-log" => self.audit_log(call).await,
            imports::ROUTE => self.imports().start(call).await,
            "GET /imports/{id}" => self.imports().read(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports, K: KeyRing, B: Objects, N: Notary> PrivacyRoutes<P, K, B, N> {
    fn imports(&self) -> imports::Desk<'_, P, K, B> {
        imports::Desk { ports: &self.ports, ring: &self.ring, bucket: &self.bucket }
    }

    /// The entries of a store in the key's mode, or of the whole deployment; on demand with what
    /// was found of the chain, which is one for all stores.
    async fn audit_log(&self, call: &Call) -> Result<Answer, Problem> {
        let key = call.key(Scope::AuditRead)?;
        let of = call.named_store(key)?.map(|store| (store, key.mode));
        let mut range = page::range(call, self.ports.now())?;
        let checks = wants_check(call)?;
        let wanted = range.limit;
        // One more than a page, to know whether there is another.
        range.limit = wanted + 1;
        let mut entries = self.ports.entries(of, &range).await?;
        let more = entries.len() > wanted;
        entries.truncate(wanted);
        let next = entries.last().filter(|_| more).map(AuditEntry::cursor);
        let mut body = page::body(entries.iter().map(view::entry), next.as_deref());
        if checks {
            let verdict = verify(&*self.ports, &self.bucket, &self.notary).await?;
            if !verdict.is_verified() {
                tracing::error!(
                    target: "doorstep_privacy",
                    problems = verdict.wrong,
                    "The audit log is not what was written."
                );
            }
            body["chain"] = view::verdict(&verdict);
        }
        Ok(Answer::json(200, body))
    }
}

fn wants_check(call: &Call) -> Result<bool, Problem> {
    match call.query.get("verify").map(String::as_str) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::invalid("?verify", "must be true or false")),
    }
}
