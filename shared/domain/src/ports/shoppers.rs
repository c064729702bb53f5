//! Who shoppers are, and what they agreed to.

use std::future::Future;

use crate::{
    Fault,
    consent::{Entry, Withdrawal, Wording, WordingHash},
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

/// The consent ledger of the users: entries are only ever added.
pub trait Ledger: Send + Sync {
    /// A user's entries, oldest first.
    fn entries(
        &self,
        keys: &DataKeys,
        user: UserId,
    ) -> impl Future<Output = Result<Vec<Entry>, Fault>> + Send;
    /// Adds a withdrawal, once, however often it is asked.
    fn withdraw(
        &self,
        keys: &DataKeys,
        withdrawal: &Withdrawal,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
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
