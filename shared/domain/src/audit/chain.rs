//! The order of all audit entries: a chain of hashes, made by a job, so that no writer waits.
//!
//! Each link names an entry, the entry's hash and the hash of the link before. Whoever changes or
//! removes an entry has to change every link after it; each hour the hash of the newest link is
//! signed and put where it cannot be replaced, so that this is found too.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::{Hash, Place};
use crate::{
    Fault,
    id::AuditId,
    lease::Lease,
    ports::{Chain, Clock, Heads, Leases, Notary},
    start::in_milliseconds,
};

/// So many links are in one page.
pub const PAGE: u64 = 1_000;
/// An entry is linked when it is so old: those before it are there by then.
pub const REST: SignedDuration = SignedDuration::from_secs(5);
/// How far behind the newest entry one may still come and is linked.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_hours(2);
/// How far back the first turn looks.
const AT_FIRST: SignedDuration = SignedDuration::from_hours(24 * 31);
/// What is left of a turn when it stops linking: enough to sign.
const SPARE: SignedDuration = SignedDuration::from_secs(5);

/// One entry in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number, from 1.
    pub seq: u64,
    /// Where its entry is.
    pub entry: Place,
    /// The hash of its entry.
    pub entry_hash: Hash,
    /// The hash of the link before.
    pub prev: Hash,
    /// Its own hash.
    pub hash: Hash,
    /// When it was made.
    pub at: Timestamp,
}

impl Link {
    /// The link after `head`.
    #[must_use]
    pub fn after(head: &Head, entry: Place, entry_hash: Hash, at: Timestamp) -> Self {
        let (seq, prev) = (head.seq + 1, head.hash);
        let link = Self { seq, entry, entry_hash, prev, hash: Hash::NONE, at };
        Self { hash: link.computed(), ..link }
    }

    /// The hash of what it says.
    #[must_use]
    pub fn computed(&self) -> Hash {
        let parts = [
            self.seq.to_string(),
            self.entry.store.to_string(),
            self.entry.mode.to_string(),
            self.entry.at.as_millisecond().to_string(),
            self.entry.id.to_string(),
            self.entry_hash.to_string(),
            self.prev.to_string(),
            self.at.as_millisecond().to_string(),
        ];
        Hash::of(b"doorstep/audit-link/1", &parts)
    }

    /// The chain up to here.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash, at: self.at }
    }
}

/// The end of the chain at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the newest link; 0 when there is none.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// When it was so.
    pub at: Timestamp,
}

impl Head {
    /// The end of a chain without links.
    pub const NONE: Self = Self { seq: 0, hash: Hash::NONE, at: Timestamp::UNIX_EPOCH };

    /// The hour that it is signed for.
    #[must_use]
    pub fn hour(&self) -> Timestamp {
        hour(self.at)
    }
}

/// The hour of a time.
#[must_use]
pub fn hour(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(at)
}

/// A head that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// The head.
    pub head: Head,
    /// The key that signed it.
    pub key_id: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// How far the job has come. It spares the job to look at everything again; what it says is
/// checked like a signed head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// The newest link.
    pub head: Head,
    /// Every entry before this time that was there is linked.
    pub swept: Timestamp,
    /// The hour that was signed last.
    pub signed: Timestamp,
}

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// Another one is at work.
    NotOurs,
    /// So many entries were linked; whether a head was signed.
    Linked {
        /// How many.
        links: u64,
        /// Whether this hour's head was signed now.
        signed: bool,
    },
}

