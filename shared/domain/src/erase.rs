//! `DELETE /users/{id}`: a person is forgotten.
//!
//! Each step may be done again, and they come in this order: the journal, which a restore of the
//! table does not take back; the ledger, after which nothing queued goes out; the number, which is
//! nobody's from then on, so that who signs up meanwhile is somebody new; what is held; and at last
//! that it is done. So a crash between two of them leaves the whole to be repeated.
//!
//! What stays is what keeps the person's own wish: that the number wants no texts, and the evidence
//! of what was agreed to and taken back (UK GDPR Art. 17(3)(b) and (e)); and how often codes were
//! tried for the number, under a keyed index, since erasure must not help whoever guesses.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};

use crate::{
    Fault,
    consent::{Door, Event, OptInConsent, link},
    deadline::{Duty, due},
    hear::InboundText,
    id::{ConsentId, MessageId, SignupId, UserId},
    keys::{DataKeys, PhoneIndex},
    message::About,
    phone::PhoneNumber,
    ports::{
        Archive, Attempts, Ledger, Messages, Phones, PreferenceLinks, Rights, Subjects,
        Suppressions, Users,
    },
    preference,
    start::in_milliseconds,
};

/// How long the item of an erasure that is done is kept: longer than any backup goes back.
pub const KEPT: SignedDuration = SignedDuration::from_hours(40 * 24);
/// How often another entry of the ledger may come in between, and how often traces are looked for.
const ROUNDS: usize = 16;
/// How many of a sign-up's sixteen message ids there are.
const SENDS: u8 = 15;

/// An erasure: ids and keyed indexes alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Who is forgotten.
    pub user: UserId,
    /// Their number under each version of the index.
    pub phones: Vec<PhoneIndex>,
    /// When it was asked for. What comes to be afterwards is not theirs.
    pub requested_at: Timestamp,
    /// The last day on which it is done in time.
    pub due_at: Date,
    /// That their number took no texts then, and since when: a backup may be older.
    pub suppressed: Option<Timestamp>,
    /// That their number wants no marketing, and since when: whoever is forgotten gets none by what a
    /// list says of them, before it or after. Only what they prove later counts.
    pub objected: Option<Timestamp>,
    /// When it was done.
    pub erased_at: Option<Timestamp>,
}

impl Erasure {
    /// The day in the journal, UTC.
    #[must_use]
    pub fn day(&self) -> Date {
        Offset::UTC.to_datetime(self.requested_at).date()
    }
}

/// What the store's lists have of a person's numbers: ids with the time that they are from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Sign-ups.
    pub signups: Vec<(Timestamp, SignupId)>,
    /// Letters.
    pub letters: Vec<(Timestamp, MessageId)>,
}

impl Traces {
    /// Without what is from after this time, and each once.
    #[must_use]
    pub fn until(mut self, at: Timestamp) -> Self {
        self.signups.retain(|(from, _)| *from <= at);
        self.letters.retain(|(from, _)| *from <= at);
        self.signups.sort_unstable();
        self.signups.dedup();
        self.letters.sort_unstable();
        self.letters.dedup();
        self
    }

    /// The ids of everything that was sent, each once: a welcome is a letter and its sign-up's.
    #[must_use]
    pub fn messages(&self) -> Vec<MessageId> {
        let of_signups = self.signups.iter().flat_map(|(_, id)| messages_of(*id));
        let all: BTreeSet<_> = of_signups.chain(self.letters.iter().map(|(_, id)| *id)).collect();
        all.into_iter().collect()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.signups.is_empty() && self.letters.is_empty()
    }
}

fn messages_of(signup: SignupId) -> impl Iterator<Item = MessageId> {
    (0..=SENDS).map(move |send| signup.message(send))
}

/// Whether a text is from the person who is forgotten.
#[must_use]
pub fn is_from(keys: &DataKeys, erasure: &Erasure, text: &InboundText) -> bool {
    let digits = text.from.strip_prefix('+').unwrap_or(&text.from);
    let from = PhoneNumber::parse(&format!("+{digits}"), None, keys.scope().1);
    from.is_ok_and(|from| erasure.phones.contains(&keys.phone_index(&from)))
}

/// What [`request`] needs.
pub trait Asking: Users + Phones + Rights {}
impl<P: Users + Phones + Rights> Asking for P {}

/// What erasing needs.
pub trait Ports:
    Subjects + Rights + Attempts + Messages + Phones + Suppressions + Ledger + PreferenceLinks
{
}
impl<P> Ports for P where
    P: Subjects + Rights + Attempts + Messages + Phones + Suppressions + Ledger + PreferenceLinks
{
}

