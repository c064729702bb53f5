//! The shopper types a code.

use std::sync::Arc;

use doorstep_domain::{
    id::SignupId,
    keys::{CodeKeys, DataKeys, Root},
    seal::KeyVersion,
    signup::{SignupStatus, State},
    verify::verify,
};
use doorstep_fakes::sample;

use crate::shop::{ADA, BOB, Shop, is_as_asked, told};

/// What the shopper is told for each of these tries with a wrong code.
async fn wrong_tries(shop: &Shop, id: SignupId, tries: usize) -> Vec<String> {
    let mut answers = Vec::new();
    for _ in 0..tries {
        answers.push(told(&shop.types_wrong(id).await));
    }
    answers
}

#[tokio::test]
async fn the_right_code_registers_the_shopper_with_their_consents() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(20);
    let done = shop.types_right(id).await.unwrap();
    let stored = shop.attempt(id).await;
    let expected = State::Verified { at: done.at, user: done.user, tries: 1 };
    assert_eq!((done.attempt.state, stored.state), (expected, expected));
    assert_eq!(done.at.duration_since(stored.created_at).as_secs(), 20);
    let ledger = shop.memory.ledger();
    let [consent] = ledger.as_slice() else { panic!("{ledger:?}") };
    assert_eq!((consent.user, consent.signup), (done.user, Some(id)));
    assert_eq!((consent.occurred_at, consent.recorded_at), (stored.created_at, done.at));
    is_as_asked(consent, &stored.consents[0]);
}

#[tokio::test]
async fn nothing_is_registered_before_the_code_is_typed() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.types_wrong(id).await.unwrap_err();
    assert_eq!((shop.memory.users(), shop.memory.ledger().len()), (0, 0));
}

#[tokio::test]
async fn the_same_code_again_finds_the_same_user_and_registers_nothing() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let first = shop.types_right(id).await.unwrap();
    shop.pass_seconds(30);
    let again = shop.types_right(id).await.unwrap();
    assert_eq!((again.user, again.at), (first.user, first.at));
    assert_eq!((shop.memory.users(), shop.memory.ledger().len()), (1, 1));
}

#[tokio::test]
async fn five_wrong_codes_count_down_and_lock_the_signup() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    insta::assert_debug_snapshot!(wrong_tries(&shop, id, 7).await, @r#"
    [
        "wrong, 4 left",
        "wrong, 3 left",
        "wrong, 2 left",
        "wrong, 1 left",
        "wrong, 0 left",
        "no tries left",
        "no tries left",
    ]
    "#);
    assert_eq!(told(&shop.types_right(id).await), "no tries left", "not even the right code");
    let overview = shop.overview(id).await;
    let status = overview.status(overview.attempt.created_at);
    assert_eq!(status, SignupStatus::Locked);
    assert_eq!(shop.memory.users(), 0);
}

#[tokio::test]
async fn the_fifth_try_may_still_be_right() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    wrong_tries(&shop, id, 4).await;
    let done = shop.types_right(id).await.unwrap();
    assert!(matches!(done.attempt.state, State::Verified { tries: 5, .. }));
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes_to_the_millisecond() {
    let shop = Shop::open();
    let (late, last) = (shop.signs_up(ADA, "one").await, shop.signs_up(BOB, "two").await);
    shop.pass(jiff::SignedDuration::from_millis(599_999));
    assert_eq!(told(&shop.types_right(last).await), "verified");
    shop.pass(jiff::SignedDuration::from_millis(1));
    assert_eq!(told(&shop.types_right(late).await), "expired");
    assert_eq!(told(&shop.types_right(last).await), "expired", "a verified one too");
    assert_eq!(shop.overview(late).await.phone.tries, [], "an expired code is not compared");
}

