//! Phones: tries counted before a code is compared, and never more than allowed.

use doorstep_domain::{
    Mode,
    cap::Planned,
    id::{MessageId, SignupId, UserId},
    keys::{DataKeys, PhoneIndex},
    phone::PhoneNumber,
    ports::Phones,
    tries::{Counted, IN_A_ROW, PER_WINDOW, PhoneRecord, Try},
};

use super::at;
use crate::{
    sample::{fresh_keys, fresh_store, keys_of},
    together,
};

const USER: UserId = UserId::from_bits(0xada);

/// What [`Phones`] promises.
pub async fn phones(ports: &impl Phones) {
    an_unknown_phone_has_an_empty_record(ports).await;
    the_newest_twenty_signups_are_remembered_once_each(ports).await;
    the_newest_twenty_letters_are_remembered_once_each(ports).await;
    a_signup_has_as_many_tries_as_its_limit(ports).await;
    a_phone_has_fourteen_tries_whatever_the_signup(ports).await;
    twenty_tries_at_once_count_five(ports).await;
    the_first_try_reserves_the_user(ports).await;
    tries_are_settled_at_exactly_the_revision_that_was_read(ports).await;
    a_hundred_in_a_row_are_the_last(ports).await;
    a_row_may_end_while_its_tries_stay(ports).await;
    modes_do_not_share_a_phone(ports).await;
    marketing_is_planned_on_what_was_read(ports).await;
}

async fn marketing_is_planned_on_what_was_read(ports: &impl Phones) {
    let keys = fresh_keys(Mode::Test);
    let phone = index(&keys);
    let text = |bits: u128| Planned { message: MessageId::derived(bits), at: at(1_000) };
    let (one, two) = ([text(1)], [text(1), text(2)]);
    assert!(ports.plan(&keys, &phone, (&[], &one)).await.unwrap());
    assert!(!ports.plan(&keys, &phone, (&[], &two)).await.unwrap(), "another was faster");
    assert_eq!(find(ports, &keys).await.marketing, one);
    assert!(ports.plan(&keys, &phone, (&one, &two)).await.unwrap());
    assert_eq!(find(ports, &keys).await.marketing, two);
    assert!(ports.plan(&keys, &phone, (&two, &[])).await.unwrap());
    assert!(ports.plan(&keys, &phone, (&[], &one)).await.unwrap());
}

fn index(keys: &DataKeys) -> PhoneIndex {
    keys.phone_index(&PhoneNumber::parse("+447700900123", None, Mode::Test).unwrap())
}

fn signup(number: u8) -> SignupId {
    SignupId::derived(u128::from(number) << 4)
}

async fn find(ports: &impl Phones, keys: &DataKeys) -> PhoneRecord {
    ports.find(keys, &index(keys)).await.unwrap()
}

/// Keys of a store where `signups` sign-ups are remembered for the phone.
async fn phone_with(ports: &impl Phones, signups: u8) -> std::sync::Arc<DataKeys> {
    let keys = fresh_keys(Mode::Test);
    for number in 0..signups {
        ports.remember(&keys, &index(&keys), signup(number)).await.unwrap();
    }
    keys
}

async fn tries(ports: &impl Phones, keys: &DataKeys, of: u8, time: i64) -> Counted {
    let this = Try { signup: signup(of), at: at(time) };
    ports.count(keys, &index(keys), &this, 5, USER).await.unwrap()
}

fn number(counted: &Counted) -> Option<u8> {
    match counted {
        Counted::Yes { number, .. } => Some(*number),
        Counted::No(_) => None,
    }
}

async fn an_unknown_phone_has_an_empty_record(ports: &impl Phones) {
    let keys = fresh_keys(Mode::Test);
    assert_eq!(find(ports, &keys).await, PhoneRecord::default());
}

async fn the_newest_twenty_signups_are_remembered_once_each(ports: &impl Phones) {
    let keys = fresh_keys(Mode::Test);
    for number in [0, 1, 0, 2, 2, 1] {
        ports.remember(&keys, &index(&keys), signup(number)).await.unwrap();
    }
    assert_eq!(find(ports, &keys).await.signups, [0, 1, 2].map(signup));
    for number in 3..23 {
        ports.remember(&keys, &index(&keys), signup(number)).await.unwrap();
        ports.remember(&keys, &index(&keys), signup(number)).await.unwrap();
    }
    let newest: Vec<_> = (3..23).map(signup).collect();
    assert_eq!(find(ports, &keys).await.signups, newest);
}

async fn the_newest_twenty_letters_are_remembered_once_each(ports: &impl Phones) {
    let keys = phone_with(ports, 1).await;
    for number in (0..22).chain([21, 20]) {
        let letter = MessageId::derived(number);
        ports.remember_letter(&keys, &index(&keys), letter).await.unwrap();
    }
    let found = find(ports, &keys).await;
    assert_eq!(found.letters, (2..22).map(MessageId::derived).collect::<Vec<_>>());
    assert_eq!(found.signups, [signup(0)]);
}

