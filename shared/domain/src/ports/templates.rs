//! The shops' own texts.

use std::{future::Future, sync::Arc};

use crate::{
    Fault, Mode,
    id::StoreId,
    template::{Draft, Kept, Stored, Template, TemplateName},
    text::locale::Locale,
};

/// The shops' own texts: versions that never change, and for each name and locale a pointer to the
/// one that is live.
pub trait Templates: Send + Sync {
    /// The live version of the first of these locales that has one. Implementations may answer
    /// from a cache of at most 10 s; that there is none is never cached.
    fn current(
        &self,
        scope: (StoreId, Mode),
        name: &TemplateName,
        locales: &[Locale],
    ) -> impl Future<Output = Result<Option<Arc<Template>>, Fault>> + Send;
    /// A version, or the live one; never from a cache.
    fn find(
        &self,
        scope: (StoreId, Mode),
        name: &TemplateName,
        locale: &Locale,
        version: Option<u32>,
    ) -> impl Future<Output = Result<Option<Stored>, Fault>> + Send;
    /// Keeps a text and makes it live: a new version, or the live or newest one if that says the
    /// same. Texts saved at once get a version each.
    fn save(
        &self,
        scope: (StoreId, Mode),
        draft: &Draft,
    ) -> impl Future<Output = Result<Kept, Fault>> + Send;
    /// Makes a version live again; `false` when there is no such version.
    fn point(
        &self,
        scope: (StoreId, Mode),
        name: &TemplateName,
        locale: &Locale,
        version: u32,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The live version of every name and locale, in their order.
    fn list(
        &self,
        scope: (StoreId, Mode),
    ) -> impl Future<Output = Result<Vec<Stored>, Fault>> + Send;
}
