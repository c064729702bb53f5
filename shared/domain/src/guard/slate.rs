//! Where the guards' records stand.

use jiff::Timestamp;

use crate::{Mode, id::StoreId};

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SlateKind {
    /// Numbers that share all but their last four digits.
    Prefix,
    /// One IP address.
    Source,
    /// One session of a shop.
    Session,
    /// What a store, or the deployment, has sent and spent.
    Book,
}

impl SlateKind {
    /// As it stands in item keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prefix => "PFX",
            Self::Source => "IP",
            Self::Session => "SES",
            Self::Book => "BKS",
        }
    }
}

/// The key of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlateKey {
    /// Whose.
    pub scope: (StoreId, Mode),
    /// What it is about.
    pub kind: SlateKind,
    /// Which one: a keyed index, never the thing itself.
    pub id: String,
}

/// A record, or the place of one that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slate {
    /// Goes up with each write; 0 when there is none.
    pub revision: u64,
    /// What it says.
    pub bytes: Vec<u8>,
    /// When it has nothing more to say.
    pub until: Timestamp,
}

impl Slate {
    /// No record yet.
    pub const EMPTY: Self = Self { revision: 0, bytes: Vec::new(), until: Timestamp::UNIX_EPOCH };

    /// What replaces it.
    #[must_use]
    pub const fn next(&self, bytes: Vec<u8>, until: Timestamp) -> Self {
        Self { revision: self.revision + 1, bytes, until }
    }
}

/// The answer of [`Slates::replace`](crate::ports::Slates::replace).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced {
    /// It is written.
    Yes,
    /// Another was faster: what is there now.
    Conflict(Slate),
}
