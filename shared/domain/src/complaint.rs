//! Complaints about what was done with somebody's data.
//!
//! Source: Data Protection Act 2018 s.164A, put there by Data (Use and Access) Act 2025 s.103: a
//! controller facilitates complaints "such as providing a complaint form which can be completed
//! electronically", acknowledges them within 30 days, takes appropriate steps without undue delay,
//! and tells of progress and outcome. Here a complaint is acknowledged by the answer to its form.

use std::{fmt, net::IpAddr};

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    Fault,
    access::names,
    deadline::{Duty, day_of, due, late_at},
    id::ComplaintId,
    keys::{DataKeys, PhoneIndex},
    phone::PhoneNumber,
    ports::{Clock, Complaints},
    start::in_milliseconds,
};

/// Longest complaint, in characters.
pub const LONGEST: usize = 3_000;
/// Longest note on progress or outcome, in characters.
pub const LONGEST_NOTE: usize = 2_000;
/// Most notes of one complaint: an item has 400 KB.
pub const MOST_NOTES: usize = 40;
/// Complaints from one address to one store in an hour.
pub const PER_SOURCE: u32 = 5;
/// Complaints to one store in an hour: many people may be angry about one text.
pub const PER_STORE: u32 = 300;
/// The hour that is counted.
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

names!(
    /// What a complaint is about.
    About {
        /// Texts that were not wanted.
        Marketing = "marketing",
        /// Data that was asked for.
        Access = "access",
        /// Data that should be gone.
        Erasure = "erasure",
        /// Anything else.
        Other = "other",
    }
);

names!(
    /// How far a complaint is.
    Status {
        /// Received and acknowledged.
        Acknowledged = "acknowledged",
        /// Whoever complained was told of progress.
        InProgress = "in_progress",
        /// It has its outcome.
        Closed = "closed",
    }
);

names!(
    /// What a note tells.
    NoteKind {
        /// What is being done.
        Progress = "progress",
        /// What became of it: the last note.
        Outcome = "outcome",
    }
);

/// What somebody wrote. Personal data: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    /// Their name, if they gave one.
    pub name: Option<String>,
    /// Where they want to be answered.
    pub contact: String,
    /// What they complain about.
    pub text: String,
    /// The number that it is about, if they gave one.
    pub phone: Option<PhoneNumber>,
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contents(…)")
    }
}

/// What was noted of a complaint. Notes are only ever added. `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// Progress or outcome.
    pub kind: NoteKind,
    /// When.
    pub at: Timestamp,
    /// The id of the key that noted it.
    pub actor: String,
    /// What.
    pub text: String,
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Note({}, {})", self.kind.as_str(), self.at)
    }
}

/// A complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Its id.
    pub id: ComplaintId,
    /// What it is about.
    pub about: About,
    /// What was written.
    pub contents: Contents,
    /// The number that it is about, under the store's keyed HMAC.
    pub phone: Option<PhoneIndex>,
    /// When it was received, and acknowledged by the same answer.
    pub received_at: Timestamp,
    /// What was noted since, oldest first.
    pub notes: Vec<Note>,
}

impl Complaint {
    /// When it got its outcome.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.notes.iter().find(|note| note.kind == NoteKind::Outcome).map(|note| note.at)
    }

    /// How far it is.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self.closed_at(), self.notes.is_empty()) {
            (Some(_), _) => Status::Closed,
            (None, true) => Status::Acknowledged,
            (None, false) => Status::InProgress,
        }
    }

    /// What its store still owes: that it is acknowledged, nobody has to see to.
    #[must_use]
    pub fn duty(&self) -> Option<Duty> {
        match self.status() {
            Status::Acknowledged => Some(Duty::ComplaintProgress),
            Status::InProgress => Some(Duty::ComplaintOutcome),
            Status::Closed => None,
        }
    }

    /// The last day of one of its duties.
    #[must_use]
    pub fn due(&self, duty: Duty) -> Date {
        due(self.received_at, duty)
    }

    /// Whether what its store owes is late.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let late = |duty: &Duty| late_at(self.received_at, *duty) <= now;
        match self.status() {
            Status::Closed => false,
            _ => self.duty().iter().chain(&[Duty::ComplaintOutcome]).any(late),
        }
    }

    /// What people write down and read out: the last ten characters of the id, in two groups.
    #[must_use]
    pub fn reference(&self) -> String {
        let id = self.id.to_string();
        let (_, last) = id.split_at(id.len() - 10);
        format!("{}-{}", &last[..5], &last[5..])
    }
}