#[tokio::test]
async fn after_verification_five_more_tries_are_compared() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    wrong_tries(&shop, id, 2).await;
    shop.types_right(id).await.unwrap();
    shop.pass_seconds(1);
    let mut answers = vec![told(&shop.types_right(id).await)];
    answers.extend(wrong_tries(&shop, id, 3).await);
    answers.push(told(&shop.types_right(id).await));
    answers.push(told(&shop.types_right(id).await));
    answers.extend(wrong_tries(&shop, id, 1).await);
    insta::assert_debug_snapshot!(answers, @r#"
    [
        "verified",
        "wrong, 3 left",
        "wrong, 2 left",
        "wrong, 1 left",
        "verified",
        "expired",
        "expired",
    ]
    "#);
    assert!(matches!(shop.attempt(id).await.state, State::Verified { .. }), "never unverified");
}

#[tokio::test]
async fn another_signups_tries_give_a_verified_one_no_sixth() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.types_right(id).await.unwrap();
    let mut compared = 0;
    for number in 0..20 {
        let other = shop.signs_up(ADA, &format!("other {number}")).await;
        shop.pass_seconds(1);
        shop.types_right(other).await.unwrap();
        shop.pass_seconds(1);
        compared += usize::from(shop.types_right(id).await.is_ok());
    }
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn the_tries_left_are_told_right_when_a_full_record_forgives_the_success() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.types_right(id).await.unwrap();
    shop.pass_seconds(1);
    assert_eq!(wrong_tries(&shop, id, 4).await.last().unwrap(), "wrong, 1 left");
    for (name, tries) in [("two", 5), ("three", 4)] {
        let other = shop.signs_up(ADA, name).await;
        wrong_tries(&shop, other, tries).await;
    }
    assert_eq!(wrong_tries(&shop, id, 2).await, ["wrong, 0 left", "expired"]);
}

#[tokio::test]
async fn a_shopper_keeps_their_id_from_store_visit_to_store_visit() {
    let shop = Shop::open();
    let first = shop.signs_up(ADA, "one").await;
    let first = shop.types_right(first).await.unwrap();
    shop.pass_seconds(30 * 86_400);
    let second = shop.signs_up(ADA, "two").await;
    let second = shop.types_right(second).await.unwrap();
    assert_eq!(second.user, first.user);
    let other = shop.signs_up(BOB, "three").await;
    let other = shop.types_right(other).await.unwrap();
    assert_ne!(other.user, first.user);
    assert_eq!(shop.memory.users(), 2);
}

#[tokio::test]
async fn two_live_signups_for_one_phone_both_stay_valid() {
    let shop = Shop::open();
    let shoppers = shop.signs_up(ADA, "shopper").await;
    let strangers = shop.signs_up(ADA, "stranger").await;
    wrong_tries(&shop, strangers, 5).await;
    let done = shop.types_right(shoppers).await.unwrap();
    assert_eq!(shop.memory.ledger()[0].signup, Some(shoppers));
    assert_eq!(done.attempt.id, shoppers);
}

#[tokio::test]
async fn a_code_opens_its_own_signup_only() {
    let shop = Shop::open();
    let (one, two) = (shop.signs_up(ADA, "one").await, shop.signs_up(ADA, "two").await);
    let code = shop.code(two).await;
    assert_eq!(told(&shop.types(one, &code).await), "wrong, 4 left");
    assert_eq!(told(&shop.types(two, &code).await), "verified");
}

#[tokio::test]
async fn a_new_key_version_leaves_codes_on_their_way_valid() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let code = shop.code(id).await;
    let roots = |byte| {
        let mut roots = sample::roots(byte);
        roots.push((KeyVersion(2), Root::new([9; 32])));
        roots
    };
    let (store, mode) = shop.data.scope();
    let rotated = doorstep_domain::verify::Shop {
        store: Arc::new(shop.store.clone()),
        data: Arc::new(DataKeys::new(store, mode, &roots(1), KeyVersion(1)).unwrap()),
        codes: Arc::new(CodeKeys::new(store, mode, &roots(2))),
    };
    let answer = verify(&*shop.memory, &rotated, shop.attempt(id).await, &code).await;
    assert_eq!(told(&answer), "verified");
}
