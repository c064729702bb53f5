#![doc = include_str!("../README.md")]

mod complaint_form;
mod complaint_page;
mod complaint_words;
mod complaints;
mod erasures;
mod export_link;
mod export_page;
mod exports;
mod imports;
mod view;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::Scope,
    audit::{AuditEntry, verify::verify},
    id::StoreId,
    keys::DataKeys,
    ports::{Archive, AuditLog, Chain, Chunks, Heads, Imports, KeyRing, Notary, Stores},
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, page};

/// What this function needs of storage.
pub trait Ports:
    AuditLog + Chain + Imports + complaints::Ports + exports::Ports + erasures::Ports
{
}
impl<P> Ports for P where
    P: AuditLog + Chain + Imports + complaints::Ports + exports::Ports + erasures::Ports
{
}

/// What this function keeps in the bucket.
pub trait Objects: Heads + Archive + Chunks {}
impl<B: Heads + Archive + Chunks> Objects for B {}

/// The routes of this function.
pub struct PrivacyRoutes<P, K, B, N> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
    /// Where signed heads, exports, rows of imports and the journal of erasures are.
    pub bucket: B,
    /// Who signed the heads.
    pub notary: N,
    /// Where links lead; without it, to the host that was called.
    pub public_url: Option<String>,
}

impl<P: Ports, K: KeyRing, B: Objects, N: Notary> Routes for PrivacyRoutes<P, K, B, N> {
    /// People complain without a key, and an export's link is its own proof.
    const OPEN: &'static [&'static str] =
        &["GET /complaints/{store_id}", "POST /complaints/{store_id}", exports::FILE];
    /// A complaint as a form sends it: three bytes for each that is no letter of ASCII.
    const MAX_BODY: usize = 48 * 1024;
    const UNPACKS: &'static [&'static str] = &[imports::ROUTE];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        let (ports, ring) = (&*self.ports, &self.ring);
        match call.route.as_str() {
            "GET /audit-log" => self.audit_log(call).await,
            "GET /complaints/{store_id}" => complaints::form(ports, call).await,
            "POST /complaints/{store_id}" => complaints::file(ports, ring, call).await,
            "GET /complaints" => complaints::list(ports, ring, call).await,
            "PATCH /complaints/{store_id}/{complaint_id}" => {
                complaints::change(ports, ring, call).await
            }
            "POST /exports" => exports::start(ports, ring, call).await,
            "GET /exports/{id}" => {
                exports::read(ports, ring, (call, self.public_url.as_deref())).await
            }
            exports::FILE => exports::file(ports, (ring, &self.bucket), call).await,
            "DELETE /users/{id}" => erasures::start(ports, (ring, &self.bucket), call).await,
            imports::ROUTE => self.imports().start(call).await,
            "GET /imports/{id}" => self.imports().read(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// The keys of a store's personal data; a store that is not there is not found.
async fn keys_of(
    ports: &impl Stores,
    ring: &impl KeyRing,
    (store, mode): (StoreId, Mode),
) -> Result<Arc<DataKeys>, Problem> {
    let store = Stores::find(ports, store).await?.ok_or_else(Problem::not_found)?;
    Ok(ring.data(&store, mode).await?)
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
        let walk = page::range(call, self.ports.now())?;
        let checks = wants_check(call)?;
        let (mut range, wanted) = (walk.range.clone(), walk.range.limit);
        // One more than a page, to know whether there is another.
        range.limit = wanted + 1;
        let mut entries = AuditLog::entries(&*self.ports, of, &range).await?;
        let more = entries.len() > wanted;
        entries.truncate(wanted);
        let next = entries.last().filter(|_| more).map(AuditEntry::cursor);
        let next = walk.next(next);
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
