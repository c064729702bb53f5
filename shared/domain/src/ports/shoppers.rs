//! Who shoppers are, and what they agreed to.

use std::future::Future;

use crate::{
    Fault,
    consent::{Linked, Wording, WordingHash},
    id::UserId,
    keys::DataKeys,
    user::User,
};

/// Shoppers whose number was verified.
pub trait Users: Send + Sync {
    /// The user.
    fn find(
        &self,
        keys: &DataKeys,
        id: UserId,
    ) -> impl Future<Output = Result<Option<User>, Fault>> + Send;
}

/// What the outbox tells of a change.
#[derive(Debug, Clone, Copy)]
pub struct News<'a> {
    /// Its type, such as `consent.withdrawn`.
    pub kind: &'static str,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: &'a str,
}

/// The consent ledger of the users: entries are only ever added.
pub trait Ledger: Send + Sync {
    /// A user's entries, in their order, read consistently.
    fn entries(
        &self,
        keys: &DataKeys,
        user: UserId,
    ) -> impl Future<Output = Result<Vec<Linked>, Fault>> + Send;
    /// Adds entries in one transaction, at most fifty, and lets the user's item carry the news.
    /// `false` when one of their numbers is taken, or there is no such user to carry the news.
    fn append(
        &self,
        keys: &DataKeys,
        user: UserId,
        entries: &[Linked],
        news: Option<News<'_>>,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}

/// The wordings that shoppers were shown: kept once each, never changed.
pub trait Wordings: Send + Sync {
    /// Keeps the wording under its hash.
    fn keep(
        &self,
        keys: &DataKeys,
        hash: &WordingHash,
        wording: &Wording,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The wording of this hash, if it was kept.
    fn find(
        &self,
        keys: &DataKeys,
        hash: &WordingHash,
    ) -> impl Future<Output = Result<Option<Wording>, Fault>> + Send;
}
