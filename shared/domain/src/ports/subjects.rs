//! What finds, keeps and forgets all that is held on one person.

use std::future::Future;

use jiff::{Timestamp, civil::Date};

use crate::{
    Fault, Mode,
    audit::AuditEntry,
    erase::{Erasure, Traces},
    export::{Export, ExportState},
    id::{ExportId, MessageId, SignupId, StoreId, UserId},
    keys::{DataKeys, PhoneIndex},
};

/// Everything of one person. Nothing here scans a table.
pub trait Subjects: Send + Sync {
    /// The sign-ups and letters of these numbers, of all days from which some may be left. They
    /// are found by lists, which may miss the last second's.
    fn traces(
        &self,
        keys: &DataKeys,
        phones: &[PhoneIndex],
        now: Timestamp,
    ) -> impl Future<Output = Result<Traces, Fault>> + Send;
    /// The store's audit entries that name this target, oldest first.
    fn audited(
        &self,
        scope: (StoreId, Mode),
        target: &str,
        between: (Timestamp, Timestamp),
    ) -> impl Future<Output = Result<Vec<AuditEntry>, Fault>> + Send;
    /// Forgets sign-ups; not their messages.
    fn forget_signups(
        &self,
        keys: &DataKeys,
        ids: &[SignupId],
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Forgets messages, and what leads from a carrier's id to them.
    fn forget_messages(
        &self,
        keys: &DataKeys,
        ids: &[MessageId],
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Takes out of the records of the user's numbers whose they are, and notes when their owner
    /// asked to be erased: whoever proves one now is somebody new. Nothing is registered for this
    /// user any more. A number that belongs to somebody else by now stays theirs.
    fn let_go(
        &self,
        keys: &DataKeys,
        erasure: &Erasure,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Takes out of the number's record whose it was and what went to it. That it wants no texts,
    /// and how often codes were tried for it, stays; so does when its owner asked to be erased. A
    /// no-op when it belongs to somebody else.
    fn forget_phone(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        asked: (UserId, Timestamp),
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Forgets the user's own item.
    fn forget_user(
        &self,
        keys: &DataKeys,
        user: UserId,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// What people asked for: exports and erasures, each an item that carries its job.
pub trait Rights: Send + Sync {
    /// Keeps a new erasure and its job; `false` when there is one for this user.
    fn ask_erasure(
        &self,
        keys: &DataKeys,
        erasure: &Erasure,
        trace: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The erasure of a user, read consistently.
    fn erasure(
        &self,
        keys: &DataKeys,
        user: UserId,
    ) -> impl Future<Output = Result<Option<Erasure>, Fault>> + Send;
    /// Notes that it is done, and the news of it: in one write, which also puts an erasure that is
    /// not there, as after a restore.
    fn erased(
        &self,
        keys: &DataKeys,
        erasure: &Erasure,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Keeps a new export and its job.
    fn ask_export(
        &self,
        keys: &DataKeys,
        export: &Export,
        trace: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The export, read consistently.
    fn export(
        &self,
        keys: &DataKeys,
        id: ExportId,
    ) -> impl Future<Output = Result<Option<Export>, Fault>> + Send;
    /// Notes what became of it; `false` when it is not there any more. One that is too large stays
    /// owed.
    fn settle_export(
        &self,
        keys: &DataKeys,
        id: ExportId,
        state: ExportState,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The exports of a user. They are found by a list, which may miss the last second's.
    fn exports_of(
        &self,
        keys: &DataKeys,
        user: UserId,
    ) -> impl Future<Output = Result<Vec<ExportId>, Fault>> + Send;
    /// Forgets exports' items.
    fn forget_exports(
        &self,
        keys: &DataKeys,
        ids: &[ExportId],
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// The bucket: sealed exports, and the journal of erasures, which outlives a restore of the table.
pub trait Archive: Send + Sync {
    /// Keeps a sealed export; a later one under the same id takes its place.
    fn keep_export(
        &self,
        scope: (StoreId, Mode),
        of: (UserId, ExportId),
        sealed: Vec<u8>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// A sealed export, if it is there.
    fn sealed_export(
        &self,
        scope: (StoreId, Mode),
        of: (UserId, ExportId),
    ) -> impl Future<Output = Result<Option<Vec<u8>>, Fault>> + Send;
    /// Forgets all sealed exports of a user.
    fn forget_exports(
        &self,
        scope: (StoreId, Mode),
        user: UserId,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Adds an erasure to the journal, once: the first entry stays.
    fn journal(
        &self,
        scope: (StoreId, Mode),
        erasure: &Erasure,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The journal's entry of a user, of the day (UTC) on which it was asked for.
    fn journaled(
        &self,
        scope: (StoreId, Mode),
        entry: (Date, UserId),
    ) -> impl Future<Output = Result<Option<Erasure>, Fault>> + Send;
}

/// A message that no function could handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it says.
    pub body: String,
    /// What it is removed by.
    pub handle: String,
}

/// A queue of dead letters that is looked through.
pub trait DeadLetters: Send + Sync {
    /// Some of them, hidden from others for half a minute; none when all are hidden or gone.
    fn take(&self) -> impl Future<Output = Result<Vec<DeadLetter>, Fault>> + Send;
    /// About how many are hidden now, whoever took them.
    fn hidden(&self) -> impl Future<Output = Result<usize, Fault>> + Send;
    /// Shows one that was taken to others again.
    fn give_back(&self, handle: &str) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Removes one.
    fn remove(&self, handle: &str) -> impl Future<Output = Result<(), Fault>> + Send;
}