/// The erasure that somebody asks for, not kept yet: the one that there is, or a new one. `None`
/// when there is no such user, and never was one that we know of.
///
/// # Errors
/// When storage is broken.
pub async fn request(
    ports: &impl Asking,
    keys: &DataKeys,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Erasure>, Fault> {
    let found = Users::find(ports, keys, user).await?;
    let Some(found) = found else { return ports.erasure(keys, user).await };
    if let Some(known) = ports.erasure(keys, user).await?.filter(|it| it.erased_at.is_none()) {
        return Ok(Some(known));
    }
    let phones = keys.phone_indexes(&found.phone);
    let record = Phones::find(ports, keys, &phones[0]).await?;
    let requested_at = in_milliseconds(now);
    Ok(Some(Erasure {
        user,
        phones,
        requested_at,
        due_at: due(requested_at, Duty::Erasure),
        suppressed: record.suppressed,
        objected: Some(requested_at),
        erased_at: None,
    }))
}

/// The steps that come first: the journal knows, nothing queued goes out any more, and the number
/// wants no marketing and is let go.
///
/// # Errors
/// When a port is broken: it has to come again.
pub async fn begin(
    ports: &(impl Ledger + Suppressions + Subjects),
    archive: &impl Archive,
    keys: &DataKeys,
    erasure: &Erasure,
) -> Result<(), Fault> {
    archive.journal(keys.scope(), erasure).await?;
    end(ports, keys, erasure).await?;
    stay_suppressed(ports, keys, erasure).await?;
    ports.let_go(keys, erasure).await
}

/// Ends the user's ledger.
async fn end(ports: &impl Ledger, keys: &DataKeys, erasure: &Erasure) -> Result<(), Fault> {
    let (user, at) = (erasure.user, erasure.requested_at);
    for _ in 0..ROUNDS {
        let known = ports.entries(keys, user).await?;
        if known.iter().any(|linked| linked.entry.event == Event::Erased) {
            return Ok(());
        }
        let id = ConsentId::from_bits(keys.derived("consent/erase", &user.to_string()));
        let entry = OptInConsent::new(id, user, (Event::Erased, "all", "all"), (Door::Erasure, at));
        let added = link(keys, &known, vec![entry]);
        if ports.append(keys, user, &added, None).await? {
            return Ok(());
        }
    }
    Err(Fault::new("end a user's ledger", "contended"))
}

/// Forgets what is held, and notes that it is done. It comes after [`begin`].
///
/// # Errors
/// When a port is broken: it has to come again, and does the rest.
pub async fn finish(
    ports: &impl Ports,
    archive: &impl Archive,
    keys: &DataKeys,
    (erasure, now): (&Erasure, Timestamp),
) -> Result<(), Fault> {
    let user = erasure.user;
    preference::forget(ports, keys, user, now).await?;
    forget_traces(ports, keys, (erasure, now)).await?;
    Rights::forget_exports(ports, keys, &ports.exports_of(keys, user).await?).await?;
    Archive::forget_exports(archive, keys.scope(), user).await?;
    for phone in &erasure.phones {
        ports.forget_phone(keys, phone, (user, erasure.requested_at)).await?;
    }
    ports.forget_user(keys, user).await?;
    ports.erased(keys, erasure, in_milliseconds(now)).await
}

/// The number wants no marketing, but for what is proven of a later sign-up. And a restored table may
/// not know what it wanted when its owner was erased.
async fn stay_suppressed(
    ports: &impl Suppressions,
    keys: &DataKeys,
    erasure: &Erasure,
) -> Result<(), Fault> {
    let Some(phone) = erasure.phones.first() else { return Ok(()) };
    if let Some(at) = erasure.suppressed {
        ports.suppress(keys, phone, at, "").await?;
    }
    if let Some(at) = erasure.objected {
        ports.object(keys, phone, at, "").await?;
    }
    Ok(())
}

/// Until nothing is found: what a sender was just writing is there the next time.
async fn forget_traces(
    ports: &impl Ports,
    keys: &DataKeys,
    (erasure, now): (&Erasure, Timestamp),
) -> Result<(), Fault> {
    for _ in 0..ROUNDS {
        let traces = traces(ports, keys, &erasure.phones, now).await?;
        let traces = traces.until(erasure.requested_at);
        if traces.is_empty() {
            return Ok(());
        }
        ports.forget_messages(keys, &traces.messages()).await?;
        // Last, so that whoever comes again finds the messages.
        let signups: Vec<_> = traces.signups.iter().map(|(_, id)| *id).collect();
        ports.forget_signups(keys, &signups).await?;
    }
    Err(Fault::new("forget a person's sign-ups", "contended"))
}

/// The sign-ups and letters of these numbers: of the lists, and of the numbers' own records, which
/// have the newest at once.
///
/// # Errors
/// When a port is broken.
pub async fn traces(
    ports: &(impl Subjects + Attempts + Messages + Phones),
    keys: &DataKeys,
    phones: &[PhoneIndex],
    now: Timestamp,
) -> Result<Traces, Fault> {
    let mut listed = ports.traces(keys, phones, now).await?;
    let mut traces = Traces::default();
    for phone in phones {
        let record = Phones::find(ports, keys, phone).await?;
        listed.signups.extend(record.signups.iter().map(|id| (now, *id)));
        listed.letters.extend(record.letters.iter().map(|id| (now, *id)));
    }
    // A list may still have what is gone already.
    let signups: BTreeSet<_> = listed.signups.iter().map(|(_, id)| *id).collect();
    for id in signups {
        if let Some(attempt) = Attempts::find(ports, keys, id).await? {
            traces.signups.push((attempt.created_at, id));
        }
    }
    let letters: BTreeSet<_> = listed.letters.iter().map(|(_, id)| *id).collect();
    let letters: Vec<_> = letters.into_iter().collect();
    for message in Messages::find(ports, keys, &letters).await? {
        if let About::Letter(letter) = &message.about {
            traces.letters.push((letter.created_at, message.id));
        }
    }
    Ok(traces)
}
