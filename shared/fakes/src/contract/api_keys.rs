//! API keys. `find` may be cached for 30 s, so that a key is looked up once per test.

use std::collections::BTreeSet;

use doorstep_domain::{
    Mode,
    access::{ApiKey, History, KeyId, Kind, Role, Scope},
    id::StoreId,
    ports::ApiKeys,
    token::PlainKey,
};

use super::{at, seconds};
use crate::{Seeded, sample::fresh_store};

/// What [`ApiKeys`] promises.
pub async fn api_keys(ports: &impl ApiKeys) {
    a_key_reads_back_whole(ports).await;
    a_key_of_the_deployment_reads_back_too(ports).await;
    an_unknown_key_is_not_found(ports).await;
    a_key_is_found_in_its_own_mode_only(ports).await;
    a_deleted_key_is_gone(ports).await;
    keys_are_listed_by_store_and_mode(ports).await;
    a_rotation_keeps_both_halves(ports).await;
    a_rotation_that_cannot_end_the_old_key_makes_no_new_one(ports).await;
    the_last_day_of_use_moves_forward_only(ports).await;
}

/// A key that no other test has.
fn key(store: Option<StoreId>, mode: Mode) -> ApiKey {
    let seed = u64::try_from(fresh_store().bits() >> 64).unwrap();
    let plain = PlainKey::random(Kind::Secret, mode, &Seeded::new(seed));
    ApiKey {
        id: plain.id().clone(),
        name: "The shop's server, ŵ".to_owned(),
        kind: Kind::Secret,
        mode,
        store,
        role: Some(Role::Storefront),
        scopes: Role::Storefront.scopes().iter().copied().collect(),
        digest: plain.digest(),
        created_at: at(0),
        expires_at: Some(at(0) + seconds(3600)),
        history: History::default(),
    }
}

fn assert_same(found: &ApiKey, kept: &ApiKey) {
    let ApiKey { id, name, kind, mode, store, role, scopes, digest, .. } = kept;
    assert_eq!((&found.id, &found.name, found.kind), (id, name, *kind));
    assert_eq!((found.mode, found.store, found.role), (*mode, *store, *role));
    assert_eq!(&found.scopes, scopes);
    assert!(found.digest.matches(digest), "the digest");
    assert_eq!((found.created_at, found.expires_at), (kept.created_at, kept.expires_at));
    assert_eq!(found.history, kept.history);
}

async fn a_key_reads_back_whole(ports: &impl ApiKeys) {
    let key = key(Some(fresh_store()), Mode::Live);
    ports.create(&key).await.unwrap();
    assert_same(&ports.find(Mode::Live, &key.id).await.unwrap().unwrap(), &key);
}

async fn a_key_of_the_deployment_reads_back_too(ports: &impl ApiKeys) {
    let key = ApiKey {
        kind: Kind::Publishable,
        role: None,
        scopes: BTreeSet::from([Scope::StoresRead]),
        expires_at: None,
        ..key(None, Mode::Test)
    };
    ports.create(&key).await.unwrap();
    assert_same(&ports.find(Mode::Test, &key.id).await.unwrap().unwrap(), &key);
    let listed = ports.list(None, Mode::Test).await.unwrap();
    assert!(listed.iter().any(|other| other.id == key.id));
    let listed = ports.list(None, Mode::Live).await.unwrap();
    assert!(listed.iter().all(|other| other.id != key.id));
}

async fn an_unknown_key_is_not_found(ports: &impl ApiKeys) {
    let key = key(None, Mode::Test);
    assert!(ports.find(Mode::Test, &key.id).await.unwrap().is_none());
    ports.delete(&key).await.unwrap();
}

async fn a_key_is_found_in_its_own_mode_only(ports: &impl ApiKeys) {
    let key = key(Some(fresh_store()), Mode::Test);
    ports.create(&key).await.unwrap();
    assert!(ports.find(Mode::Live, &key.id).await.unwrap().is_none());
    assert!(ports.find(Mode::Test, &key.id).await.unwrap().is_some());
}

async fn a_deleted_key_is_gone(ports: &impl ApiKeys) {
    let store = fresh_store();
    let [gone, stays] = [(); 2].map(|()| key(Some(store), Mode::Test));
    ports.create(&gone).await.unwrap();
    ports.create(&stays).await.unwrap();
    ports.delete(&gone).await.unwrap();
    assert!(ports.find(Mode::Test, &gone.id).await.unwrap().is_none());
    assert_eq!(ids(ports, Some(store), Mode::Test).await, [stays.id]);
}

