//! Who calls, and what they were answered.

use std::{future::Future, sync::Arc};

use crate::{
    Fault, Mode,
    access::{ApiKey, KeyId},
    id::StoreId,
    replay::{Begun, Slot},
};

/// Keys to the API.
pub trait ApiKeys: Send + Sync {
    /// The key with this id. Implementations may answer from a cache of at most 30 s.
    fn find(
        &self,
        mode: Mode,
        id: &KeyId,
    ) -> impl Future<Output = Result<Option<Arc<ApiKey>>, Fault>> + Send;
    /// Keeps a new key.
    fn create(&self, key: &ApiKey) -> impl Future<Output = Result<(), Fault>> + Send;
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
