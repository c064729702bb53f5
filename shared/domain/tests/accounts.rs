//! Carrier accounts: whose they are, and that nobody else opens or takes them.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use doorstep_domain::{
    Fault,
    account::{AccountError, Holder, NewAccount, SealedAccount, Unique, open, put, remove},
    carrier::{Account, CarrierName},
    id::StoreId,
    open_store::{self, OpenStoreError},
    ports::{Chance, Claims, Clock, Page, Stores},
    store::{Saved, Settings, Store},
};
use doorstep_fakes::{Memory, Ring, sample, together};
use jiff::Timestamp;

const TOKEN: &str = "not-a-real-token";
const TWILIO: CarrierName = CarrierName::Twilio;

/// Storage with a shop, and another one.
async fn shops() -> (Memory, StoreId, StoreId) {
    let memory = Memory::default();
    let settings = sample::store().own;
    let one = open_store::open(&memory, &Ring, settings.clone()).await.unwrap();
    let other = open_store::open(&memory, &Ring, settings).await.unwrap();
    (memory, one.id, other.id)
}

fn new(owner: StoreId, id: &str) -> NewAccount {
    let fields = [("auth_token", TOKEN), ("from", ""), ("voice_from", "+447400123456")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    NewAccount { owner, carrier: TWILIO, id: id.to_owned(), fields: fields.into(), first: false }
}

async fn puts(memory: &Memory, owner: StoreId, id: &str) -> Result<SealedAccount, AccountError> {
    put(memory, &Ring, new(owner, id)).await
}

async fn store(memory: &Memory, id: StoreId) -> Store {
    Store::clone(&*Stores::find(memory, id).await.unwrap().unwrap())
}

async fn opens(memory: &Memory, id: StoreId) -> Option<Account> {
    let store = store(memory, id).await;
    let opened = open(memory, &Ring, &store, TWILIO).await.unwrap();
    opened.map(|account| Account::clone(&account))
}

#[tokio::test]
async fn an_account_opens_for_its_store_and_no_other() {
    let (memory, one, other) = shops().await;
    let sealed = puts(&memory, one, "AC1").await.unwrap();
    assert!(!sealed.sealed.windows(5).any(|bytes| bytes == &TOKEN.as_bytes()[..5]));
    let account = opens(&memory, one).await.unwrap();
    assert_eq!((account.id.as_str(), account.owner), ("AC1", one));
    assert_eq!(account.expose("auth_token"), Some(TOKEN));
    assert_eq!(account.expose("from"), Some(""), "an empty field stays a field");
    assert_eq!(account.expose("other"), None);
    assert_eq!(opens(&memory, other).await, None);
}

#[tokio::test]
async fn an_account_moved_to_another_store_or_carrier_does_not_open() {
    let (memory, one, other) = shops().await;
    let sealed = puts(&memory, one, "AC1").await.unwrap();
    let stolen = SealedAccount { owner: other, ..sealed.clone() };
    let thief =
        Store { accounts: BTreeMap::from([(TWILIO, stolen)]), ..store(&memory, other).await };
    assert!(open(&memory, &Ring, &thief, TWILIO).await.is_err());
    let moved = BTreeMap::from([(CarrierName::Vonage, sealed)]);
    let moved = Store { accounts: moved, ..store(&memory, one).await };
    assert!(open(&memory, &Ring, &moved, CarrierName::Vonage).await.is_err());
}

#[tokio::test]
async fn stores_inherit_the_deployments_account_until_they_have_one() {
    let (memory, one, other) = shops().await;
    puts(&memory, Store::DEPLOYMENT, "AC-all").await.unwrap();
    assert!(!store(&memory, Store::DEPLOYMENT).await.roots.is_empty(), "it got roots of its own");
    puts(&memory, one, "AC1").await.unwrap();
    assert_eq!(opens(&memory, one).await.unwrap().id, "AC1");
    let inherited = opens(&memory, other).await.unwrap();
    assert_eq!((inherited.id.as_str(), inherited.owner), ("AC-all", Store::DEPLOYMENT));
    assert_eq!(inherited.expose("auth_token"), Some(TOKEN));
    remove(&memory, one, TWILIO).await.unwrap();
    assert_eq!(opens(&memory, one).await.unwrap().id, "AC-all");
}

#[tokio::test]
async fn changing_settings_keeps_accounts_and_inherits_none_for_good() {
    let (memory, one, other) = shops().await;
    puts(&memory, Store::DEPLOYMENT, "AC-all").await.unwrap();
    puts(&memory, one, "AC1").await.unwrap();
    for id in [one, other, Store::DEPLOYMENT] {
        open_store::change(&memory, id, sample::store().own).await.unwrap();
    }
    assert_eq!(opens(&memory, one).await.unwrap().id, "AC1");
    remove(&memory, Store::DEPLOYMENT, TWILIO).await.unwrap();
    assert_eq!(opens(&memory, other).await, None);
}

#[tokio::test]
async fn an_id_belongs_to_one_owner_and_carrier() {
    let (memory, one, other) = shops().await;
    puts(&memory, one, "AC1").await.unwrap();
    puts(&memory, one, "AC1").await.unwrap();
    for owner in [other, Store::DEPLOYMENT] {
        assert!(matches!(puts(&memory, owner, "AC1").await, Err(AccountError::Taken)));
    }
    let vonage = NewAccount { carrier: CarrierName::Vonage, ..new(one, "AC1") };
    assert!(matches!(put(&memory, &Ring, vonage).await, Err(AccountError::Taken)));
    puts(&memory, one, "AC2").await.unwrap();
    puts(&memory, other, "AC1").await.unwrap();
    remove(&memory, other, TWILIO).await.unwrap();
    assert_eq!(memory.holder(&Unique::Account("AC1".to_owned())).await.unwrap(), None);
    let ours = Some(Holder { store: one, carrier: Some(TWILIO) });
    assert_eq!(memory.holder(&Unique::Account("AC2".to_owned())).await.unwrap(), ours);
}

#[tokio::test]
async fn a_change_in_between_costs_no_account() {
    let (memory, one, _) = shops().await;
    let busy = Busy::new(&memory, 1);
    put(&busy, &Ring, new(one, "AC1")).await.unwrap();
    assert_eq!(opens(&memory, one).await.unwrap().id, "AC1");
    let busy = Busy::new(&memory, 1);
    remove(&busy, one, TWILIO).await.unwrap();
    assert_eq!(opens(&memory, one).await, None);
}

#[tokio::test]
async fn an_account_that_could_not_be_kept_is_nobodys() {
    let (memory, one, other) = shops().await;
    let refused = put(&Busy::new(&memory, 2), &Ring, new(one, "AC1")).await;
    assert!(matches!(refused, Err(AccountError::Conflict)));
    puts(&memory, other, "AC1").await.unwrap();
    let refused = put(&Busy::new(&memory, 2), &Ring, new(other, "AC1")).await;
    assert!(matches!(refused, Err(AccountError::Conflict)));
    let ours = Some(Holder { store: other, carrier: Some(TWILIO) });
    let holder = memory.holder(&Unique::Account("AC1".to_owned())).await.unwrap();
    assert_eq!(holder, ours, "what was there before stays");
}

#[tokio::test]
async fn what_is_not_there_is_gone() {
    let (memory, one, _) = shops().await;
    assert!(matches!(remove(&memory, one, TWILIO).await, Err(AccountError::Gone)));
    puts(&memory, Store::DEPLOYMENT, "AC-all").await.unwrap();
    assert!(matches!(remove(&memory, one, TWILIO).await, Err(AccountError::Gone)), "not its own");
    let nobody = StoreId::from_bits(99);
    assert!(matches!(puts(&memory, nobody, "AC9").await, Err(AccountError::Gone)));
    assert_eq!(memory.holder(&Unique::Account("AC9".to_owned())).await.unwrap(), None);
}

#[tokio::test]
async fn of_stores_that_put_the_same_id_at_once_one_wins() {
    let (memory, one, other) = shops().await;
    let put = together([one, other].map(|owner| puts(&memory, owner, "AC1"))).await;
    let taken = put.iter().filter(|put| matches!(put, Err(AccountError::Taken))).count();
    assert_eq!((put.len(), taken), (2, 1));
}

#[tokio::test]
async fn a_number_for_texts_is_one_stores_own() {
    let (memory, one, other) = shops().await;
    let numbered = |number: Option<&str>| Settings {
        inbound_number: number.map(str::to_owned),
        ..sample::store().own
    };
    let changes = |id, number| open_store::change(&memory, id, numbered(number));
    changes(one, Some("+447400123456")).await.unwrap();
    changes(one, Some("447400123456")).await.unwrap();
    let taken = changes(other, Some("447400123456")).await;
    assert!(matches!(taken, Err(OpenStoreError::NumberTaken)));
    let number = Unique::number("+447400123456").unwrap();
    let holder = memory.holder(&number).await.unwrap().unwrap();
    assert_eq!(holder, Holder { store: one, carrier: None });
    changes(Store::DEPLOYMENT, Some("+447400123456")).await.unwrap();
    changes(one, None).await.unwrap();
    changes(other, Some("+447400123456")).await.unwrap();
}

/// Storage where somebody else changes a store before each of so many writes.
struct Busy<'a> {
    memory: &'a Memory,
    left: AtomicU8,
}

