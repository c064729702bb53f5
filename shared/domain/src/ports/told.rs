//! What follows from what carriers and shoppers told.

use std::future::Future;

use jiff::Timestamp;

use crate::{
    Fault,
    consent::{Entry, Withdrawal},
    id::{MessageId, UserId},
    keys::{DataKeys, PhoneIndex},
    message::AccountRef,
    webhook::Proof,
};

/// What shoppers' own texts change of their phone's record.
pub trait Suppressions: Send + Sync {
    /// The number texted STOP at this time: no text goes to it from now on, and the write carries
    /// the news. `false` when that is so already, or a later START took it back.
    fn suppress(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
        trace: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The number texted START at this time: takes back what an earlier STOP did, nothing else.
    /// `false` when there is no such.
    fn lift(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Keeps the one answer that a number gets in 24 hours for this message; the same message may
    /// have it again.
    fn reserve_reply(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
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

/// Proofs of requests that were accepted, over the whole deployment.
pub trait Proofs: Send + Sync {
    /// Remembers a proof for seven days with the account that it was good for. The answer is when
    /// it first came; `None` when it was good for another account.
    fn remember(
        &self,
        proof: &Proof,
        account: &AccountRef,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, Fault>> + Send;
}
