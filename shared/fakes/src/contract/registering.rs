//! Registrations. Only a right code makes one: a [`Prover`] types it.

use doorstep_domain::{
    Mode,
    carrier::Channel,
    ports::{Attempts, Ledger},
    signup::{Send, State},
    verify::VerifyError,
};

use super::{
    at,
    attempts::{create, read},
    prover::Prover,
    seconds,
};
use crate::sample::fresh_keys;

pub(super) async fn a_signup_is_registered_once(ports: &(impl Attempts + Ledger)) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "register").await;
    let done = prover.types_the_code(&keys, &pending).await.unwrap();
    let once = read(ports, &keys, &pending).await.state;
    let (at, user, tries) = (at(0) + seconds(1), done.user, 1);
    assert_eq!(once, State::Verified { at, user, tries });
    prover.memory.clock.pass(seconds(1));
    let again = prover.types_the_code(&keys, &pending).await.unwrap();
    assert_eq!((again.user, again.at), (user, at));
    assert_eq!(read(ports, &keys, &pending).await.state, once);
    assert_eq!(
        prover.registered(),
        (1, 2),
        "it came three times at once; the ledger knew the second proof"
    );
}

pub(super) async fn a_registered_signup_is_neither_locked_nor_resent(
    ports: &(impl Attempts + Ledger),
) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "stays").await;
    prover.types_the_code(&keys, &pending).await.unwrap();
    let verified = read(ports, &keys, &pending).await.state;
    ports.lock(&keys, pending.id, at(9_000)).await.unwrap();
    let send = Send { at: at(60_000), request: None, channel: Channel::Sms };
    assert!(!ports.resend(&keys, &pending, &send).await.unwrap());
    let found = read(ports, &keys, &pending).await;
    assert_eq!((found.state, found.sends.len()), (verified, 1));
}

pub(super) async fn a_locked_signup_is_not_registered(ports: &(impl Attempts + Ledger)) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "locked").await;
    ports.lock(&keys, pending.id, at(0)).await.unwrap();
    let answer = prover.types_the_code(&keys, &pending).await;
    assert!(matches!(answer, Err(VerifyError::Exhausted(_))), "{answer:?}");
    assert_eq!(prover.registered(), (0, 3));
    assert_eq!(read(ports, &keys, &pending).await.state, State::Locked { at: at(0) });
}
