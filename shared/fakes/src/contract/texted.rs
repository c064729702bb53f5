//! Suppressions: what shoppers' own texts change, in whatever order they come.

use doorstep_domain::{
    Mode,
    id::MessageId,
    keys::{DataKeys, PhoneIndex},
    ports::{Phones, Suppressions},
};
use jiff::SignedDuration;

use super::at;
use crate::{
    sample::{fresh_keys, phone},
    together,
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What [`Suppressions`] promises of STOP, START and answers.
pub async fn texted(ports: &(impl Phones + Suppressions)) {
    a_stop_holds_until_a_later_start(ports).await;
    a_stop_overtaken_by_a_start_changes_nothing(ports).await;
    a_start_overtaken_by_a_stop_changes_nothing(ports).await;
    a_stop_overtaken_by_an_objection_leaves_it_as_late_as_it_is(ports).await;
    stops_at_once_are_one(ports).await;
    a_number_is_answered_once_a_day(ports).await;
    of_answers_at_once_one_is_reserved(ports).await;
}

fn index(keys: &DataKeys) -> PhoneIndex {
    keys.phone_index(&phone())
}

async fn stops(ports: &(impl Phones + Suppressions), keys: &DataKeys, second: i64) -> bool {
    ports.suppress(keys, &index(keys), at(second), "00-trace").await.unwrap()
}

async fn starts(ports: &(impl Phones + Suppressions), keys: &DataKeys, second: i64) -> bool {
    ports.lift(keys, &index(keys), at(second)).await.unwrap()
}

async fn is_stopped(ports: &(impl Phones + Suppressions), keys: &DataKeys) -> bool {
    ports.find(keys, &index(keys)).await.unwrap().suppressed.is_some()
}

async fn a_stop_holds_until_a_later_start(ports: &(impl Phones + Suppressions)) {
    let keys = fresh_keys(Mode::Live);
    assert!(!starts(ports, &keys, 0).await, "nothing to lift");
    assert!(stops(ports, &keys, 1).await);
    assert!(!stops(ports, &keys, 1).await, "again");
    let found = ports.find(&keys, &index(&keys)).await.unwrap();
    assert_eq!(found.suppressed, Some(at(1)));
    assert!(starts(ports, &keys, 2).await);
    assert!(!starts(ports, &keys, 2).await, "again");
    let found = ports.find(&keys, &index(&keys)).await.unwrap();
    assert_eq!((found.suppressed, found.lifted), (None, Some(at(2))));
    assert!(!is_stopped(ports, &keys).await);
    assert!(stops(ports, &keys, 3).await, "another time");
    assert!(is_stopped(ports, &keys).await);
}

async fn a_stop_overtaken_by_a_start_changes_nothing(ports: &(impl Phones + Suppressions)) {
    let keys = fresh_keys(Mode::Live);
    stops(ports, &keys, 1).await;
    starts(ports, &keys, 2).await;
    assert!(!stops(ports, &keys, 1).await);
    assert!(!is_stopped(ports, &keys).await);
}

async fn a_start_overtaken_by_a_stop_changes_nothing(ports: &(impl Phones + Suppressions)) {
    let keys = fresh_keys(Mode::Live);
    stops(ports, &keys, 3).await;
    for second in [2, 3] {
        assert!(!starts(ports, &keys, second).await, "{second}");
    }
    assert!(is_stopped(ports, &keys).await);
}

async fn a_stop_overtaken_by_an_objection_leaves_it_as_late_as_it_is(
    ports: &(impl Phones + Suppressions),
) {
    for (objected, stopped) in [(5, 3), (5, 5), (3, 5)] {
        let keys = fresh_keys(Mode::Live);
        assert!(ports.object(&keys, &index(&keys), at(objected), "00-trace").await.unwrap());
        assert!(stops(ports, &keys, stopped).await);
        assert!(!stops(ports, &keys, stopped).await, "again");
        let found = ports.find(&keys, &index(&keys)).await.unwrap();
        assert_eq!((found.suppressed, found.objected), (Some(at(stopped)), Some(at(5))));
    }
}

async fn stops_at_once_are_one(ports: &(impl Phones + Suppressions)) {
    let keys = fresh_keys(Mode::Live);
    let stopped = together((0..6).map(|_| stops(ports, &keys, 1))).await;
    assert_eq!(stopped.into_iter().filter(|stopped| *stopped).count(), 1);
}

async fn a_number_is_answered_once_a_day(ports: &(impl Phones + Suppressions)) {
    let keys = fresh_keys(Mode::Live);
    let reserves = |message, at| {
        let (keys, phone) = (&keys, index(&keys));
        let message = MessageId::from_bits(message);
        async move { ports.reserve_reply(keys, &phone, message, at).await.unwrap() }
    };
    assert!(reserves(1, at(0)).await);
    assert!(reserves(1, at(0)).await, "the same, when it comes again");
    assert!(!reserves(2, at(1)).await);
    assert!(!reserves(2, at(-1) + DAY).await);
    assert!(reserves(2, at(0) + DAY).await);
    let found = ports.find(&keys, &index(&keys)).await.unwrap();
    assert_eq!(found.answered, Some(at(0) + DAY));
}

async fn of_answers_at_once_one_is_reserved(ports: &(impl Phones + Suppressions)) {
    let keys = fresh_keys(Mode::Live);
    let phone = index(&keys);
    let reserve =
        |message| ports.reserve_reply(&keys, &phone, MessageId::from_bits(message), at(0));
    let reserved = together((0..6).map(reserve)).await;
    assert_eq!(reserved.into_iter().filter(|reserved| *reserved == Ok(true)).count(), 1);
}
