//! Test mode.

use std::future::Future;

use crate::{Fault, keys::DataKeys};

/// The test mode of a store.
pub trait Sandbox: Send + Sync {
    /// Forgets the store's test state. Live keys are a fault.
    fn forget(&self, keys: &DataKeys) -> impl Future<Output = Result<(), Fault>> + Send;
}