/// Why a complaint was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ComplainError {
    /// Too many in this hour, from one address or to one store.
    #[error("too many complaints in an hour")]
    TooMany {
        /// When the hour ends.
        until: Timestamp,
    },
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Takes a complaint. The same words on the same day are the same complaint, however often the
/// form is sent.
///
/// # Errors
/// When an address or a store has had its complaints of this hour.
pub async fn complain(
    ports: &(impl Complaints + Clock),
    keys: &DataKeys,
    (about, contents): (About, Contents),
    source: Option<IpAddr>,
) -> Result<Complaint, ComplainError> {
    let received_at = in_milliseconds(ports.now());
    let complaint = Complaint {
        id: id_of(keys, about, &contents, received_at),
        about,
        phone: contents.phone.as_ref().map(|phone| keys.phone_index(phone)),
        contents,
        received_at,
        notes: Vec::new(),
    };
    if let Some(known) = ports.complaint(keys, complaint.id).await? {
        return Ok(known);
    }
    let source = source.map(|ip| (keys.source_index(ip).as_text(), PER_SOURCE));
    for (of, most) in source.into_iter().chain([("all".to_owned(), PER_STORE)]) {
        if !ports.count_complaint(keys, &of, received_at, most).await? {
            return Err(ComplainError::TooMany { until: hour(received_at) + HOUR });
        }
    }
    if ports.file(keys, &complaint).await? {
        return Ok(complaint);
    }
    Ok(ports.complaint(keys, complaint.id).await?.unwrap_or(complaint))
}

/// The beginning of the hour that counts.
#[must_use]
pub fn hour(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(HOUR.as_secs())).unwrap_or(at)
}

fn id_of(keys: &DataKeys, about: About, contents: &Contents, at: Timestamp) -> ComplaintId {
    let Contents { name, contact, text, phone } = contents;
    let phone = phone.as_ref().map(PhoneNumber::expose);
    let parts = [Some(about.as_str()), name.as_deref(), Some(contact), Some(text), phone];
    // Each with its length before it, so that no two complaints look alike.
    let framed = parts.map(Option::unwrap_or_default).map(|part| format!("|{}|{part}", part.len()));
    let all = format!("{}{}", day_of(at), framed.concat());
    ComplaintId::from_bits(keys.derived("POST /complaints/{store_id}", &all))
}

/// What became of a note.
#[derive(Debug)]
pub enum Noted {
    /// It is added: the complaint with it.
    Yes(Box<Complaint>),
    /// There is no such complaint.
    Unknown,
    /// It has its outcome.
    Closed,
    /// It has as many notes as there is room for; an outcome finds room.
    Full,
    /// Somebody else was faster, time and again.
    Busy,
}

/// Adds a note to a complaint.
///
/// # Errors
/// When a port is broken.
pub async fn note(
    ports: &(impl Complaints + Clock),
    keys: &DataKeys,
    id: ComplaintId,
    (kind, text, actor): (NoteKind, String, String),
) -> Result<Noted, Fault> {
    let note = Note { kind, at: in_milliseconds(ports.now()), actor, text };
    for _ in 0..3 {
        let Some(mut complaint) = ports.complaint(keys, id).await? else {
            return Ok(Noted::Unknown);
        };
        if complaint.closed_at().is_some() {
            return Ok(Noted::Closed);
        }
        if complaint.notes.len() >= MOST_NOTES && kind == NoteKind::Progress {
            return Ok(Noted::Full);
        }
        if ports.note(keys, &complaint, &note).await? {
            complaint.notes.push(note);
            return Ok(Noted::Yes(Box::new(complaint)));
        }
    }
    Ok(Noted::Busy)
}
