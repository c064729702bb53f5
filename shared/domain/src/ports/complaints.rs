//! Complaints of shoppers.

use std::future::Future;

use jiff::Timestamp;

use super::{Page, Range};
use crate::{
    Fault,
    complaint::{Complaint, Note},
    id::ComplaintId,
    keys::{DataKeys, PhoneIndex},
};

/// Complaints, their contents sealed. They are kept as long as their store says.
pub trait Complaints: Send + Sync {
    /// Keeps a complaint; `false` when it is there already.
    fn file(
        &self,
        keys: &DataKeys,
        complaint: &Complaint,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The complaint.
    fn complaint(
        &self,
        keys: &DataKeys,
        id: ComplaintId,
    ) -> impl Future<Output = Result<Option<Complaint>, Fault>> + Send;
    /// The store's complaints, newest first.
    fn complaints(
        &self,
        keys: &DataKeys,
        range: Range,
    ) -> impl Future<Output = Result<Page<Complaint>, Fault>> + Send;
    /// All complaints about this number, newest first.
    fn complaints_of(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
    ) -> impl Future<Output = Result<Vec<Complaint>, Fault>> + Send;
    /// Adds a note after exactly `complaint.notes`; `false` when another was faster.
    fn note(
        &self,
        keys: &DataKeys,
        complaint: &Complaint,
        note: &Note,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Counts a complaint in its hour; `false`, and nothing is counted, when there were `most`.
    fn count_complaint(
        &self,
        keys: &DataKeys,
        of: &str,
        at: Timestamp,
        most: u32,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}