impl<'a> Busy<'a> {
    const fn new(memory: &'a Memory, times: u8) -> Self {
        Self { memory, left: AtomicU8::new(times) }
    }
}

impl Stores for Busy<'_> {
    async fn find(&self, id: StoreId) -> Result<Option<Arc<Store>>, Fault> {
        Stores::find(self.memory, id).await
    }

    async fn save(&self, store: &Store) -> Result<Saved, Fault> {
        let less = |left: u8| left.checked_sub(1);
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            open_store::change(self.memory, store.id, store.own.clone()).await.unwrap();
        }
        self.memory.save(store).await
    }

    async fn list(&self, limit: usize, cursor: Option<String>) -> Result<Page<Store>, Fault> {
        Stores::list(self.memory, limit, cursor).await
    }
}

impl Claims for Busy<'_> {
    async fn holder(&self, what: &Unique) -> Result<Option<Holder>, Fault> {
        self.memory.holder(what).await
    }

    async fn claim(&self, what: &Unique, holder: Holder) -> Result<bool, Fault> {
        self.memory.claim(what, holder).await
    }

    async fn release(&self, what: &Unique, holder: Holder) -> Result<(), Fault> {
        self.memory.release(what, holder).await
    }
}

impl Clock for Busy<'_> {
    fn now(&self) -> Timestamp {
        self.memory.now()
    }
}

impl Chance for Busy<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        self.memory.fill(bytes);
    }
}

#[test]
fn a_number_is_its_digits() {
    for (text, digits) in [("+447400123456", "447400123456"), ("60777", "60777")] {
        assert_eq!(Unique::number(text), Some(Unique::Number(digits.to_owned())));
    }
    for wrong in ["", "+", "12", "+44 7400", "++447400123456", "SHOP", "1234567890123456"] {
        assert_eq!(Unique::number(wrong), None, "{wrong}");
    }
}

#[test]
fn an_account_does_not_print_itself() {
    let fields = new(StoreId::from_bits(1), "AC1").fields;
    let account = Account::new(TWILIO, "AC1".to_owned(), StoreId::from_bits(1), fields);
    assert!(!format!("{account:?}").contains(TOKEN));
}
