//! Whether the audit log is as it was written: every link, every entry, every signed head.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    AuditEntry, Hash, Place,
    chain::{Head, Link, PAGE, SignedHead, hour},
};
use crate::{
    Fault,
    access::names,
    id::AuditId,
    ports::{AuditLog, Chain, Clock, Heads, Notary},
};

/// How long an entry may wait for its link.
pub const LINKED_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// How far back entries without a link are looked for, and every hour's head is checked; of the
/// days before it is the last head of each.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 31);
/// How old the newest head may be.
const HEAD_WITHIN: SignedDuration = SignedDuration::from_hours(2);
/// So many problems are told; the rest is counted.
const TOLD: usize = 100;

names!(
    /// What is wrong.
    Kind {
        /// A link is gone.
        LinkMissing = "link_missing",
        /// A link's hash is not that of what it says.
        LinkChanged = "link_changed",
        /// A link does not follow from the one before.
        LinkBroken = "link_broken",
        /// A link's entry is gone.
        EntryMissing = "entry_missing",
        /// An entry is not what was linked.
        EntryChanged = "entry_changed",
        /// An entry has no link, or came later than one may.
        EntryUnlinked = "entry_unlinked",
        /// A head in the bucket was not signed by us as it stands.
        HeadForged = "head_forged",
        /// The chain is shorter than, or different from, what was signed.
        HeadDiffers = "head_differs",
        /// No head was signed lately.
        HeadMissing = "head_missing",
    }
);

/// Something that is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub kind: Kind,
    /// At which link.
    pub seq: Option<u64>,
    /// At which entry.
    pub entry: Option<AuditId>,
    /// At which hour's head.
    pub hour: Option<Timestamp>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Entries that were compared with their links, and those that have none.
    pub entries: u64,
    /// Links.
    pub linked: u64,
    /// Signed heads that were checked.
    pub heads: u64,
    /// The end of the chain.
    pub head: Head,
    /// What is wrong: the first hundred.
    pub problems: Vec<Problem>,
    /// How many things are wrong.
    pub wrong: u64,
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.wrong == 0
    }
}

/// Goes along the chain.
#[derive(Debug)]
pub struct Verifier {
    verdict: Verdict,
    /// What has to be true at these links.
    signed: BTreeMap<u64, Vec<Head>>,
    /// Entries that have no link so far.
    waiting: HashMap<AuditId, Place>,
    /// Entries that were linked.
    seen: HashSet<AuditId>,
}

impl Verifier {
    /// Begins: with all heads that are known to be genuine, and every entry that should be linked.
    #[must_use]
    pub fn new(heads: &[Head], due: &[AuditEntry]) -> Self {
        let mut signed: BTreeMap<u64, Vec<Head>> = BTreeMap::new();
        for head in heads {
            signed.entry(head.seq).or_default().push(*head);
        }
        let verdict = Verdict {
            entries: 0,
            linked: 0,
            heads: 0,
            head: Head::NONE,
            problems: Vec::new(),
            wrong: 0,
        };
        let waiting = due.iter().map(|entry| (entry.id, entry.place())).collect();
        let mut verifier = Self { verdict, signed, waiting, seen: HashSet::new() };
        verifier.compare_heads(0, Hash::NONE);
        verifier
    }

    /// The next links, and what is kept where they say.
    pub fn page(&mut self, links: &[Link], kept: &[AuditEntry]) {
        let kept: HashMap<_, _> = kept.iter().map(|entry| (entry.place(), entry)).collect();
        for link in links {
            self.link(link);
            let told = |kind| at(kind, Some(link.seq), Some(link.entry.id));
            match kept.get(&link.entry) {
                None => self.wrong(told(Kind::EntryMissing)),
                Some(entry) => {
                    self.verdict.entries += 1;
                    if entry.hash() != link.entry_hash {
                        self.wrong(told(Kind::EntryChanged));
                    }
                }
            }
        }
    }

    fn link(&mut self, link: &Link) {
        let before = self.verdict.head;
        if link.seq != before.seq + 1 {
            // What comes before it is unknown; from here on the chain may be whole again.
            self.wrong(at(Kind::LinkMissing, Some(before.seq + 1), None));
        } else if link.prev != before.hash {
            self.wrong(at(Kind::LinkBroken, Some(link.seq), None));
        }
        if link.computed() != link.hash || !self.seen.insert(link.entry.id) {
            self.wrong(at(Kind::LinkChanged, Some(link.seq), None));
        }
        self.verdict.linked += 1;
        self.verdict.head = link.head();
        self.waiting.remove(&link.entry.id);
        self.compare_heads(link.seq, link.hash);
    }

