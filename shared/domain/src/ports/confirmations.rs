//! What a link needs of storage beside what a code needs.

use std::future::Future;

use crate::{
    Fault,
    id::{SignupId, UserId},
    keys::{DataKeys, PhoneIndex},
    signup::Tried,
};

/// Links that shoppers follow.
pub trait Confirmations: Send + Sync {
    /// Takes the one try of a pending link's match, in one conditional write, before anything is
    /// compared. `false` when other digits took it, or the sign-up is over or gone; the same
    /// digits have it again, so that a call that broke can be repeated.
    fn try_match(
        &self,
        keys: &DataKeys,
        id: SignupId,
        tried: &Tried,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// A link proved this number: its row of failures ends, so that codes work again. Its tries of
    /// the last 24 hours stay. Tells the user of the phone; `user` is reserved where there is none.
    fn prove(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        user: UserId,
    ) -> impl Future<Output = Result<UserId, Fault>> + Send;
}
