//! A key gives its place to a new one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use doorstep_domain::{
    Mode,
    access::{ApiKey, History, Kind, Role},
    ports::{ApiKeys, Clock},
    rotate::{RotateError, rotate},
    token::PlainKey,
};
use doorstep_fakes::{Memory, Seeded, sample::STORE, together};
use jiff::SignedDuration;

fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

async fn kept(ports: &Memory, kind: Kind, role: Role, seed: u64) -> ApiKey {
    let plain = PlainKey::random(kind, Mode::Live, &Seeded::new(seed));
    let key = ApiKey {
        id: plain.id().clone(),
        name: "The shop's server".to_owned(),
        kind,
        mode: Mode::Live,
        store: Some(STORE),
        role: Some(role),
        scopes: role.scopes().iter().copied().collect(),
        digest: plain.digest(),
        created_at: ports.now(),
        expires_at: None,
        history: History::default(),
    };
    ports.create(&key).await.unwrap();
    key
}

async fn now(ports: &Memory, key: &ApiKey) -> ApiKey {
    (*ports.find(key.mode, &key.id).await.unwrap().unwrap()).clone()
}

#[tokio::test]
async fn the_new_key_is_like_the_old_one_and_both_work_for_a_while() {
    for kind in [Kind::Secret, Kind::Publishable] {
        let ports = Memory::default();
        let owner = kept(&ports, Kind::Secret, Role::Owner, 11).await;
        let old = kept(&ports, kind, Role::Storefront, 12).await;
        let rotated = rotate(&ports, &owner, &old, hours(2)).await.unwrap();
        let new = now(&ports, &rotated.key).await;
        let like = |key: &ApiKey| {
            (key.kind, key.mode, key.store, key.role, key.name.clone(), key.expires_at)
        };
        assert_eq!((like(&new), &new.scopes), (like(&old), &old.scopes));
        assert!(new.id != old.id && new.digest.matches(&rotated.plain.digest()));
        assert_eq!(new.history.replaces, Some(old.id.clone()));
        assert_eq!(now(&ports, &old).await.history.rotated_to, Some(new.id.clone()));
        ports.clock.pass(hours(2) - SignedDuration::from_millis(1));
        assert!(now(&ports, &old).await.is_live(ports.now()));
        ports.clock.pass(SignedDuration::from_millis(1));
        assert!(!now(&ports, &old).await.is_live(ports.now()) && new.is_live(ports.now()));
    }
}

#[tokio::test]
async fn no_overlap_ends_the_old_key_at_once() {
    let ports = Memory::default();
    let old = kept(&ports, Kind::Secret, Role::Owner, 11).await;
    rotate(&ports, &old, &old, hours(0)).await.unwrap();
    assert!(!now(&ports, &old).await.is_live(ports.now()));
    let again = rotate(&ports, &old, &old, hours(0)).await;
    assert!(matches!(again, Err(RotateError::Gone)), "{again:?}");
}

#[tokio::test]
async fn an_end_only_ever_moves_forward() {
    let ports = Memory::default();
    let owner = kept(&ports, Kind::Secret, Role::Owner, 11).await;
    let old = kept(&ports, Kind::Secret, Role::Storefront, 12).await;
    let soon = ports.now() + hours(1);
    for (overlap, end) in [(24, ports.now() + hours(24)), (1, soon), (48, soon)] {
        let rotated = rotate(&ports, &owner, &old, hours(overlap)).await.unwrap();
        assert_eq!(rotated.old_ends_at, end);
        assert_eq!(now(&ports, &old).await.ends_at(), Some(end));
        assert_eq!(rotated.key.expires_at, None, "the new key has what the old one was made with");
    }
}

#[tokio::test]
async fn a_key_that_expires_does_not_live_longer_for_being_rotated() {
    let ports = Memory::default();
    let owner = kept(&ports, Kind::Secret, Role::Owner, 11).await;
    let end = Some(ports.now() + hours(1));
    let plain = PlainKey::random(Kind::Secret, Mode::Live, &Seeded::new(13));
    let (id, digest) = (plain.id().clone(), plain.digest());
    let old = ApiKey { id, digest, expires_at: end, ..owner.clone() };
    ports.create(&old).await.unwrap();
    let rotated = rotate(&ports, &owner, &old, hours(24)).await.unwrap();
    assert_eq!((Some(rotated.old_ends_at), rotated.key.expires_at), (end, end));
}

#[tokio::test]
async fn nobody_rotates_a_key_that_it_could_not_make() {
    let ports = Memory::default();
    let owner = kept(&ports, Kind::Secret, Role::Owner, 11).await;
    let weak = kept(&ports, Kind::Secret, Role::Developer, 12).await;
    let refused = rotate(&ports, &weak, &owner, hours(1)).await;
    assert!(matches!(refused, Err(RotateError::Mightier)), "{refused:?}");
    // A stolen key that was rotated must not live on as a key of its own.
    rotate(&ports, &owner, &owner, hours(1)).await.unwrap();
    let refused = rotate(&ports, &owner, &owner, hours(1)).await;
    assert!(matches!(refused, Err(RotateError::Mightier)), "{refused:?}");
    assert_eq!(ports.list(Some(STORE), Mode::Live).await.unwrap().len(), 3);
}

#[tokio::test]
async fn rotations_at_once_leave_no_key_without_an_end() {
    let ports = Memory::default();
    let owner = kept(&ports, Kind::Secret, Role::Owner, 11).await;
    let old = kept(&ports, Kind::Secret, Role::Storefront, 12).await;
    let calls = (1..=8).map(|n| rotate(&ports, &owner, &old, hours(n)));
    let done = together(calls).await;
    let made = done.iter().filter(|rotated| rotated.is_ok()).count();
    assert!(made >= 1);
    assert_eq!(ports.list(Some(STORE), Mode::Live).await.unwrap().len(), 2 + made);
    assert!(now(&ports, &old).await.ends_at() <= Some(ports.now() + hours(8)));
}
