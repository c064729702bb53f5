//! Who shoppers are, and what they agreed to.

use std::future::Future;

use crate::{
    Fault,
    consent::{ConsentState, Wording, WordingHash},
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

/// The consent ledger. [`Attempts::register`](super::Attempts::register) adds to it.
pub trait Ledger: Send + Sync {
    /// All that a user agreed to or refused, read consistently.
    fn state(
        &self,
        keys: &DataKeys,
        user: UserId,
    ) -> impl Future<Output = Result<ConsentState, Fault>> + Send;
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
}
