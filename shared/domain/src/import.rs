//! Lists of shoppers that a store brings along: whom it knows, what they agreed to elsewhere, and
//! who wants nothing.
//!
//! An import sends nothing and verifies nobody. What it says never counts beside a no, and lifts
//! no suppression. It is worked through in chunks, each as often as it takes: every entry's id
//! follows from what it says.

mod check;
mod work;

use std::fmt;

use jiff::Timestamp;

pub use self::work::{Ports, turn};
use crate::{access::names, id::ImportId, keys::Fingerprint, said::Said};

/// How many rows one import may have.
pub const MAX_ROWS: usize = 100_000;
/// How many of them are kept, and worked through, at once.
pub const CHUNK: usize = 1_000;
/// How many errors are kept.
pub const MAX_ERRORS: usize = 1_000;

names!(
    /// What became of an import.
    Status {
        /// It is worked through.
        Running = "running",
        /// Every row was taken, or has an error.
        Done = "done",
        /// Its rows are gone: it has to be sent again.
        Failed = "failed",
    }
);

names!(
    /// How a list is written.
    Format {
        /// A header, and one consent a row.
        Csv = "csv",
        /// An object a line: a shopper with what they said.
        Lines = "ndjson",
    }
);

impl Format {
    /// Where a member of a row's consent stands.
    #[must_use]
    pub fn column(self, index: usize, member: &str) -> String {
        match self {
            Self::Csv => member.to_owned(),
            Self::Lines => format!("consents/{index}/{member}"),
        }
    }
}

/// An import and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Derived from the request's idempotency key.
    pub id: ImportId,
    /// The request's body, so that another body under the same key is noticed.
    pub body: Fingerprint,
    /// How it is written.
    pub format: Format,
    /// How many rows it has.
    pub rows: u32,
    /// In how many chunks.
    pub chunks: u32,
    /// The chunk that is next.
    pub next: u32,
    /// Rows that were taken.
    pub accepted: u32,
    /// Rows with errors.
    pub rejected: u32,
    /// What became of it.
    pub status: Status,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The key that sent it.
    pub actor: String,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: String,
}

/// A shopper as a row tells of them. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The number, as it was written.
    pub phone: String,
    /// The store's own id.
    pub external_id: Option<String>,
    /// What they said.
    pub consents: Vec<Said>,
    /// Whether they want no marketing at all.
    pub suppressed: bool,
    /// Since when.
    pub suppressed_at: Option<Timestamp>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

/// A row: a shopper, or what is wrong with its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in the list, from 1; a header counts.
    pub number: u32,
    /// What it says.
    pub read: Result<Person, Vec<RowError>>,
}

/// What is wrong with a row, and what to do about it. It repeats nothing of what the row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The row's number.
    pub row: u32,
    /// The column, or the member as in `consents/0/purpose`.
    pub column: String,
    /// What to do.
    pub detail: String,
}

impl RowError {
    /// An error.
    pub fn new(row: u32, column: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { row, column: column.into(), detail: detail.into() }
    }
}

/// The rows in the chunks that they are kept in.
pub fn chunks(rows: &[Row]) -> impl Iterator<Item = (u32, &[Row])> {
    (0..).zip(rows.chunks(CHUNK))
}
