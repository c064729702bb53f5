//! Links: one try of a match, and what a proof does to the phone's record.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    id::UserId,
    keys::DataKeys,
    link::Match,
    ports::{Attempts, Confirmations, Phones},
    signup::{Created, Method, RegistrationAttempt, Tried},
    tries::{Counted, IN_A_ROW, PhoneRecord, Try},
};

use super::{at, attempt};
use crate::{
    sample::{fresh_keys, fresh_store, keys_of},
    together,
};

const USER: UserId = UserId::from_bits(0xada);

/// What [`Confirmations`] promises.
pub async fn confirmations(ports: &(impl Attempts + Phones + Confirmations)) {
    a_link_reads_back_as_one(ports).await;
    the_same_digits_have_the_try_again_and_others_never(ports).await;
    of_many_digits_at_once_one_pair_has_the_try(ports).await;
    only_a_pending_signup_of_this_mode_is_tried(ports).await;
    a_proof_ends_the_row_and_keeps_the_tries(ports).await;
    a_proof_reserves_the_user_where_there_is_none(ports).await;
}

async fn link(ports: &impl Attempts, keys: &DataKeys, name: &str) -> RegistrationAttempt {
    let attempt = RegistrationAttempt {
        method: Method::Link,
        return_url: None,
        ..attempt(keys, name, at(0))
    };
    assert!(matches!(ports.create(keys, &attempt).await.unwrap(), Created::New));
    attempt
}

fn tried(keys: &DataKeys, of: &RegistrationAttempt, digits: u8, time: i64) -> Tried {
    let typed = Match::parse(&format!("{digits:02}")).unwrap();
    Tried { at: at(time), what: keys.match_fingerprint(of.id, &typed) }
}

async fn stored(ports: &impl Attempts, keys: &DataKeys, of: &RegistrationAttempt) -> Option<Tried> {
    Attempts::find(ports, keys, of.id).await.unwrap().unwrap().tried
}

async fn a_link_reads_back_as_one(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Live);
    let link = link(ports, &keys, "link").await;
    let found = Attempts::find(ports, &keys, link.id).await.unwrap().unwrap();
    assert_eq!((found.method, found.return_url, found.tried), (Method::Link, None, None));
}

async fn the_same_digits_have_the_try_again_and_others_never(
    ports: &(impl Attempts + Confirmations),
) {
    let keys = fresh_keys(Mode::Test);
    let link = link(ports, &keys, "once").await;
    let first = tried(&keys, &link, 42, 1);
    assert!(ports.try_match(&keys, link.id, &first).await.unwrap());
    for (digits, has_it) in [(43, false), (42, true), (7, false)] {
        let later = tried(&keys, &link, digits, 2);
        assert_eq!(ports.try_match(&keys, link.id, &later).await.unwrap(), has_it, "{digits}");
    }
    assert_eq!(stored(ports, &keys, &link).await, Some(first), "the first time stays");
}

async fn of_many_digits_at_once_one_pair_has_the_try(ports: &(impl Attempts + Confirmations)) {
    let keys = fresh_keys(Mode::Test);
    let link = link(ports, &keys, "at once").await;
    let all: Vec<_> = (0..12).map(|digits| tried(&keys, &link, digits, 1)).collect();
    let answers = together(all.iter().map(|one| ports.try_match(&keys, link.id, one))).await;
    let had: Vec<_> = all.iter().zip(answers).filter(|(_, had)| *had.as_ref().unwrap()).collect();
    let [(one, _)] = had.as_slice() else { panic!("{} had the try", had.len()) };
    assert_eq!(stored(ports, &keys, &link).await.as_ref(), Some(*one));
}

async fn only_a_pending_signup_of_this_mode_is_tried(ports: &(impl Attempts + Confirmations)) {
    let store = fresh_store();
    let [test, live] = [Mode::Test, Mode::Live].map(|mode| Arc::new(keys_of(store, mode)));
    let link = link(ports, &test, "over").await;
    let one = tried(&test, &link, 42, 1);
    assert!(!ports.try_match(&live, link.id, &one).await.unwrap());
    assert!(Attempts::find(ports, &live, link.id).await.unwrap().is_none(), "nothing is made");
    ports.lock(&test, link.id, at(2)).await.unwrap();
    assert!(!ports.try_match(&test, link.id, &one).await.unwrap());
    assert_eq!(stored(ports, &test, &link).await, None);
}

async fn a_proof_ends_the_row_and_keeps_the_tries(ports: &(impl Phones + Confirmations)) {
    let keys = fresh_keys(Mode::Test);
    let of = attempt(&keys, "row", at(0));
    ports.remember(&keys, &of.phone_index, of.id).await.unwrap();
    let this = Try { signup: of.id, at: at(0) };
    ports.count(&keys, &of.phone_index, &this, 5, USER).await.unwrap();
    let found = Phones::find(ports, &keys, &of.phone_index).await.unwrap();
    let disabled = PhoneRecord { row: IN_A_ROW, ..found.clone() };
    assert!(ports.settle(&keys, &of.phone_index, (&found, &disabled)).await.unwrap());
    let before = Phones::find(ports, &keys, &of.phone_index).await.unwrap();

    let other = UserId::from_bits(0xbad);
    assert_eq!(ports.prove(&keys, &of.phone_index, other).await.unwrap(), USER);
    let after = Phones::find(ports, &keys, &of.phone_index).await.unwrap();
    assert_ne!(after.revision, before.revision, "who read the row before must not write it back");
    assert!(!ports.settle(&keys, &of.phone_index, (&before, &before)).await.unwrap());
    assert_eq!(after, PhoneRecord { row: 0, revision: after.revision, ..before });
    let again = ports.count(&keys, &of.phone_index, &this, 5, USER).await.unwrap();
    assert!(matches!(again, Counted::Yes { number: 2, .. }), "{again:?}");
}

async fn a_proof_reserves_the_user_where_there_is_none(ports: &(impl Phones + Confirmations)) {
    let keys = fresh_keys(Mode::Live);
    let of = attempt(&keys, "user", at(0));
    let users = [USER, UserId::from_bits(0xbad)];
    let proofs = users.map(|user| ports.prove(&keys, &of.phone_index, user));
    let answers: Vec<_> = together(proofs).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers[0], answers[1]);
    let found = Phones::find(ports, &keys, &of.phone_index).await.unwrap();
    assert_eq!(found.user, Some(answers[0]));
}
