//! Users, and what they agreed to: known once their number is proven.

use doorstep_domain::{
    Mode,
    consent::{Door, Event, Linked, after, intact},
    id::UserId,
    ports::{Attempts, Ledger, Messages, Users},
};

use super::{at, attempts::create, prover::Prover, seconds};
use crate::sample::fresh_keys;

/// What [`Users`] and [`Ledger`] promise.
pub async fn users(ports: &(impl Attempts + Users + Ledger + Messages)) {
    a_stranger_is_nobody_and_agreed_to_nothing(ports).await;
    a_registered_user_has_a_number_and_a_say(ports).await;
    a_welcome_is_written_with_the_registration_and_once(ports).await;
}

async fn a_stranger_is_nobody_and_agreed_to_nothing(ports: &(impl Users + Ledger)) {
    let (keys, stranger) = (fresh_keys(Mode::Test), UserId::from_bits(7));
    assert!(Users::find(ports, &keys, stranger).await.unwrap().is_none());
    assert!(ports.entries(&keys, stranger).await.unwrap().is_empty());
}

async fn a_registered_user_has_a_number_and_a_say(ports: &(impl Attempts + Users + Ledger)) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "user").await;
    let user = prover.types_the_code(&keys, &pending).await.unwrap().user;
    let found = Users::find(ports, &keys, user).await.unwrap().unwrap();
    assert_eq!((found.id, &found.phone), (user, &pending.phone));
    let entries = ports.entries(&keys, user).await.unwrap();
    let said = |linked: &Linked| {
        let entry = &linked.entry;
        assert_eq!((entry.event, entry.door, entry.user), (Event::Granted, Door::Code, user));
        assert_eq!((entry.channel.as_str(), entry.occurred_at), ("sms", pending.created_at));
        assert_eq!(entry.recorded_at, at(0) + seconds(1));
        assert_eq!(entry.signup, Some(pending.id));
        entry.purpose.clone()
    };
    let mut purposes: Vec<_> = entries.iter().map(said).collect();
    purposes.sort();
    assert_eq!(purposes, ["marketing", "terms"]);
    assert_eq!(after(&entries), 2);
    assert!(intact(&keys, &entries));
}

async fn a_welcome_is_written_with_the_registration_and_once(
    ports: &(impl Attempts + Messages + Ledger),
) {
    let (keys, mut prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    prover.welcomes(keys.scope(), "Hello {{ name }}, {{ store }} knows you now.").await;
    let pending = create(ports, &keys, "welcome").await;
    let welcome = [pending.id.welcome()];
    assert!(Messages::find(ports, &keys, &welcome).await.unwrap().is_empty());
    let done = prover.types_the_code(&keys, &pending).await.unwrap();
    let found = Messages::find(ports, &keys, &welcome).await.unwrap().pop().unwrap();
    let doorstep_domain::message::About::Letter(letter) = found.about else {
        panic!("it belongs to a sign-up")
    };
    assert_eq!(letter.text, "Hello Ada Lovelace, Corner Shop knows you now.");
    assert_eq!((letter.user, &letter.to), (Some(done.user), &pending.phone));
    assert_eq!(prover.registered(), (1, 2));
}