    /// Compares what was signed up to this link.
    fn compare_heads(&mut self, seq: u64, hash: Hash) {
        let later = self.signed.split_off(&(seq + 1));
        for head in std::mem::replace(&mut self.signed, later).into_values().flatten() {
            if (head.seq, head.hash) != (seq, hash) {
                self.wrong(Problem {
                    hour: Some(head.at),
                    ..at(Kind::HeadDiffers, Some(head.seq), None)
                });
            }
        }
    }

    /// Notes something that was found beside the chain.
    pub fn wrong(&mut self, problem: Problem) {
        self.verdict.wrong += 1;
        if self.verdict.problems.len() < TOLD {
            self.verdict.problems.push(problem);
        }
    }

    /// The end: what was signed and is not there, and what was never linked.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        for head in std::mem::take(&mut self.signed).into_values().flatten() {
            self.wrong(Problem {
                hour: Some(head.at),
                ..at(Kind::HeadDiffers, Some(head.seq), None)
            });
        }
        let mut waiting: Vec<_> = std::mem::take(&mut self.waiting).into_values().collect();
        waiting.sort_unstable();
        self.verdict.entries += waiting.len() as u64;
        for place in waiting {
            self.wrong(at(Kind::EntryUnlinked, None, Some(place.id)));
        }
        self.verdict
    }
}

const fn at(kind: Kind, seq: Option<u64>, entry: Option<AuditId>) -> Problem {
    Problem { kind, seq, entry, hour: None }
}

/// Checks everything: recomputes each link, compares each entry with its hash, looks for entries
/// without a link, and compares the chain with what was signed. What is expected is read before
/// the chain, so that the job may go on meanwhile.
///
/// # Errors
/// When a port is broken.
pub async fn verify(
    ports: &(impl Chain + AuditLog + Clock),
    bucket: &impl Heads,
    notary: &impl Notary,
) -> Result<Verdict, Fault> {
    let now = ports.now();
    let due = ports.between(now - LOOK_BACK, now - LINKED_WITHIN).await?;
    let (signed, forged) = heads(bucket, notary, now).await?;
    let mut expected = signed.clone();
    // Where the job was last: what is missing since the last signed head is found by it.
    expected.extend(ports.checkpoint().await?.map(|checkpoint| checkpoint.head));
    let mut verifier = Verifier::new(&expected, &due);
    let mut page = 0;
    loop {
        let links = ports.page(page).await?;
        if links.is_empty() && signed.iter().all(|head| head.seq < page * PAGE) {
            break;
        }
        let places: Vec<_> = links.iter().map(|link| link.entry).collect();
        verifier.page(&links, &ports.at(&places).await?);
        page += 1;
    }
    for hour in forged {
        verifier.wrong(Problem { hour: Some(hour), ..at(Kind::HeadForged, None, None) });
    }
    let newest = signed.iter().map(|head| head.at).max().unwrap_or_default();
    let due_before = due.first().is_some_and(|oldest| oldest.at < now - HEAD_WITHIN);
    if due_before && newest < now - HEAD_WITHIN {
        verifier.wrong(Problem { hour: Some(hour(now)), ..at(Kind::HeadMissing, None, None) });
    }
    let mut verdict = verifier.finish();
    verdict.heads = signed.len() as u64;
    Ok(verdict)
}

/// The heads that count, and the hours whose head is not one of ours.
async fn heads(
    bucket: &impl Heads,
    notary: &impl Notary,
    now: Timestamp,
) -> Result<(Vec<Head>, Vec<Timestamp>), Fault> {
    let hours = chosen(&bucket.hours().await?, now);
    let read: Vec<_> = hours.iter().copied().zip(bucket.read(&hours).await?).collect();
    let readable: Vec<SignedHead> = read.iter().filter_map(|(_, head)| head.clone()).collect();
    let mut genuine = notary.genuine(&readable).await?.into_iter();
    let (mut signed, mut forged) = (Vec::new(), Vec::new());
    for (named, head) in read {
        let head = head.filter(|_| genuine.next() == Some(true)).map(|signed| signed.head);
        match head.filter(|head| head.hour() == named) {
            Some(head) => signed.push(head),
            None => forged.push(named),
        }
    }
    Ok((signed, forged))
}

/// All hours of the last month; of each day before the last one.
fn chosen(hours: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    let day = |hour: &Timestamp| hour.as_second().div_euclid(86_400);
    let recent = |hour: &Timestamp| *hour >= now - LOOK_BACK;
    let last_of_its_day =
        |place: usize| hours.get(place + 1).is_none_or(|next| day(next) != day(&hours[place]));
    let chosen = hours.iter().enumerate();
    chosen
        .filter(|(at, hour)| recent(hour) || last_of_its_day(*at))
        .map(|(_, hour)| *hour)
        .collect()
}
