#![doc = include_str!("../README.md")]

mod complaint_form;
mod complaint_page;
mod complaint_words;
mod complaints;
mod view;

use std::sync::Arc;

use doorstep_domain::{
    access::Scope,
    audit::{AuditEntry, verify::verify},
    ports::{AuditLog, Chain, Heads, KeyRing, Notary},
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, page};

/// What this function needs of storage.
pub trait Ports: AuditLog + Chain + complaints::Ports {}
impl<P: AuditLog + Chain + complaints::Ports> Ports for P {}

/// The routes of this function.
pub struct PrivacyRoutes<P, B, N, K> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// Where signed heads are.
    pub bucket: B,
    /// Who signed them.
    pub notary: N,
    /// The stores' keys.
    pub ring: K,
}

impl<P: Ports, B: Heads, N: Notary, K: KeyRing> Routes for PrivacyRoutes<P, B, N, K> {
    /// People complain without a key.
    const OPEN: &'static [&'static str] =
        &["GET /complaints/{store_id}", "POST /complaints/{store_id}"];
    /// A complaint as a form sends it: three bytes for each that is no letter of ASCII.
    const MAX_BODY: usize = 48 * 1024;

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        let ports = &*self.ports;
        match call.route.as_str() {
            "GET /audit-log" => self.audit_log(call).await,
            "GET /complaints/{store_id}" => complaints::form(ports, call).await,
            "POST /complaints/{store_id}" => complaints::file(ports, &self.ring, call).await,
            "GET /complaints" => complaints::list(ports, &self.ring, call).await,
            "PATCH /complaints/{store_id}/{complaint_id}" => {
                complaints::change(ports, &self.ring, call).await
            }
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports, B: Heads, N: Notary, K: KeyRing> PrivacyRoutes<P, B, N, K> {
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