/// One turn of the job: links what is not linked yet, and signs the hour's head. Each step may be
/// the last: the next turn finds what is there and goes on. Two turns at once never fork the
/// chain, as a number is taken once.
///
/// # Errors
/// When a port is broken.
pub async fn turn(
    ports: &(impl Chain + Leases + Clock),
    heads: &impl Heads,
    notary: &impl Notary,
    (owner, deadline): (&str, Timestamp),
) -> Result<Turned, Fault> {
    let name = "audit-chain".to_owned();
    let lease = Lease { name, owner: owner.to_owned(), at: ports.now(), until: deadline };
    if !ports.hold(&lease).await? {
        return Ok(Turned::NotOurs);
    }
    let turned = work(ports, heads, notary, deadline).await;
    ports.give_back(&lease).await?;
    turned
}

async fn work(
    ports: &(impl Chain + Clock),
    heads: &impl Heads,
    notary: &impl Notary,
    deadline: Timestamp,
) -> Result<Turned, Fault> {
    let before = ports.checkpoint().await?;
    let (mut head, swept) = extend(ports, before, deadline).await?;
    let links = head.seq.saturating_sub(before.map_or(0, |before| before.head.seq));
    let (now, signed) = (ports.now(), before.map_or(Timestamp::UNIX_EPOCH, |before| before.signed));
    head.at = in_milliseconds(now);
    let due = signed < head.hour();
    if due {
        // One that is there is this hour's, by a turn that ended before its checkpoint.
        heads.put(&notary.sign(&head).await?).await?;
    }
    let signed = if due { head.hour() } else { signed };
    ports.keep_checkpoint(&Checkpoint { head, swept, signed }).await?;
    Ok(Turned::Linked { links, signed: due })
}

/// Links what is not linked yet, in the order of time; what comes late is linked when it is found.
/// Tells the new end, and up to when everything is linked.
async fn extend(
    ports: &(impl Chain + Clock),
    before: Option<Checkpoint>,
    deadline: Timestamp,
) -> Result<(Head, Timestamp), Fault> {
    let now = ports.now();
    let from = before.map_or(now - AT_FIRST, |before| before.swept - LOOK_BACK);
    let hint = before.map_or(0, |before| before.head.seq / PAGE);
    let tail = newest(ports, hint, from).await?;
    let mut head = tail.first().map_or(Head::NONE, Link::head);
    if before.is_some_and(|before| !reaches(&tail, head, before.head)) {
        // Going on would sign what somebody made of it.
        return Err(Fault::new("the audit chain is not what it was", "chain_changed"));
    }
    let linked: HashSet<AuditId> = tail.iter().map(|link| link.entry.id).collect();
    let to = now - REST;
    for entry in ports.between(from, to).await? {
        if linked.contains(&entry.id) {
            continue;
        }
        let link = Link::after(&head, entry.place(), entry.hash(), in_milliseconds(ports.now()));
        let in_time = ports.now() + SPARE < deadline;
        // A number that is taken means that another turn is at work: it does the rest.
        if !in_time || !ports.append(&link).await? {
            return Ok((head, before.map_or(from, |before| before.swept).min(entry.at)));
        }
        head = link.head();
    }
    Ok((head, to))
}

/// Whether the chain still has what it had.
fn reaches(tail: &[Link], head: Head, before: Head) -> bool {
    let same = |link: &Link| link.seq != before.seq || link.hash == before.hash;
    head.seq >= before.seq && tail.iter().all(same)
}

/// The links that were made since a time, the newest first, and at least the newest of all. An
/// entry is older than its link, so that no entry from then on has an older one.
async fn newest(ports: &impl Chain, hint: u64, since: Timestamp) -> Result<Vec<Link>, Fault> {
    let mut page = hint;
    let mut tail = ports.tail(page, since).await?;
    while tail.first().is_some_and(|newest| newest.seq % PAGE == PAGE - 1) {
        let mut next = ports.tail(page + 1, since).await?;
        if next.is_empty() {
            break;
        }
        page += 1;
        next.append(&mut tail);
        tail = next;
    }
    while page > 0 && tail.last().is_none_or(|oldest| oldest.at >= since) {
        page -= 1;
        tail.extend(ports.tail(page, since).await?);
    }
    Ok(tail)
}
