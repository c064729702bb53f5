//! The chain of a user's entries.
//!
//! Each entry has a number of its own and a keyed hash over itself and the hash before it, so that
//! one that was changed, moved or taken out is found by whoever has the store's keys.

use crate::{
    Fault,
    consent::{Event, OptInConsent},
    id::UserId,
    keys::{DataKeys, Fingerprint},
    ports::{Ledger, News},
    seal::framed,
};

/// What the hash is for.
const LABEL: &str = "consent/chain/1";
/// How often others may be faster.
const ROUNDS: usize = 16;
/// How many entries one transaction holds, with the user's item beside them (DynamoDB: 100).
const AT_ONCE: usize = 50;

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Its number, from 1.
    pub seq: u32,
    /// What it says.
    pub entry: OptInConsent,
    /// Over itself and the one before.
    pub hash: Fingerprint,
}

/// Puts entries behind those that are there; what is there already is left out.
#[must_use]
pub fn link(keys: &DataKeys, known: &[Linked], entries: Vec<OptInConsent>) -> Vec<Linked> {
    let mut added: Vec<Linked> = Vec::new();
    for entry in entries {
        if known.iter().chain(&added).any(|linked| linked.entry.id == entry.id) {
            continue;
        }
        let last = added.last().or(known.last());
        let seq = last.map_or(0, |last| last.seq) + 1;
        let hash = keys.fingerprint(LABEL, &bytes(last, seq, &entry));
        added.push(Linked { seq, entry, hash });
    }
    added
}

/// Whether these are a user's entries as they were written, from the first on.
#[must_use]
pub fn intact(keys: &DataKeys, entries: &[Linked]) -> bool {
    let mut last = None;
    (1..).zip(entries).all(|(seq, linked)| {
        let bytes = bytes(last.replace(linked), seq, &linked.entry);
        linked.seq == seq && keys.is_fingerprint(&linked.hash, LABEL, &bytes)
    })
}

/// The number of the last entry; 0 when there is none.
#[must_use]
pub fn after(entries: &[Linked]) -> u32 {
    entries.last().map_or(0, |last| last.seq)
}

/// Adds what is not there yet, with the news of it; answers what was added. After an erasure
/// nothing is.
///
/// # Errors
/// When the ledger is broken, or contended for too long.
pub async fn record(
    ports: &impl Ledger,
    (keys, user): (&DataKeys, UserId),
    entries: Vec<OptInConsent>,
    trace: &str,
) -> Result<Vec<Linked>, Fault> {
    let mut added = Vec::new();
    for some in entries.chunks(AT_ONCE) {
        added.extend(add(ports, (keys, user), some, Some(trace)).await?);
    }
    Ok(added)
}

pub(super) async fn add(
    ports: &impl Ledger,
    (keys, user): (&DataKeys, UserId),
    entries: &[OptInConsent],
    trace: Option<&str>,
) -> Result<Vec<Linked>, Fault> {
    for _ in 0..ROUNDS {
        let known = ports.entries(keys, user).await?;
        if known.iter().any(|linked| linked.entry.event == Event::Erased) {
            return Ok(Vec::new());
        }
        let added = link(keys, &known, entries.to_vec());
        if added.is_empty() {
            return Ok(added);
        }
        let kind = if added.iter().any(|linked| linked.entry.event != Event::Granted) {
            "consent.withdrawn"
        } else {
            "consent.granted"
        };
        let news = trace.map(|trace| News { kind, trace });
        if ports.append(keys, user, &added, news).await? {
            return Ok(added);
        }
    }
    Err(Fault::new("add to the consent ledger", "contended"))
}

/// An entry as its hash sees it: every field, each with its length, an absent one unlike an empty.
fn bytes(before: Option<&Linked>, seq: u32, entry: &OptInConsent) -> Vec<u8> {
    let optional =
        |value: &Option<String>| value.as_ref().map_or(String::new(), |v| format!("={v}"));
    let before = before.map_or(String::new(), |before| before.hash.as_text());
    let mut parts = vec![
        before,
        seq.to_string(),
        entry.id.to_string(),
        entry.user.to_string(),
        entry.event.as_str().to_owned(),
        entry.purpose.clone(),
        entry.channel.clone(),
        entry.basis.as_str().to_owned(),
        entry.door.as_str().to_owned(),
        entry.occurred_at.as_millisecond().to_string(),
        entry.recorded_at.as_millisecond().to_string(),
        optional(&entry.signup.map(|signup| signup.to_string())),
        optional(&entry.page_url),
        optional(&entry.locale),
        optional(&entry.ip_network),
        optional(&entry.reason),
        optional(&entry.actor),
    ];
    let sale = entry.sale.as_ref().map(|it| format!("{}/{}", it.negotiation, it.reference));
    parts.push(optional(&sale));
    if let Some(told) = &entry.told {
        parts.push(told.wording_version.clone());
        parts.push(optional(&told.wording.as_ref().map(|wording| wording.0.clone())));
        parts.push(optional(&told.privacy_url));
        parts.extend(told.controllers.iter().cloned());
    }
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    framed(b"entry", &parts)
}
