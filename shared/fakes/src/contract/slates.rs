//! The guards' records: replaced as a whole, each revision once.

use doorstep_domain::{
    Mode,
    guard::{Replaced, Slate, SlateKey, SlateKind},
    ports::{Attempts, Slates},
};
use jiff::Timestamp;

use super::{at, attempt};
use crate::{
    sample::{fresh_keys, fresh_store},
    together,
};

/// What [`Slates`] promises.
pub async fn slates(ports: &(impl Slates + Attempts)) {
    what_nobody_wrote_is_empty(ports).await;
    a_record_is_found_as_it_was_written(ports).await;
    a_stale_revision_changes_nothing(ports).await;
    the_same_change_by_somebody_else_is_a_conflict(ports).await;
    of_changes_at_once_one_wins(ports).await;
    a_signup_is_found_in_the_same_look(ports).await;
}

fn key(kind: SlateKind) -> SlateKey {
    SlateKey { scope: (fresh_store(), Mode::Live), kind, id: "1.ab".to_owned() }
}

fn next(before: &Slate, byte: u8) -> Slate {
    before.next(vec![byte; 3], Timestamp::from_second(4_000_000_000).unwrap())
}

async fn look(ports: &impl Slates, key: &SlateKey) -> Slate {
    ports.look(None, std::slice::from_ref(key)).await.unwrap().1.pop().unwrap()
}

async fn what_nobody_wrote_is_empty(ports: &impl Slates) {
    let (attempt, found) = ports.look(None, &[]).await.unwrap();
    assert!(attempt.is_none() && found.is_empty());
    assert_eq!(look(ports, &key(SlateKind::Book)).await, Slate::EMPTY);
}

async fn a_record_is_found_as_it_was_written(ports: &impl Slates) {
    let kinds = [SlateKind::Prefix, SlateKind::Source, SlateKind::Session, SlateKind::Book];
    let keys = kinds.map(key);
    for (byte, key) in (1..).zip(&keys) {
        let news = (byte % 2 == 0).then_some("budget.threshold");
        assert_eq!(ports.replace(key, &next(&Slate::EMPTY, byte), news).await, Ok(Replaced::Yes));
    }
    let (_, found) =
        ports.look(None, &[&keys[..], &[key(SlateKind::Book)]].concat()).await.unwrap();
    let written: Vec<_> = (1..5).map(|byte| next(&Slate::EMPTY, byte)).collect();
    assert_eq!(found, [&written[..], &[Slate::EMPTY]].concat(), "in the order of the keys");
}

async fn a_stale_revision_changes_nothing(ports: &impl Slates) {
    let key = key(SlateKind::Prefix);
    let first = next(&Slate::EMPTY, 1);
    assert_eq!(ports.replace(&key, &first, None).await, Ok(Replaced::Yes));
    let stale = next(&Slate::EMPTY, 2);
    assert_eq!(ports.replace(&key, &stale, None).await, Ok(Replaced::Conflict(first.clone())));
    let ahead = Slate { revision: 9, ..stale };
    assert_eq!(ports.replace(&key, &ahead, None).await, Ok(Replaced::Conflict(first.clone())));
    assert_eq!(look(ports, &key).await, first);
}

async fn the_same_change_by_somebody_else_is_a_conflict(ports: &impl Slates) {
    let key = key(SlateKind::Book);
    let change = next(&Slate::EMPTY, 1);
    assert_eq!(ports.replace(&key, &change, None).await, Ok(Replaced::Yes));
    assert_eq!(ports.replace(&key, &change, None).await, Ok(Replaced::Conflict(change)));
}

async fn of_changes_at_once_one_wins(ports: &impl Slates) {
    let key = key(SlateKind::Book);
    let changes: Vec<_> = (0..6).map(|byte| next(&Slate::EMPTY, byte)).collect();
    let answers = together(changes.iter().map(|slate| ports.replace(&key, slate, None))).await;
    assert_eq!(answers.into_iter().filter(|answer| *answer == Ok(Replaced::Yes)).count(), 1);
}

async fn a_signup_is_found_in_the_same_look(ports: &(impl Slates + Attempts)) {
    let keys = fresh_keys(Mode::Live);
    let attempt = attempt(&keys, "one", at(0));
    ports.create(&keys, &attempt).await.unwrap();
    let key = key(SlateKind::Prefix);
    ports.replace(&key, &next(&Slate::EMPTY, 1), None).await.unwrap();
    let wanted = [key];
    let (found, slates) = ports.look(Some((&keys, attempt.id)), &wanted).await.unwrap();
    assert_eq!((found.unwrap().id, slates[0].revision), (attempt.id, 1));
    let (found, slates) = ports.look(Some((&keys, keys.signup_id("two"))), &wanted).await.unwrap();
    assert!(found.is_none() && slates[0].revision == 1);
}
