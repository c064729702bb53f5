//! Leave for sensitive actions, the audit log, and what makes it evident that it was changed.

use std::future::Future;

use jiff::Timestamp;

use super::Range;
use crate::{
    Fault, Mode,
    audit::{
        AuditEntry, Place,
        chain::{Checkpoint, Head, Link, SignedHead},
    },
    id::StoreId,
    nonce::Nonce,
};

/// Nonces.
pub trait Nonces: Send + Sync {
    /// Keeps a new nonce until then.
    fn keep(
        &self,
        nonce: &Nonce,
        expires_at: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Uses it up in one conditional write; `false` unless exactly this one is there and good.
    fn consume(
        &self,
        nonce: &Nonce,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}

/// Writes the audit log.
pub trait Audit: Send + Sync {
    /// Adds an entry; the same one again changes nothing.
    fn record(&self, entry: &AuditEntry) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Reads the audit log.
pub trait AuditLog: Send + Sync {
    /// The entries of one store in one mode, or of all, newest first. A cursor is the last
    /// entry's [`AuditEntry::cursor`]. Those of all may miss the last second's.
    fn entries(
        &self,
        of: Option<(StoreId, Mode)>,
        range: &Range,
    ) -> impl Future<Output = Result<Vec<AuditEntry>, Fault>> + Send;
    /// What is kept at these places, in no order; nothing where there is nothing.
    fn at(&self, places: &[Place]) -> impl Future<Output = Result<Vec<AuditEntry>, Fault>> + Send;
}

/// The chain of links, a thousand to a page, and how far it has come.
pub trait Chain: Send + Sync {
    /// The entries of all stores from `from` up to, not including, `to`, oldest first; the last
    /// second's may be missing.
    fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Future<Output = Result<Vec<AuditEntry>, Fault>> + Send;
    /// A whole page, oldest first, read consistently.
    fn page(&self, page: u64) -> impl Future<Output = Result<Vec<Link>, Fault>> + Send;
    /// The newest of a page, newest first, read consistently: all that were made since then, and
    /// at least one more if there is one.
    fn tail(
        &self,
        page: u64,
        since: Timestamp,
    ) -> impl Future<Output = Result<Vec<Link>, Fault>> + Send;
    /// Adds a link; `false` when there is one with this number.
    fn append(&self, link: &Link) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// How far it has come.
    fn checkpoint(&self) -> impl Future<Output = Result<Option<Checkpoint>, Fault>> + Send;
    /// Keeps how far it has come.
    fn keep_checkpoint(
        &self,
        checkpoint: &Checkpoint,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Signed heads, one an hour, where they cannot be replaced.
pub trait Heads: Send + Sync {
    /// Puts the head of its hour; `false` when that hour has one.
    fn put(&self, head: &SignedHead) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The hours that have one, oldest first.
    fn hours(&self) -> impl Future<Output = Result<Vec<Timestamp>, Fault>> + Send;
    /// The heads of these hours, in their order; `None` for what is gone or cannot be read.
    fn read(
        &self,
        hours: &[Timestamp],
    ) -> impl Future<Output = Result<Vec<Option<SignedHead>>, Fault>> + Send;
}

/// Signs heads.
pub trait Notary: Send + Sync {
    /// Signs a head.
    fn sign(&self, head: &Head) -> impl Future<Output = Result<SignedHead, Fault>> + Send;
    /// Whether each of them was signed by us as it stands, in their order.
    fn genuine(
        &self,
        heads: &[SignedHead],
    ) -> impl Future<Output = Result<Vec<bool>, Fault>> + Send;
}
