//! Everything that storage does, in memory.

mod attempts;
mod audit;
mod calls;
mod claims;
mod complaints;
mod confirmations;
mod health;
mod imports;
mod lags;
mod leases;
mod ledger;
mod messages;
mod people;
mod phones;
mod preferences;
mod replays;
mod rights;
mod sandbox;
mod signing;
mod slates;
mod stores;
mod subjects;
mod templates;
mod users;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard},
};

use doorstep_domain::{
    Mode,
    access::{ApiKey, KeyId},
    account::{Holder, Unique},
    complaint::Complaint,
    consent::{Event, Linked, OptInConsent, Wording, WordingHash},
    decisions::Line,
    guard::{Slate, SlateKey},
    id::{ComplaintId, ImportId, MessageId, SignupId, StoreId, UserId},
    import::{Import, Row, RowError},
    keys::{DataKeys, PhoneIndex},
    lag::Lag,
    lease::Lease,
    message::{About, AccountRef, CarrierMessageId, Letter},
    phone::Region,
    ports::{Chance, Clock, Page},
    preference::{TokenDigest, Whose},
    signing::KeySet,
    signup::RegistrationAttempt,
    steer::Country,
    store::Store,
    template::TemplateName,
    text::locale::Locale,
    tries::PhoneRecord,
    user::User,
    watch::Noticed,
    webhook::Proof,
};
use jiff::Timestamp;

pub use self::audit::Evidence;
use crate::{Seeded, StillClock, together::give_way};

type Scope = (StoreId, Mode);

#[derive(Default)]
struct Tables {
    attempts: HashMap<(Scope, SignupId), RegistrationAttempt>,
    phones: HashMap<(Scope, PhoneIndex), PhoneRecord>,
    replies: HashMap<(Scope, PhoneIndex), (MessageId, Timestamp)>,
    messages: HashMap<(Scope, MessageId), messages::Stored>,
    links: HashMap<CarrierMessageId, messages::Link>,
    told: HashSet<(Scope, SignupId)>,
    called: HashMap<(Scope, PhoneIndex), (Timestamp, MessageId)>,
    calls: HashMap<(Scope, i64), u32>,
    users: BTreeMap<(Scope, UserId), User>,
    let_go: HashSet<(Scope, UserId)>,
    imports: HashMap<(Scope, ImportId), Import>,
    chunks: HashMap<(Scope, ImportId, u32), Vec<Row>>,
    row_errors: HashMap<(Scope, ImportId), Vec<RowError>>,
    consents: BTreeMap<(Scope, UserId), Vec<Linked>>,
    proofs: HashMap<Proof, (AccountRef, Timestamp)>,
    wordings: HashMap<(Scope, WordingHash), Wording>,
    stores: BTreeMap<StoreId, Store>,
    keys: HashMap<(Mode, KeyId), ApiKey>,
    key_set: Option<KeySet>,
    replays: HashMap<(Scope, String), replays::Record>,
    templates: BTreeMap<(Scope, TemplateName, Locale), templates::Text>,
    claims: HashMap<Unique, Holder>,
    leases: HashMap<String, Lease>,
    countries: BTreeMap<Region, Country>,
    log: BTreeMap<(String, Scope), Line>,
    noticed: Vec<Noticed>,
    slates: HashMap<SlateKey, Slate>,
    lags: HashMap<Scope, Lag>,
    preference_links: HashMap<TokenDigest, Whose>,
    evidence: audit::Evidence,
    complaints: BTreeMap<(Scope, ComplaintId), Complaint>,
    complaint_counts: HashMap<(Scope, Timestamp, String), u32>,
    events: Vec<String>,
    asked: rights::Asked,
    calls_left: Option<usize>,
}

/// Storage, clock and chance in memory. Each call first lets others go ahead, none to three times,
/// so that calls that run [together](crate::together()) cross each other's paths.
pub struct Memory {
    tables: Mutex<Tables>,
    /// The clock; let time pass with it.
    pub clock: StillClock,
    chance: Seeded,
    crossing: Seeded,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            tables: Mutex::default(),
            clock: StillClock::default(),
            chance: Seeded::new(1),
            crossing: Seeded::new(2),
        }
    }
}

impl Memory {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap()
    }

    async fn others_first(&self) {
        let mut chance = [0];
        self.crossing.fill(&mut chance);
        give_way(chance[0] % 4).await;
    }

    /// The events that storage's stream would carry, as `kind/carrier/number`.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        self.tables().events.clone()
    }

    /// What storage's stream would tell of the carriers' health since it was asked last.
    #[must_use]
    pub fn noticed(&self) -> Vec<Noticed> {
        std::mem::take(&mut self.tables().noticed)
    }

    /// The consent ledger of all users, in each one's order.
    #[must_use]
    pub fn ledger(&self) -> Vec<OptInConsent> {
        self.tables().consents.values().flatten().map(|linked| linked.entry.clone()).collect()
    }

    /// The withdrawals in the consent ledger.
    #[must_use]
    pub fn withdrawals(&self) -> Vec<OptInConsent> {
        let taken = |entry: &OptInConsent| entry.event == Event::Withdrawn;
        self.ledger().into_iter().filter(taken).collect()
    }

    /// A letter as it is kept.
    #[must_use]
    pub fn letter(&self, keys: &DataKeys, id: MessageId) -> Option<Letter> {
        match &self.tables().messages.get(&(keys.scope(), id))?.message.about {
            About::Letter(letter) => Some((**letter).clone()),
            About::Signup(_) => None,
        }
    }

    /// How many messages there are.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.tables().messages.len()
    }

    /// How many users there are.
    #[must_use]
    pub fn users(&self) -> usize {
        self.tables().users.len()
    }

    /// How many sign-ups there are.
    #[must_use]
    pub fn signups(&self) -> usize {
        self.tables().attempts.len()
    }
}

impl Clock for Memory {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Chance for Memory {
    fn fill(&self, bytes: &mut [u8]) {
        self.chance.fill(bytes);
    }
}

/// The part of a list after the item that the cursor names.
fn page<T>(named: Vec<(String, T)>, limit: usize, after: Option<String>) -> Page<T> {
    let start = after.map_or(0, |after| {
        let place = named.iter().position(|(name, _)| *name == after);
        place.map_or(named.len(), |place| place + 1)
    });
    let end = named.len().min(start + limit);
    let next = (end < named.len() && end > 0).then(|| named[end - 1].0.clone());
    let items = named.into_iter().take(end).skip(start);
    Page { items: items.map(|(_, item)| item).collect(), next }
}
