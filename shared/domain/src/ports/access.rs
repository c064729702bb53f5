//! Who calls, and what they were answered.

use std::{future::Future, sync::Arc};

use jiff::civil::Date;

use crate::{
    Fault, Mode,
    access::{ApiKey, KeyId},
    id::StoreId,
    replay::{Begun, Slot},
    signing::KeySet,
    store::Saved,
};

/// Keys to the API.
pub trait ApiKeys: Send + Sync {
    /// The key with this id. Implementations may answer from a cache of at most 30 s.
    fn find(
        &self,
        mode: Mode,
        id: &KeyId,
    ) -> impl Future<Output = Result<Option<Arc<ApiKey>>, Fault>> + Send;
    /// Drops what a cache has of the key: whoever changes it has to find it as it is now.
    fn forget_key(&self, _mode: Mode, _id: &KeyId) {}
    /// Keeps a new key.
    fn create(&self, key: &ApiKey) -> impl Future<Output = Result<(), Fault>> + Send;
    /// In one transaction: keeps `new`, and ends the key that it replaces at that time. `false`,
    /// and nothing is written, when that key is gone or ends earlier.
    fn rotate(
        &self,
        new: &ApiKey,
        replaced: &KeyId,
        end: jiff::Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Notes that the key was used on this day: one conditional write, which changes nothing if a
    /// later or the same day is noted, or the key is gone. A cache notes it without regard to the
    /// outcome, so that a day costs each instance one write for a key.
    fn used(&self, key: &ApiKey, day: Date) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Forgets the key.
    fn delete(&self, key: &ApiKey) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The keys of a store, or of the deployment.
    fn list(
        &self,
        store: Option<StoreId>,
        mode: Mode,
    ) -> impl Future<Output = Result<Vec<ApiKey>, Fault>> + Send;
}

/// What calls with an idempotency key answered.
pub trait Replays: Send + Sync {
    /// Locks the slot for a call that begins, unless it runs or was answered.
    fn begin(&self, slot: &Slot) -> impl Future<Output = Result<Begun, Fault>> + Send;
    /// Keeps the sealed answer, if the lock is still ours.
    fn keep_answer(
        &self,
        slot: &Slot,
        sealed: &[u8],
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Gives the slot back, if the lock is still ours: the call was refused.
    fn release(&self, slot: &Slot) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// The keys that sign tokens: one set for the deployment.
pub trait SigningKeys: Send + Sync {
    /// The set; `None` before the first token. Implementations may answer from a cache of at most
    /// 30 s.
    fn key_set(&self) -> impl Future<Output = Result<Option<Arc<KeySet>>, Fault>> + Send;
    /// Drops what a cache has of the set.
    fn forget_key_set(&self) {}
    /// Creates the set (revision 0), or replaces exactly the revision before `set.revision`.
    fn save_key_set(&self, set: &KeySet) -> impl Future<Output = Result<Saved, Fault>> + Send;
}