async fn a_signup_has_as_many_tries_as_its_limit(ports: &impl Phones) {
    let keys = phone_with(ports, 2).await;
    for time in 0..5_u8 {
        let counted = tries(ports, &keys, 0, time.into()).await;
        assert_eq!(number(&counted), Some(time + 1));
    }
    let Counted::No(record) = tries(ports, &keys, 0, 5).await else {
        panic!("a sixth try was counted");
    };
    let five = (0..5).map(|time| Try { signup: signup(0), at: at(time) });
    assert_eq!(record.tries, five.collect::<Vec<_>>(), "a refusal tells every try, oldest first");
    assert_eq!((record.row, record.user), (5, Some(USER)));
    assert_eq!(*record, find(ports, &keys).await, "a refusal writes nothing");
    assert_eq!(number(&tries(ports, &keys, 1, 6).await), Some(1), "another sign-up's first");
}

async fn a_phone_has_fourteen_tries_whatever_the_signup(ports: &impl Phones) {
    let keys = phone_with(ports, 15).await;
    for of in 0..14 {
        assert_eq!(number(&tries(ports, &keys, of, of.into()).await), Some(1));
    }
    let Counted::No(record) = tries(ports, &keys, 14, 14).await else {
        panic!("a fifteenth try was counted");
    };
    assert_eq!(record.tries.len(), PER_WINDOW);
    assert_eq!((record.signups.len(), record.row), (15, 14));
}

async fn twenty_tries_at_once_count_five(ports: &impl Phones) {
    let keys = phone_with(ports, 1).await;
    let counted = together((0..20).map(|time| tries(ports, &keys, 0, time))).await;
    let mut numbers: Vec<_> = counted.iter().filter_map(number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(find(ports, &keys).await.tries.len(), 5);
}

async fn the_first_try_reserves_the_user(ports: &impl Phones) {
    let keys = phone_with(ports, 2).await;
    assert_eq!(find(ports, &keys).await.user, None, "nothing is reserved before a try");
    tries(ports, &keys, 0, 0).await;
    let later = Try { signup: signup(1), at: at(1) };
    let other = UserId::from_bits(0xbad);
    let counted = ports.count(&keys, &index(&keys), &later, 5, other).await.unwrap();
    assert_eq!(counted, Counted::Yes { number: 1, user: USER });
    assert_eq!(find(ports, &keys).await.user, Some(USER));
}

async fn tries_are_settled_at_exactly_the_revision_that_was_read(ports: &impl Phones) {
    let keys = phone_with(ports, 2).await;
    for (of, time) in [(0, 0), (0, 1), (1, 2)] {
        tries(ports, &keys, of, time).await;
    }
    let read = find(ports, &keys).await;
    let mut settled = PhoneRecord { row: 1, ..read.clone() };
    settled.tries.remove(0);
    tries(ports, &keys, 1, 3).await;
    assert!(
        !ports.settle(&keys, &index(&keys), (&read, &settled)).await.unwrap(),
        "a try was lost"
    );
    let full = find(ports, &keys).await;
    settled = full.clone();
    (settled.row, _) = (1, settled.tries.remove(0));
    assert!(ports.settle(&keys, &index(&keys), (&full, &settled)).await.unwrap());
    assert!(!ports.settle(&keys, &index(&keys), (&full, &settled)).await.unwrap(), "settled twice");
    let found = find(ports, &keys).await;
    assert_ne!(found.revision, settled.revision);
    assert_eq!(PhoneRecord { revision: settled.revision, ..found }, settled);
    let counted = tries(ports, &keys, 0, 4).await;
    assert_eq!(number(&counted), Some(2), "a try that was settled away is no longer counted");
}

async fn a_hundred_in_a_row_are_the_last(ports: &impl Phones) {
    let keys = phone_with(ports, 1).await;
    tries(ports, &keys, 0, 0).await;
    let full = find(ports, &keys).await;
    let nearly = PhoneRecord { row: IN_A_ROW - 1, ..full.clone() };
    assert!(ports.settle(&keys, &index(&keys), (&full, &nearly)).await.unwrap());
    assert_eq!(number(&tries(ports, &keys, 0, 1).await), Some(2), "the hundredth");
    let refused = tries(ports, &keys, 0, 2).await;
    assert!(matches!(&refused, Counted::No(record) if record.row == IN_A_ROW), "{refused:?}");
}

async fn a_row_may_end_while_its_tries_stay(ports: &impl Phones) {
    let keys = phone_with(ports, 2).await;
    for (of, time) in [(0, 1), (1, 2), (1, 3)] {
        tries(ports, &keys, of, time).await;
    }
    let known = find(ports, &keys).await;
    let ended = PhoneRecord { row: 0, ..known.clone() };
    assert!(ports.settle(&keys, &index(&keys), (&known, &ended)).await.unwrap());
    let found = find(ports, &keys).await;
    assert_eq!((found.row, found.tries), (0, known.tries));
    let counted = tries(ports, &keys, 1, 4).await;
    assert_eq!(number(&counted), Some(3), "a sign-up's tries stay counted");
}

async fn modes_do_not_share_a_phone(ports: &impl Phones) {
    let store = fresh_store();
    let [test, live] = [Mode::Test, Mode::Live].map(|mode| keys_of(store, mode));
    let phone = index(&test);
    ports.remember(&test, &phone, signup(0)).await.unwrap();
    let found = ports.find(&live, &phone).await.unwrap();
    assert_eq!(found, PhoneRecord::default());
}
