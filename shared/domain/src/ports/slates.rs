//! The guards' records.

use std::future::Future;

use crate::{
    Fault,
    guard::{Replaced, Slate, SlateKey},
    id::SignupId,
    keys::DataKeys,
    signup::RegistrationAttempt,
};

/// Small records that are read and replaced as a whole, each under a revision: what they mean is
/// the guards' business.
pub trait Slates: Send + Sync {
    /// The records under these keys, empty where there is none yet, and the sign-up of this id:
    /// read consistently, in one call.
    fn look(
        &self,
        signup: Option<(&DataKeys, SignupId)>,
        wanted: &[SlateKey],
    ) -> impl Future<Output = Result<(Option<RegistrationAttempt>, Vec<Slate>), Fault>> + Send;
    /// Replaces exactly the revision before `slate.revision`; the write carries `news`, if any.
    /// When another was faster, the answer is what is there now.
    fn replace(
        &self,
        key: &SlateKey,
        slate: &Slate,
        news: Option<&'static str>,
    ) -> impl Future<Output = Result<Replaced, Fault>> + Send;
}
