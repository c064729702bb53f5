//! Sign-ups: created once, resent, locked and registered by conditional writes.

use doorstep_domain::{
    Mode,
    access::Kind,
    carrier::Channel,
    keys::DataKeys,
    ports::{Attempts, Ledger},
    signup::{Context, Created, RegistrationAttempt, Send, State},
    user::Customer,
};

use super::{at, attempt, lists, registering, seconds};
use crate::{
    sample::{fresh_keys, fresh_store, keys_of},
    together,
};

/// What [`Attempts`] promises.
pub async fn attempts(ports: &(impl Attempts + Ledger)) {
    nothing_is_there_before_it_is_created(ports).await;
    a_signup_is_created_once_and_reads_back_whole(ports).await;
    a_signup_that_tells_little_reads_back_too(ports).await;
    the_same_request_at_once_creates_one(ports).await;
    modes_do_not_see_each_other(ports).await;
    a_resend_follows_exactly_the_send_before(ports).await;
    only_a_pending_signup_is_locked_and_then_not_resent(ports).await;
    registering::a_signup_is_registered_once(ports).await;
    registering::a_registered_signup_is_neither_locked_nor_resent(ports).await;
    registering::a_locked_signup_is_not_registered(ports).await;
    lists::signups_are_listed_newest_first_page_by_page(ports).await;
    lists::a_new_signup_between_two_pages_repeats_none(ports).await;
    lists::a_cursor_that_somebody_made_up_is_no_fault(ports).await;
    lists::a_range_begins_with_from_and_ends_before_to(ports).await;
    lists::a_customer_has_their_signups_newest_first(ports).await;
    lists::a_number_has_its_signups_newest_first(ports).await;
}

pub(super) async fn read(
    ports: &impl Attempts,
    keys: &DataKeys,
    of: &RegistrationAttempt,
) -> RegistrationAttempt {
    ports.find(keys, of.id).await.unwrap().unwrap()
}

pub(super) async fn create(
    ports: &impl Attempts,
    keys: &DataKeys,
    name: &str,
) -> RegistrationAttempt {
    let attempt = attempt(keys, name, at(0));
    let created = ports.create(keys, &attempt).await.unwrap();
    assert!(matches!(created, Created::New), "{name}");
    attempt
}

async fn nothing_is_there_before_it_is_created(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    let found = ports.find(&keys, keys.signup_id("nothing")).await.unwrap();
    assert!(found.is_none());
}

async fn a_signup_is_created_once_and_reads_back_whole(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    let first = create(ports, &keys, "whole").await;
    assert_same(&read(ports, &keys, &first).await, &first);
    let second = RegistrationAttempt { locale: "fr".to_owned(), ..attempt(&keys, "whole", at(5)) };
    match ports.create(&keys, &second).await.unwrap() {
        Created::Exists(found) => assert_same(&found, &first),
        Created::New => panic!("the same sign-up was created twice"),
    }
    assert_same(&read(ports, &keys, &first).await, &first);
}

async fn a_signup_that_tells_little_reads_back_too(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Live);
    let little = RegistrationAttempt {
        external_index: None,
        return_url: None,
        customer: Customer::default(),
        consents: Vec::new(),
        context: Context::default(),
        metadata: Vec::new(),
        started_by: Kind::Publishable,
        ..attempt(&keys, "little", at(0))
    };
    ports.create(&keys, &little).await.unwrap();
    assert_same(&read(ports, &keys, &little).await, &little);
}

async fn the_same_request_at_once_creates_one(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    let attempt = attempt(&keys, "at once", at(0));
    let answers = together((0..6).map(|_| ports.create(&keys, &attempt))).await;
    let new = |answer: &&Result<Created, _>| matches!(answer.as_ref().unwrap(), Created::New);
    assert_eq!(answers.iter().filter(new).count(), 1);
}

async fn modes_do_not_see_each_other(ports: &impl Attempts) {
    let store = fresh_store();
    let [test, live] = [Mode::Test, Mode::Live].map(|mode| keys_of(store, mode));
    let attempt = create(ports, &test, "mode").await;
    assert!(ports.find(&live, attempt.id).await.unwrap().is_none());
}

async fn a_resend_follows_exactly_the_send_before(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    let once = create(ports, &keys, "resend").await;
    let send = |n: i64| Send {
        at: at(31_000 * n),
        request: Some((
            keys.request_key("POST /signups/{id}/resend", &format!("again {n}")),
            keys.fingerprint("POST /signups/{id}/resend", b"{}"),
        )),
        channel: if n == 1 { Channel::Sms } else { Channel::Voice },
    };
    assert!(ports.resend(&keys, &once, &send(1)).await.unwrap());
    assert!(!ports.resend(&keys, &once, &send(2)).await.unwrap(), "a stale resend");
    let twice = read(ports, &keys, &once).await;
    assert_eq!(twice.sends, [once.sends[0].clone(), send(1)]);
    let answers = together((2..6).map(|n| {
        let (keys, twice, send) = (&keys, &twice, send(n));
        async move { ports.resend(keys, twice, &send).await.unwrap() }
    }));
    assert_eq!(answers.await.into_iter().filter(|added| *added).count(), 1);
    let thrice = read(ports, &keys, &once).await;
    assert_eq!(thrice.sends.len(), 3);
    assert_eq!(thrice.expires_at, once.expires_at, "a code's end never moves");
}

async fn only_a_pending_signup_is_locked_and_then_not_resent(ports: &impl Attempts) {
    let keys = fresh_keys(Mode::Test);
    ports.lock(&keys, keys.signup_id("nobody"), at(0)).await.unwrap();
    assert!(ports.find(&keys, keys.signup_id("nobody")).await.unwrap().is_none());
    let pending = create(ports, &keys, "lock").await;
    for time in [at(7), at(8)] {
        ports.lock(&keys, pending.id, time).await.unwrap();
        let locked = read(ports, &keys, &pending).await;
        assert_eq!(locked.state, State::Locked { at: at(7) });
    }
    let send = Send { at: at(0) + seconds(60), request: None, channel: Channel::Sms };
    assert!(!ports.resend(&keys, &pending, &send).await.unwrap());
}

/// Every field is equal. A new field does not compile before it is compared here.
fn assert_same(found: &RegistrationAttempt, kept: &RegistrationAttempt) {
    let RegistrationAttempt {
        id,
        body,
        phone,
        phone_index,
        external_index,
        customer,
        purpose,
        method,
        return_url,
        locale,
        consents,
        context,
        source,
        reasons,
        metadata,
        seed,
        started_by,
        route,
        drawn,
        sends,
        created_at,
        expires_at,
        state,
        tried,
        trace,
    } = kept;
    assert_eq!((found.id, &found.body), (*id, body));
    assert_eq!((&found.phone, found.phone.expose()), (phone, phone.expose()));
    assert_eq!((&found.phone_index, &found.external_index), (phone_index, external_index));
    assert!(found.customer == *customer, "the customer");
    assert_eq!((found.purpose, &found.locale), (*purpose, locale));
    assert_eq!((found.method, &found.return_url), (*method, return_url));
    assert_eq!((&found.consents, &found.context), (consents, context));
    assert_eq!((&found.source, &found.reasons), (source, reasons));
    assert_eq!((&found.metadata, &found.seed), (metadata, seed));
    assert_eq!((found.started_by, &found.route, found.drawn), (*started_by, route, *drawn));
    assert_eq!((&found.sends, found.state, &found.tried), (sends, *state, tried));
    assert_eq!((found.created_at, found.expires_at), (*created_at, *expires_at));
    assert_eq!(&found.trace, trace);
}
