//! Shoppers that a store brings along, and the lists that bring them.

use std::future::Future;

use crate::{
    Fault,
    id::{ImportId, UserId},
    import::{Import, Row, RowError},
    keys::{DataKeys, ExternalIndex, PhoneIndex},
    user::Brought,
};

/// Shoppers whom a store knows, and whose number nobody proved.
pub trait People: Send + Sync {
    /// The user that this number has, or gets: `candidate`, if it has none.
    fn reserve(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        candidate: UserId,
    ) -> impl Future<Output = Result<UserId, Fault>> + Send;
    /// Writes down who was brought along; what is known of the user already stays as it is. A no-op
    /// for one who was [let go](super::Subjects::let_go).
    fn bring(
        &self,
        keys: &DataKeys,
        brought: &Brought,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The users that have this id of the store's own, the newest first; a hundred at most.
    fn known_as(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
    ) -> impl Future<Output = Result<Vec<UserId>, Fault>> + Send;
}

/// Imports and how far they are.
pub trait Imports: Send + Sync {
    /// The import, read consistently.
    fn find(
        &self,
        keys: &DataKeys,
        id: ImportId,
    ) -> impl Future<Output = Result<Option<Import>, Fault>> + Send;
    /// Keeps a new one; the write carries the event for its first chunk. `false` when it is there.
    fn open(
        &self,
        keys: &DataKeys,
        import: &Import,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Replaces one that is running and waits for the same chunk as `before` does; if it is still
    /// running then, the write carries the event for the next. `false` when another was faster.
    fn advance(
        &self,
        keys: &DataKeys,
        before: &Import,
        after: &Import,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}

/// The rows of imports until they are worked through, and what was wrong with them; sealed. They
/// are kept for seven days at most.
pub trait Chunks: Send + Sync {
    /// Keeps rows as the chunk of this number, in place of what it was.
    fn keep(
        &self,
        keys: &DataKeys,
        id: ImportId,
        chunk: (u32, &[Row]),
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The rows of a chunk; `None` when it is gone.
    fn rows(
        &self,
        keys: &DataKeys,
        id: ImportId,
        number: u32,
    ) -> impl Future<Output = Result<Option<Vec<Row>>, Fault>> + Send;
    /// Forgets a chunk; a no-op when it is gone.
    fn forget(
        &self,
        keys: &DataKeys,
        id: ImportId,
        number: u32,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Keeps what was wrong with the rows so far, in place of what was known.
    fn keep_errors(
        &self,
        keys: &DataKeys,
        id: ImportId,
        errors: &[RowError],
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// What was wrong with the rows so far; nothing when it is gone.
    fn errors(
        &self,
        keys: &DataKeys,
        id: ImportId,
    ) -> impl Future<Output = Result<Vec<RowError>, Fault>> + Send;
}
