//! Leave to be the only one for a while.

use std::future::Future;

use crate::{Fault, lease::Lease};

/// Leases. They end by themselves, so that a dead owner holds up nobody for long.
pub trait Leases: Send + Sync {
    /// Takes the lease, or renews it; `false` while another owner has one that has not ended.
    fn hold(&self, lease: &Lease) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Gives it back, if it is still this owner's.
    fn give_back(&self, lease: &Lease) -> impl Future<Output = Result<(), Fault>> + Send;
}
