//! Work that a call leaves to `privacy-jobs`.

use doorstep_domain::{Mode, id::StoreId};
use serde::{Deserialize, Serialize};

use super::Unreadable;

/// An item waits for its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobEvent {
    /// Whose.
    pub store: String,
    /// Test or live.
    pub mode: String,
    /// What is to be done: a [`JobKind`].
    pub r#type: String,
    /// With which item, as `KIND#id`.
    pub item: String,
    /// W3C `traceparent`.
    pub traceparent: String,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Gather what is held on a person: of an item `EXP#exp_…`.
    Export,
    /// Erase a person: of an item `ERS#usr_…`.
    Erase,
    /// Erase a person again, after a restore: of an entry of the journal, `JRN#2027-01-31/usr_…`.
    Replay,
    /// Work through the next rows of a list: of an item `IMP#imp_…`.
    Import,
}

impl JobKind {
    /// The kind of item that it works on.
    #[must_use]
    pub const fn item(self) -> &'static str {
        match self {
            Self::Export => "EXP",
            Self::Erase => "ERS",
            Self::Replay => "JRN",
            Self::Import => "IMP",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "export" => Some(Self::Export),
            "erase" => Some(Self::Erase),
            "replay" => Some(Self::Replay),
            "import" => Some(Self::Import),
            _ => None,
        }
    }
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Whose.
    pub scope: (StoreId, Mode),
    /// What.
    pub kind: JobKind,
    /// The id of its item.
    pub id: String,
    /// W3C `traceparent`.
    pub trace: String,
}

impl JobEvent {
    /// Reads a body.
    ///
    /// # Errors
    /// When it is anything else, or a kind of work on another kind of item.
    pub fn read(body: &str) -> Result<Job, Unreadable> {
        let event: Self = serde_json::from_str(body).map_err(|_| Unreadable)?;
        let kind = JobKind::parse(&event.r#type).ok_or(Unreadable)?;
        let (item, id) = event.item.split_once('#').ok_or(Unreadable)?;
        let ids = (event.store.parse(), event.mode.parse());
        let (Ok(store), Ok(mode), true) = (ids.0, ids.1, item == kind.item()) else {
            return Err(Unreadable);
        };
        Ok(Job { scope: (store, mode), kind, id: id.to_owned(), trace: event.traceparent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_of_its_own_kind_of_item() {
        let body = |kind: &str, item: &str| {
            let store = StoreId::from_bits(1);
            format!(
                r#"{{"store":"{store}","mode":"live","type":"{kind}","item":"{item}","traceparent":"t"}}"#
            )
        };
        let job = JobEvent::read(&body("export", "EXP#exp_1")).unwrap();
        assert_eq!(
            (job.kind, job.id.as_str(), job.trace.as_str()),
            (JobKind::Export, "exp_1", "t")
        );
        for (kind, item) in
            [("export", "ERS#x"), ("erase", "EXP#x"), ("tidy", "X#x"), ("erase", "x")]
        {
            assert_eq!(JobEvent::read(&body(kind, item)), Err(Unreadable), "{kind} {item}");
        }
        assert_eq!(JobEvent::read("{}"), Err(Unreadable));
    }
}
