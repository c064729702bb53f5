//! Working through an import, a chunk at a time.

use futures::future::try_join_all;
use jiff::Timestamp;

use super::{
    Import, MAX_ERRORS, RowError, Status,
    check::{Checked, Rules, Sorted, check},
};
use crate::{
    Fault,
    consent::{Door, Event, How, object, record},
    id::{ImportId, UserId},
    keys::{DataKeys, PhoneIndex},
    phone::PhoneNumber,
    ports::{Chance, Chunks, Clock, Imports, Ledger, People, Phones, Suppressions, Wordings},
    said::{Said, Scribe},
    start::in_milliseconds,
    store::Store,
    tell::keep,
    user::Brought,
};

const FORGOTTEN: &str =
    "is before the shopper was erased: only what they said since may be imported";
/// How many shoppers are written down at once.
const AT_ONCE: usize = 16;

/// What an import needs of storage.
pub trait Ports:
    Imports + People + Phones + Suppressions + Ledger + Wordings + Clock + Chance
{
}
impl<P> Ports for P where
    P: Imports + People + Phones + Suppressions + Ledger + Wordings + Clock + Chance
{
}

/// Works through the next chunk of an import. The write that says so carries the event for the one
/// after; a chunk that was worked through twice counts once.
///
/// # Errors
/// When a port is broken: the chunk has to come again.
pub async fn turn(
    ports: &impl Ports,
    kept: &impl Chunks,
    (store, keys): (&Store, &DataKeys),
    id: ImportId,
) -> Result<(), Fault> {
    let Some(before) = Imports::find(ports, keys, id).await? else { return Ok(()) };
    if let Some(behind) = before.next.checked_sub(1) {
        kept.forget(keys, id, behind).await?;
    }
    if before.status != Status::Running {
        return Ok(());
    }
    let Some(rows) = kept.rows(keys, id, before.next).await? else {
        let failed = ended(&before, Status::Failed, ports.now());
        return ports.advance(keys, &before, &failed).await.map(drop);
    };
    let now = in_milliseconds(ports.now());
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let first = rows.first().map_or(0, |row| row.number);
    let (settings, mode, format) = (&store.settings, keys.scope().1, before.format);
    let Sorted { good, mut errors, rejected } = check(&Rules { settings, mode, format, now }, rows);
    let actor = before.id.to_string();
    let scribe = Scribe { keys, store, door: Door::Import, now, actor: Some(&actor), reason: None };
    let mut forgotten = Vec::new();
    for some in by_number(keys, good).chunks(AT_ONCE) {
        let written = some.iter().map(|one| one.write(ports, &scribe, &before));
        forgotten.extend(try_join_all(written).await?.into_iter().flatten());
    }
    let rejected = rejected + u32::try_from(forgotten.len()).unwrap_or(u32::MAX);
    let column = format.column(0, "occurred_at");
    errors.extend(forgotten.into_iter().map(|row| RowError::new(row, &column, FORGOTTEN)));
    errors.sort_by_key(|error| error.row);
    keep_errors(kept, (keys, id), (first, errors)).await?;
    let mut after = before.clone();
    after.next += 1;
    after.rejected += rejected;
    after.accepted += count - rejected;
    if after.next == after.chunks {
        after = ended(&after, Status::Done, now);
    }
    ports.advance(keys, &before, &after).await?;
    if after.status == Status::Done {
        kept.forget(keys, id, before.next).await?;
    }
    Ok(())
}

fn ended(import: &Import, status: Status, at: Timestamp) -> Import {
    Import { status, ended_at: Some(in_milliseconds(at)), ..import.clone() }
}

/// Keeps the first errors of the import; a chunk that comes again has them once.
async fn keep_errors(
    kept: &impl Chunks,
    (keys, id): (&DataKeys, ImportId),
    (first, wrong): (u32, Vec<RowError>),
) -> Result<(), Fault> {
    if wrong.is_empty() {
        return Ok(());
    }
    let mut errors = kept.errors(keys, id).await?;
    errors.retain(|error| error.row < first);
    errors.extend(wrong);
    errors.truncate(MAX_ERRORS);
    kept.keep_errors(keys, id, &errors).await
}

/// Everything that a chunk says of one number.
struct Told {
    rows: Vec<u32>,
    index: PhoneIndex,
    phone: PhoneNumber,
    external_id: Option<String>,
    said: Vec<Said>,
    suppressed: bool,
    suppressed_at: Option<Timestamp>,
}

/// What is said of each number, in the order of its first row.
fn by_number(keys: &DataKeys, rows: Vec<Checked>) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for Checked { number, phone, person } in rows {
        let index = keys.phone_index(&phone);
        let place = *places.entry(index.clone()).or_insert_with(|| {
            let (external_id, rows, said) = (None, Vec::new(), Vec::new());
            let (suppressed, suppressed_at) = (false, None);
            all.push(Told { rows, index, phone, external_id, said, suppressed, suppressed_at });
            all.len() - 1
        });
        let told = &mut all[place];
        told.rows.push(number);
        told.external_id = told.external_id.take().or(person.external_id);
        told.said.extend(person.consents);
        told.suppressed |= person.suppressed;
        told.suppressed_at = told.suppressed_at.max(person.suppressed_at);
    }
    all
}

/// Whether a list may tell this of somebody who was erased then: said since, in a list sent since.
fn is_since(erased: Option<Timestamp>, said: &Said, import: &Import) -> bool {
    let told = said.occurred_at.map_or(import.created_at, |at| at.min(import.created_at));
    erased.is_none_or(|erased| told > erased)
}

impl Told {
    /// Who wants nothing is heard first, so that nothing goes out between the writes. Answers the
    /// rows that were not taken, as whoever they tell of was erased since.
    async fn write(
        &self,
        ports: &impl Ports,
        scribe: &Scribe<'_>,
        import: &Import,
    ) -> Result<Vec<u32>, Fault> {
        if self.suppressed {
            self.suppress(ports, scribe, import).await?;
        }
        if self.said.is_empty() {
            return Ok(Vec::new());
        }
        let known = Phones::find(ports, scribe.keys, &self.index).await?;
        let said: Vec<Said> =
            self.said.iter().filter(|said| is_since(known.erased, said, import)).cloned().collect();
        if said.is_empty() {
            return Ok(if self.suppressed { Vec::new() } else { self.rows.clone() });
        }
        let candidate = UserId::random(ports);
        let user = ports.reserve(scribe.keys, &self.index, candidate).await?;
        let brought = Brought {
            id: user,
            phone: self.phone.clone(),
            external_id: self.external_id.clone(),
            at: import.created_at,
        };
        ports.bring(scribe.keys, &brought).await?;
        keep(ports, scribe, &said).await?;
        let entries = said.iter().map(|said| {
            let event = if said.granted { Event::Granted } else { Event::Refused };
            scribe.entry(user, event, said, "")
        });
        record(ports, (scribe.keys, user), entries.collect(), &import.trace).await?;
        Ok(Vec::new())
    }

    async fn suppress(
        &self,
        ports: &impl Ports,
        scribe: &Scribe<'_>,
        import: &Import,
    ) -> Result<(), Fault> {
        let at = in_milliseconds(self.suppressed_at.unwrap_or(import.created_at));
        let how = How {
            door: Door::Import,
            name: &format!("import/{}", at.as_millisecond()),
            at,
            reason: None,
            actor: scribe.actor,
            trace: &import.trace,
        };
        object(ports, scribe.keys, &self.index, how).await.map(drop)
    }
}
