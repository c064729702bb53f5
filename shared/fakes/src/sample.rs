//! A shop, its keys and its sign-ups, for tests.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use doorstep_domain::{
    Mode,
    access::{ApiKey, History, Kind, Role},
    carrier::Channel,
    consent::{ConsentAsked, Told, Wording},
    id::StoreId,
    keys::{CodeKeys, DataKeys, Root},
    phone::{PhoneNumber, Region},
    seal::KeyVersion,
    signup::{Context, Method, Purpose},
    start::{ConsentGiven, Shop, Start},
    store::{Settings, Store},
    token::PlainKey,
    user::Customer,
};
use jiff::Timestamp;

/// The store of the samples.
pub const STORE: StoreId = StoreId::from_bits(0x0123_4567_89ab_cdef_0123_4567_89ab_cde0);

/// A store that is ready for live sign-ups.
#[must_use]
pub fn store() -> Store {
    let settings = Settings {
        name: Some("Corner Shop".to_owned()),
        domain: Some("shop.example".to_owned()),
        origins: Some(vec!["https://shop.example".to_owned()]),
        country: Some(Region::GB),
        privacy_url: Some("https://shop.example/privacy".to_owned()),
        ..Settings::default()
    };
    Store {
        id: STORE,
        own: settings.clone(),
        settings,
        accounts: BTreeMap::new(),
        roots: Vec::new(),
        indexing: KeyVersion(1),
        created_at: Timestamp::UNIX_EPOCH,
        revision: 0,
    }
}

/// Version 1 of a root; the byte tells roots apart.
#[must_use]
pub fn roots(byte: u8) -> Vec<(KeyVersion, Root)> {
    vec![(KeyVersion(1), Root::new([byte; 32]))]
}

/// The keys for personal data.
#[must_use]
pub fn data_keys(mode: Mode) -> Arc<DataKeys> {
    Arc::new(DataKeys::new(STORE, mode, &roots(1), KeyVersion(1)).unwrap())
}

/// The keys for codes.
#[must_use]
pub fn code_keys(mode: Mode) -> Arc<CodeKeys> {
    Arc::new(CodeKeys::new(STORE, mode, &roots(2)))
}

/// A drama number whose texts are delivered.
#[must_use]
pub fn phone() -> PhoneNumber {
    PhoneNumber::parse("+447700900001", None, Mode::Test).expect("it is a drama number")
}

/// A store that no other test has, in this run or another: for tests against shared storage.
#[must_use]
pub fn fresh_store() -> StoreId {
    let half = || u128::from(RandomState::new().hash_one("store"));
    StoreId::from_bits((half() << 64) | half())
}

/// Keys for the personal data of a store that no other test has.
#[must_use]
pub fn fresh_keys(mode: Mode) -> Arc<DataKeys> {
    Arc::new(keys_of(fresh_store(), mode))
}

/// Keys for the personal data of this store.
#[must_use]
pub fn keys_of(store: StoreId, mode: Mode) -> DataKeys {
    DataKeys::new(store, mode, &roots(1), KeyVersion(1)).unwrap()
}

/// A key as it is stored, of this store or of the deployment, with the scopes of this role.
#[must_use]
pub fn api_key(plain: &PlainKey, store: Option<StoreId>, role: Role) -> ApiKey {
    ApiKey {
        id: plain.id().clone(),
        name: "test".to_owned(),
        kind: plain.kind(),
        mode: plain.mode(),
        store,
        role: Some(role),
        scopes: role.scopes().iter().copied().collect(),
        digest: plain.digest(),
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        history: History::default(),
    }
}

/// A test-mode sign-up for this number, under this idempotency key.
#[must_use]
pub fn start(phone: &str, idempotency_key: &str) -> Start {
    Start {
        mode: Mode::Test,
        phone: phone.to_owned(),
        country: None,
        locale: None,
        purpose: Purpose::Registration,
        method: Method::Code,
        return_url: None,
        channel: Channel::Sms,
        customer: Customer {
            external_id: Some("cust-42".to_owned()),
            name: Some("Ada Lovelace".to_owned()),
            email: Some("ada@shop.example".to_owned()),
        },
        consents: vec![consent("marketing")],
        context: Context::default(),
        metadata: vec![("basket".to_owned(), "b-7".to_owned())],
        idempotency_key: idempotency_key.to_owned(),
        body: phone.as_bytes().to_vec(),
        started_by: Kind::Secret,
        live_route: Vec::new(),
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        key: None,
        source: None,
        solution: None,
        guarded: false,
    }
}

/// The deployment, as it is before anybody set anything.
#[must_use]
pub fn deployment() -> Store {
    let settings = Settings::default();
    Store { id: Store::DEPLOYMENT, own: settings.clone(), settings, ..store() }
}

/// A store with its keys, and the deployment, whose keys are the same roots'.
#[must_use]
pub fn shop(store: Store, mode: Mode) -> Shop {
    let keys = Arc::new(keys_of(store.id, mode));
    let deployment = keys_of(Store::DEPLOYMENT, mode);
    let shared = if mode == Mode::Live { Arc::new(deployment) } else { Arc::clone(&keys) };
    Shop { store: Arc::new(store), keys, deployment: Arc::new(self::deployment()), shared }
}

/// What is told of offers.
#[must_use]
pub fn told() -> Told {
    let wording = Some(Wording("Text me offers.".to_owned()).hash());
    Told { wording_version: "v1".to_owned(), wording, ..Told::default() }
}

/// A granted consent to texts.
#[must_use]
pub fn consent(purpose: &str) -> ConsentGiven {
    let asked = ConsentAsked {
        purpose: purpose.to_owned(),
        channel: "sms".to_owned(),
        granted: true,
        wording_version: "2027-01".to_owned(),
        wording: None,
    };
    ConsentGiven { asked, wording: Some(Wording("Text me offers from Corner Shop.".to_owned())) }
}