async fn keys_are_listed_by_store_and_mode(ports: &impl ApiKeys) {
    let [store, other] = [(); 2].map(|()| fresh_store());
    let mut own = [(); 2].map(|()| key(Some(store), Mode::Test));
    own.sort_by_key(|key| key.id.to_string());
    for key in &own {
        ports.create(key).await.unwrap();
    }
    let live = key(Some(store), Mode::Live);
    let others = key(Some(other), Mode::Test);
    ports.create(&live).await.unwrap();
    ports.create(&others).await.unwrap();
    assert_eq!(ids(ports, Some(store), Mode::Test).await, own.map(|key| key.id));
    assert_eq!(ids(ports, Some(store), Mode::Live).await, [live.id]);
    assert_eq!(ids(ports, Some(other), Mode::Test).await, [others.id]);
    assert_eq!(ids(ports, Some(other), Mode::Live).await, []);
}

/// The key that takes over from this one.
fn next(old: &ApiKey) -> ApiKey {
    let history = History { replaces: Some(old.id.clone()), ..History::default() };
    ApiKey { history, ..key(old.store, old.mode) }
}

async fn a_rotation_keeps_both_halves(ports: &impl ApiKeys) {
    let old = key(Some(fresh_store()), Mode::Live);
    let new = next(&old);
    ports.create(&old).await.unwrap();
    // A cache that knows the key must not hide that it ends.
    ports.find(Mode::Live, &old.id).await.unwrap();
    assert!(ports.rotate(&new, &old.id, at(60_000)).await.unwrap());
    assert_same(&ports.find(Mode::Live, &new.id).await.unwrap().unwrap(), &new);
    let found = ports.find(Mode::Live, &old.id).await.unwrap().unwrap();
    let history = (found.history.retires_at, found.history.rotated_to.clone());
    assert_eq!(history, (Some(at(60_000)), Some(new.id.clone())));
    assert_eq!((found.expires_at, found.ends_at()), (old.expires_at, Some(at(60_000))));
    assert_eq!(ports.list(old.store, Mode::Live).await.unwrap().len(), 2);
}

async fn a_rotation_that_cannot_end_the_old_key_makes_no_new_one(ports: &impl ApiKeys) {
    let old = key(Some(fresh_store()), Mode::Test);
    let of_nobody = next(&old);
    assert!(!ports.rotate(&of_nobody, &old.id, at(0)).await.unwrap(), "there is no old key");
    ports.create(&old).await.unwrap();
    let [first, sooner, later] = [(); 3].map(|()| next(&old));
    assert!(ports.rotate(&first, &old.id, at(60_000)).await.unwrap());
    assert!(ports.rotate(&sooner, &old.id, at(30_000)).await.unwrap(), "an end may come forward");
    assert!(!ports.rotate(&later, &old.id, at(30_001)).await.unwrap(), "and never goes back");
    let found = ports.find(Mode::Test, &old.id).await.unwrap().unwrap();
    assert_eq!(found.ends_at(), Some(at(30_000)));
    for key in [of_nobody, later] {
        assert!(ports.find(Mode::Test, &key.id).await.unwrap().is_none());
    }
    assert_eq!(ports.list(old.store, Mode::Test).await.unwrap().len(), 3);
}

async fn the_last_day_of_use_moves_forward_only(ports: &impl ApiKeys) {
    let key = key(Some(fresh_store()), Mode::Test);
    ports.used(&key, jiff::civil::date(2027, 1, 1)).await.unwrap();
    assert!(ports.find(Mode::Test, &key.id).await.unwrap().is_none(), "no key comes of it");
    ports.create(&key).await.unwrap();
    for day in [2, 3, 1] {
        ports.used(&key, jiff::civil::date(2027, 1, day)).await.unwrap();
        ports.forget_key(Mode::Test, &key.id);
        let found = ports.find(Mode::Test, &key.id).await.unwrap().unwrap();
        let latest = jiff::civil::date(2027, 1, if day == 2 { 2 } else { 3 });
        assert_eq!(found.history.last_used_day, Some(latest));
        ports.used(&key, latest).await.unwrap();
        let known = ports.find(Mode::Test, &key.id).await.unwrap().unwrap();
        assert_eq!(known.history.last_used_day, Some(latest), "a cache knows, too");
    }
}

async fn ids(ports: &impl ApiKeys, store: Option<StoreId>, mode: Mode) -> Vec<KeyId> {
    let listed = ports.list(store, mode).await.unwrap();
    let mut ids: Vec<_> = listed.into_iter().map(|key| key.id).collect();
    ids.sort_by_key(ToString::to_string);
    ids
}
