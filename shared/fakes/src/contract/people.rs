//! Shoppers whom a store brings along: never over what is known, never proven.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    id::UserId,
    keys::DataKeys,
    phone::PhoneNumber,
    ports::{Attempts, Ledger, People, Phones, Users},
    user::{Brought, Customer, User},
};

use super::{at, attempts::create, prover::Prover};
use crate::{sample::fresh_keys, together};

/// What [`People`] promises.
pub async fn people(ports: &(impl People + Phones + Users + Attempts + Ledger)) {
    a_number_has_one_user_however_often_it_is_brought(ports).await;
    who_is_brought_is_known_and_not_verified(ports).await;
    what_is_known_stays(ports).await;
    a_registered_user_is_found_by_the_stores_id(ports).await;
}

fn phone() -> PhoneNumber {
    PhoneNumber::parse("+447700900123", None, Mode::Test).unwrap()
}

fn brought(id: UserId, external_id: Option<&str>) -> Brought {
    Brought { id, phone: phone(), external_id: external_id.map(str::to_owned), at: at(0) }
}

async fn found(ports: &impl Users, keys: &DataKeys, id: UserId) -> User {
    ports.find(keys, id).await.unwrap().unwrap()
}

async fn known_as(ports: &impl People, keys: &Arc<DataKeys>, id: &str) -> Vec<UserId> {
    ports.known_as(keys, &keys.external_index(id)).await.unwrap()
}

async fn a_number_has_one_user_however_often_it_is_brought(ports: &(impl People + Phones)) {
    let keys = fresh_keys(Mode::Test);
    let index = keys.phone_index(&phone());
    let all = together((1..5).map(|n| ports.reserve(&keys, &index, UserId::from_bits(n)))).await;
    let first = *all[0].as_ref().unwrap();
    assert!(all.into_iter().all(|user| user.unwrap() == first));
    assert_eq!(Phones::find(ports, &keys, &index).await.unwrap().user, Some(first));
}

async fn who_is_brought_is_known_and_not_verified(ports: &(impl People + Users)) {
    let (keys, id) = (fresh_keys(Mode::Test), UserId::from_bits(0xb1));
    assert_eq!(known_as(ports, &keys, "c-1").await, []);
    for _ in 0..2 {
        ports.bring(&keys, &brought(id, Some("c-1"))).await.unwrap();
    }
    let user = found(ports, &keys, id).await;
    assert_eq!((&user.phone, user.verified_at, user.signup), (&phone(), None, None));
    assert_eq!(user.customer.external_id.as_deref(), Some("c-1"));
    assert_eq!(known_as(ports, &keys, "c-1").await, [id]);
    assert_eq!(known_as(ports, &fresh_keys(Mode::Test), "c-1").await, []);
}

async fn what_is_known_stays(ports: &(impl People + Users + Attempts + Ledger)) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "known").await;
    let user = prover.types_the_code(&keys, &pending).await.unwrap().user;
    let before = found(ports, &keys, user).await;
    assert!(before.verified_at.is_some() && before.first_verified_at == before.verified_at);
    assert_eq!(before.signup, Some(pending.id));
    ports.bring(&keys, &brought(user, Some("another"))).await.unwrap();
    let after = found(ports, &keys, user).await;
    assert!(before.brought_at.is_none() && after.brought_at.is_some());
    assert_eq!(after, User { brought_at: after.brought_at, ..before });
    assert_eq!(known_as(ports, &keys, "another").await, []);
}

async fn a_registered_user_is_found_by_the_stores_id(
    ports: &(impl People + Users + Attempts + Ledger),
) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "customer").await;
    let Customer { external_id, name, .. } = pending.customer.clone();
    let user = prover.types_the_code(&keys, &pending).await.unwrap().user;
    let found = found(ports, &keys, user).await;
    assert_eq!((&found.customer.external_id, &found.customer.name), (&external_id, &name));
    assert_eq!(known_as(ports, &keys, external_id.as_deref().unwrap()).await, [user]);
}
