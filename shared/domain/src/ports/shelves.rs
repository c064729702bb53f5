//! Both tables as a whole, and the bucket: for the sweep alone.

use std::future::Future;

use jiff::Timestamp;

use crate::{
    Fault,
    sweep::{Bookmark, Looked, Place, Shelf},
};

/// Whole tables, a part at a time.
pub trait Shelves: Send + Sync {
    /// A part of a table: which items' time was over before then, and what is owed.
    fn look(
        &self,
        shelf: Shelf,
        after: Option<&Place>,
        before: Timestamp,
    ) -> impl Future<Output = Result<Looked, Fault>> + Send;
    /// Deletes those of these items of `state` whose time is still over, and tells how many.
    fn discard(
        &self,
        places: &[Place],
        before: Timestamp,
    ) -> impl Future<Output = Result<u64, Fault>> + Send;
    /// How far the sweep is.
    fn bookmark(&self) -> impl Future<Output = Result<Option<Bookmark>, Fault>> + Send;
    /// Keeps how far it is.
    fn keep_bookmark(&self, mark: &Bookmark) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// The objects of the bucket.
pub trait Objects: Send + Sync {
    /// Names that begin like this, and when each was put.
    fn objects(
        &self,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<(String, Timestamp)>, Fault>> + Send;
    /// Removes one.
    fn remove(&self, name: &str) -> impl Future<Output = Result<(), Fault>> + Send;
}
