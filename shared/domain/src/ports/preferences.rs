//! Links to shoppers' preferences.

use std::future::Future;

use crate::{
    Fault,
    preference::{TokenDigest, Whose},
};

/// Whose preferences a link opens, over the whole deployment.
pub trait PreferenceLinks: Send + Sync {
    /// Keeps whose link it is until the link ends, if that is not kept yet.
    fn keep(
        &self,
        digest: &TokenDigest,
        whose: &Whose,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Whose link it is, read consistently. One that has ended may still be found.
    fn find(
        &self,
        digest: &TokenDigest,
    ) -> impl Future<Output = Result<Option<Whose>, Fault>> + Send;
    /// Forgets whose link it was; a no-op on one that is not there.
    fn forget(&self, digest: &TokenDigest) -> impl Future<Output = Result<(), Fault>> + Send;
}
