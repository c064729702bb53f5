//! Everything that storage does, in memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, KeyId},
    consent::{OptInConsent, Wording, WordingHash},
    id::{MessageId, SignupId, StoreId, UserId},
    keys::{DataKeys, ExternalIndex, PhoneIndex},
    message::{Claim, Claimed, DeliveryReceipt, Message, MessageStatus, ReceiptTaken, Step},
    ports::{ApiKeys, Attempts, Chance, Clock, Messages, Page, Phones, Range, Stores, Wordings},
    signup::{Created, RegistrationAttempt, Send, State},
    store::{Saved, Store},
    tries::{Counted, IN_A_ROW, PER_WINDOW, PhoneRecord, Try},
    user::Registration,
};
use jiff::Timestamp;

use crate::{Seeded, StillClock, together::give_way};

type Scope = (StoreId, Mode);

#[derive(Default)]
struct Tables {
    attempts: HashMap<(Scope, SignupId), RegistrationAttempt>,
    phones: HashMap<(Scope, PhoneIndex), PhoneRecord>,
    messages: HashMap<(Scope, MessageId), (Message, Timestamp)>,
    users: BTreeMap<(Scope, UserId), SignupId>,
    consents: Vec<OptInConsent>,
    wordings: HashMap<(Scope, WordingHash), Wording>,
    stores: BTreeMap<StoreId, Store>,
    keys: HashMap<(Mode, KeyId), ApiKey>,
    events: Vec<String>,
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

    /// The consent ledger.
    #[must_use]
    pub fn ledger(&self) -> Vec<OptInConsent> {
        self.tables().consents.clone()
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

impl Attempts for Memory {
    async fn find(
        &self,
        keys: &DataKeys,
        id: SignupId,
    ) -> Result<Option<RegistrationAttempt>, Fault> {
        self.others_first().await;
        Ok(self.tables().attempts.get(&(keys.scope(), id)).cloned())
    }

    async fn create(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
    ) -> Result<Created, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        if let Some(known) = tables.attempts.get(&(keys.scope(), attempt.id)) {
            return Ok(Created::Exists(Box::new(known.clone())));
        }
        tables.attempts.insert((keys.scope(), attempt.id), attempt.clone());
        tables.events.push(format!("send/{}/0", attempt.route[0].as_str()));
        Ok(Created::New)
    }

    async fn resend(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
        send: &Send,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let Some(stored) = tables.attempts.get_mut(&(keys.scope(), attempt.id)) else {
            return Ok(false);
        };
        if stored.sends.len() != attempt.sends.len() || stored.state != State::Pending {
            return Ok(false);
        }
        stored.sends.push(send.clone());
        let event = format!("send/{}/{}", stored.route[0].as_str(), stored.newest_send());
        tables.events.push(event);
        Ok(true)
    }

    async fn lock(&self, keys: &DataKeys, id: SignupId, at: Timestamp) -> Result<(), Fault> {
        self.others_first().await;
        if let Some(stored) = self.tables().attempts.get_mut(&(keys.scope(), id))
            && stored.state == State::Pending
        {
            stored.state = State::Locked { at };
        }
        Ok(())
    }

    async fn register(
        &self,
        keys: &DataKeys,
        registration: &Registration,
        consents: &[OptInConsent],
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), registration.signup);
        let Some(stored) = tables.attempts.get_mut(&key) else {
            return Ok(false);
        };
        if stored.state != State::Pending {
            return Ok(false);
        }
        let Registration { at, user, tries, signup, .. } = *registration;
        stored.state = State::Verified { at, user, tries };
        tables.users.insert((keys.scope(), user), signup);
        tables.consents.extend_from_slice(consents);
        Ok(true)
    }

    async fn list(&self, keys: &DataKeys, range: Range) -> Result<Page<SignupId>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let mut found: Vec<_> = tables
            .attempts
            .iter()
            .filter(|((scope, _), attempt)| {
                *scope == keys.scope()
                    && attempt.created_at >= range.from
                    && attempt.created_at < range.to
            })
            .map(|((_, id), attempt)| (attempt.created_at, *id))
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        let named = found.into_iter().map(|(_, id)| (id.to_string(), id));
        Ok(page(named.collect(), range.limit, range.cursor))
    }

    async fn of_customer(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
    ) -> Result<Vec<SignupId>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let own = tables.attempts.iter().filter(|((scope, _), attempt)| {
            *scope == keys.scope() && attempt.external_index.as_ref() == Some(customer)
        });
        let mut own: Vec<_> = own.map(|((_, id), a)| (a.created_at, *id)).collect();
        own.sort_unstable_by(|a, b| b.cmp(a));
        Ok(own.into_iter().map(|(_, id)| id).collect())
    }
}

impl Phones for Memory {
    async fn find(&self, keys: &DataKeys, phone: &PhoneIndex) -> Result<PhoneRecord, Fault> {
        self.others_first().await;
        let found = self.tables().phones.get(&(keys.scope(), phone.clone())).cloned();
        Ok(found.unwrap_or_default())
    }

