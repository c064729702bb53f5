//! `POST /exports`: everything that is held on a person, gathered for them (UK GDPR Art. 15).

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    Fault,
    audit::AuditEntry,
    complaint::Complaint,
    consent::{self, Linked, Wording},
    deadline::{Duty, due},
    decisions::Line,
    erase::{Traces, traces},
    id::{ExportId, UserId},
    keys::{DataKeys, PhoneIndex, equal_in_constant_time},
    message::Message,
    ports::{
        Attempts, Chance, Complaints, HealthBook, Ledger, Messages, Phones, PreferenceLinks,
        Rights, Subjects, Users, Wordings,
    },
    preference, read,
    signup::RegistrationAttempt,
    start::in_milliseconds,
    tries::PhoneRecord,
    user::User,
};

/// How long an export may be fetched.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long one that is not ready is known: until it is overdue, and somebody was told.
const OPEN: SignedDuration = SignedDuration::from_hours(40 * 24);
/// How long a link to its file opens it.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// An export: ids alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// Whose data.
    pub user: UserId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// The last day on which it is done in time.
    pub due_at: Date,
    /// What became of it.
    pub state: ExportState,
}

/// What became of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportState {
    /// It is being gathered.
    Running,
    /// It may be fetched.
    Ready {
        /// Until then.
        expires_at: Timestamp,
    },
    /// It is not to be had.
    Failed(Reason),
}

crate::access::names!(
    /// Why an export is not to be had.
    Reason {
        /// The person was erased meanwhile.
        Erased = "user_erased",
        /// It is larger than one answer may be.
        TooLarge = "too_large",
    }
);

impl Export {
    /// A new one, asked for now.
    pub fn new(user: UserId, now: Timestamp, chance: &impl Chance) -> Self {
        let requested_at = in_milliseconds(now);
        Self {
            id: ExportId::random(chance),
            user,
            requested_at,
            due_at: due(requested_at, Duty::Access),
            state: ExportState::Running,
        }
    }

    /// When its file is gone: at the latest when nobody would wait for it any more.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        match self.state {
            ExportState::Ready { expires_at } => expires_at,
            ExportState::Running | ExportState::Failed(_) => self.requested_at + OPEN,
        }
    }
}

/// The proof of a link to an export's file: HMAC-SHA-256 under the store's root of personal data
/// over the export, the form that is wanted and when the link ends; its first 128 bits.
#[must_use]
pub fn link_tag(keys: &DataKeys, (id, form): (ExportId, &str), ends_at: Timestamp) -> [u8; 16] {
    let name = format!("{id} {form} {}", ends_at.as_second());
    keys.derived("GET /exports/{id}/file", &name).to_be_bytes()
}

/// Whether a link opens the file now.
#[must_use]
pub fn opens(
    keys: &DataKeys,
    of: (ExportId, &str),
    (ends_at, tag): (Timestamp, &[u8]),
    now: Timestamp,
) -> bool {
    equal_in_constant_time(&link_tag(keys, of, ends_at), tag) && now < ends_at
}

/// Everything that is held on one person.
#[derive(Debug)]
pub struct Dossier {
    /// When it was gathered.
    pub at: Timestamp,
    /// The user.
    pub profile: User,
    /// What is known of the number, under each version of its index.
    pub phones: Vec<(PhoneIndex, PhoneRecord)>,
    /// Sign-ups, oldest first.
    pub signups: Vec<RegistrationAttempt>,
    /// What was sent, letters too.
    pub messages: Vec<Message>,
    /// The ledger, in its order, with the words that were shown.
    pub consents: Vec<(Linked, Option<Wording>)>,
    /// What was decided about the sign-ups by the guards.
    pub decisions: Vec<Line>,
    /// Who asked for exports and erasures.
    pub audit: Vec<AuditEntry>,
    /// What was complained about with this number.
    pub complaints: Vec<Complaint>,
    /// Exports, this one among them.
    pub exports: Vec<Export>,
    /// When the links to their preferences end.
    pub links: Vec<Timestamp>,
}

/// What [`gather`] needs.
pub trait Ports:
    Users
    + Subjects
    + Rights
    + Attempts
    + Messages
    + Phones
    + Ledger
    + Wordings
    + HealthBook
    + PreferenceLinks
    + Complaints
{
}
impl<P> Ports for P where
    P: Users
        + Subjects
        + Rights
        + Attempts
        + Messages
        + Phones
        + Ledger
        + Wordings
        + HealthBook
        + PreferenceLinks
        + Complaints
{
}

/// Gathers everything of a person; `None` when there is no such user.
///
/// # Errors
/// When a port is broken.
pub async fn gather(
    ports: &impl Ports,
    keys: &DataKeys,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Dossier>, Fault> {
    let Some(profile) = Users::find(ports, keys, user).await? else { return Ok(None) };
    let indexes = keys.phone_indexes(&profile.phone);
    let traces = traces(ports, keys, &indexes, now).await?;
    let (mut phones, mut complaints) = (Vec::new(), Vec::new());
    for index in indexes {
        complaints.extend(ports.complaints_of(keys, &index).await?);
        let record = Phones::find(ports, keys, &index).await?;
        phones.push((index, record));
    }
    let signups = signups(ports, keys, &traces).await?;
    let messages = Messages::find(ports, keys, &traces.messages()).await?;
    let consents = consents(ports, keys, user).await?;
    let since = first_known(&profile, &signups, &consents).unwrap_or(now);
    let links = preference::all(ports, keys, user, now).await?;
    let mut decisions = Vec::new();
    for signup in &signups {
        decisions.extend(read::lines(ports, keys, signup).await?);
    }
    Ok(Some(Dossier {
        at: now,
        decisions,
        audit: ports.audited(keys.scope(), &user.to_string(), (since, now)).await?,
        exports: exports(ports, keys, user).await?,
        links: links.iter().map(|link| link.expires_at).collect(),
        profile,
        phones,
        signups,
        messages,
        consents,
        complaints,
    }))
}

async fn exports(ports: &impl Rights, keys: &DataKeys, user: UserId) -> Result<Vec<Export>, Fault> {
    let mut exports = Vec::new();
    for id in ports.exports_of(keys, user).await? {
        exports.extend(ports.export(keys, id).await?);
    }
    Ok(exports)
}

async fn signups(
    ports: &impl Attempts,
    keys: &DataKeys,
    traces: &Traces,
) -> Result<Vec<RegistrationAttempt>, Fault> {
    let mut signups = Vec::new();
    for (_, id) in &traces.signups {
        signups.extend(Attempts::find(ports, keys, *id).await?);
    }
    signups.sort_by_key(|signup| signup.created_at);
    Ok(signups)
}

async fn consents(
    ports: &(impl Ledger + Wordings),
    keys: &DataKeys,
    user: UserId,
) -> Result<Vec<(Linked, Option<Wording>)>, Fault> {
    let mut consents = Vec::new();
    for linked in ports.entries(keys, user).await? {
        let hash = linked.entry.told.as_ref().and_then(|told| told.wording.as_ref());
        let words = match hash {
            Some(hash) => consent::words(ports, keys, hash).await?,
            None => None,
        };
        consents.push((linked, words));
    }
    Ok(consents)
}

fn first_known(
    profile: &User,
    signups: &[RegistrationAttempt],
    consents: &[(Linked, Option<Wording>)],
) -> Option<Timestamp> {
    let verified = profile.first_verified_at;
    let signed_up = signups.first().map(|signup| signup.created_at);
    let agreed = consents.first().map(|(linked, _)| linked.entry.recorded_at);
    verified.into_iter().chain(signed_up).chain(agreed).min()
}