    async fn remember(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        signup: SignupId,
    ) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        if !record.signups.contains(&signup) {
            record.signups.push(signup);
            let old = record.signups.len().saturating_sub(20);
            record.signups.drain(..old);
        }
        Ok(())
    }

    async fn count(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        attempt: &Try,
        limit: u8,
        user: UserId,
    ) -> Result<Counted, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        let tries = record.tries_of(attempt.signup);
        if tries >= limit || record.tries.len() >= PER_WINDOW || record.row >= IN_A_ROW {
            return Ok(Counted::No(record.clone()));
        }
        record.tries.push(*attempt);
        record.row += 1;
        record.revision += 1;
        Ok(Counted::Yes { number: tries + 1, user: *record.user.get_or_insert(user) })
    }

    async fn settle(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        settled: &PhoneRecord,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        if record.revision != settled.revision {
            return Ok(false);
        }
        record.tries.clone_from(&settled.tries);
        record.row = settled.row;
        record.revision += 1;
        Ok(true)
    }
}

impl Messages for Memory {
    async fn find(&self, keys: &DataKeys, ids: &[MessageId]) -> Result<Vec<Message>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let found = ids.iter().filter_map(|id| tables.messages.get(&(keys.scope(), *id)));
        Ok(found.map(|(message, _)| message.clone()).collect())
    }

    async fn claim(&self, keys: &DataKeys, claim: &Claim) -> Result<Claimed, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let unclaimed = || {
            let (id, signup, leg) = (claim.id, claim.signup, claim.leg);
            let status = MessageStatus::Queued;
            (Message { id, signup, status, leg, take: 0, history: Vec::new() }, claim.at)
        };
        let (message, until) =
            tables.messages.entry((keys.scope(), claim.id)).or_insert_with(unclaimed);
        if message.leg != claim.leg || message.status.rank() > MessageStatus::Sending.rank() {
            return Ok(Claimed::Done);
        }
        if message.status == MessageStatus::Sending && *until > claim.at {
            return Ok(Claimed::Held);
        }
        message.status = MessageStatus::Sending;
        message.take += 1;
        *until = claim.until;
        Ok(Claimed::Yes(message.clone()))
    }

    async fn settle(&self, keys: &DataKeys, message: &Message, step: &Step) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let (stored, _) = tables.messages.get_mut(&(keys.scope(), message.id)).unwrap();
        let (happening, next) = match step {
            Step::Sent { happening, .. } | Step::Again(happening) | Step::End(happening) => {
                (happening, None)
            }
            Step::NextCarrier { happening, carrier } => (happening, Some(carrier)),
        };
        stored.history.push(happening.clone());
        if stored.status != MessageStatus::Sending || stored.leg != message.leg {
            return Ok(());
        }
        stored.status = happening.status;
        if let Some(carrier) = next {
            stored.leg += 1;
            stored.take = 0;
            let event = format!("send/{}/{}", carrier.as_str(), message.id.signup().1);
            tables.events.push(event);
        }
        Ok(())
    }

    async fn receive(
        &self,
        store: StoreId,
        mode: Mode,
        id: MessageId,
        receipt: &DeliveryReceipt,
    ) -> Result<ReceiptTaken, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let Some((stored, _)) = tables.messages.get_mut(&((store, mode), id)) else {
            return Ok(ReceiptTaken::NotYet);
        };
        if stored.status.rank() >= receipt.happening.status.rank() {
            return Ok(ReceiptTaken::Ignored);
        }
        stored.status = receipt.happening.status;
        stored.history.push(receipt.happening.clone());
        Ok(ReceiptTaken::Applied)
    }
}

impl Wordings for Memory {
    async fn keep(
        &self,
        keys: &DataKeys,
        hash: &WordingHash,
        wording: &Wording,
    ) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        tables.wordings.entry((keys.scope(), hash.clone())).or_insert_with(|| wording.clone());
        Ok(())
    }
}

impl Stores for Memory {
    async fn find(&self, id: StoreId) -> Result<Option<Arc<Store>>, Fault> {
        self.others_first().await;
        Ok(self.tables().stores.get(&id).cloned().map(Arc::new))
    }

    async fn save(&self, store: &Store) -> Result<Saved, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let before = tables.stores.get(&store.id).map(|known| known.revision + 1).unwrap_or(0);
        if before != store.revision {
            return Ok(Saved::Conflict);
        }
        tables.stores.insert(store.id, store.clone());
        Ok(Saved::Yes)
    }

    async fn list(&self, limit: usize, cursor: Option<String>) -> Result<Page<Store>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let all = tables.stores.values();
        let named = all.map(|store| (store.id.to_string(), store.clone()));
        Ok(page(named.collect(), limit, cursor))
    }
}

impl ApiKeys for Memory {
    async fn find(&self, mode: Mode, id: &KeyId) -> Result<Option<Arc<ApiKey>>, Fault> {
        self.others_first().await;
        Ok(self.tables().keys.get(&(mode, id.clone())).cloned().map(Arc::new))
    }

    async fn create(&self, key: &ApiKey) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().keys.insert((key.mode, key.id.clone()), key.clone());
        Ok(())
    }

    async fn delete(&self, key: &ApiKey) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().keys.remove(&(key.mode, key.id.clone()));
        Ok(())
    }

    async fn list(&self, store: Option<StoreId>, mode: Mode) -> Result<Vec<ApiKey>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let own = tables.keys.values().filter(|key| key.store == store && key.mode == mode);
        Ok(own.cloned().collect())
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
