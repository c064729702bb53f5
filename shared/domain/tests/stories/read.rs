//! What the shop sees of a sign-up.

use doorstep_domain::{
    read::timeline,
    signup::{SignupStatus, State},
    tries::Try,
};

use crate::shop::{ADA, Recorder, Shop};

async fn status(shop: &Shop, id: doorstep_domain::id::SignupId) -> SignupStatus {
    let overview = shop.overview(id).await;
    let now = doorstep_domain::ports::Clock::now(&*shop.memory);
    overview.status(now)
}

#[tokio::test]
async fn a_signup_is_pending_then_verified_and_stays_so() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    assert_eq!(status(&shop, id).await, SignupStatus::Pending);
    shop.types_right(id).await.unwrap();
    assert_eq!(status(&shop, id).await, SignupStatus::Verified);
    shop.pass_seconds(3600);
    assert_eq!(status(&shop, id).await, SignupStatus::Verified);
}

#[tokio::test]
async fn a_signup_nobody_finished_expires() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(599);
    assert_eq!(status(&shop, id).await, SignupStatus::Pending);
    shop.pass_seconds(1);
    assert_eq!(status(&shop, id).await, SignupStatus::Expired);
}

#[tokio::test]
async fn the_tries_that_are_left_are_told() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    for left in [5, 4, 3, 2, 1, 0] {
        let overview = shop.overview(id).await;
        assert_eq!(overview.attempt.attempts_remaining(&overview.phone), left);
        shop.types_wrong(id).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_message_that_no_sender_has_claimed_is_queued() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let overview = shop.overview(id).await;
    let message = overview.newest().unwrap();
    assert_eq!((message.id, message.status.as_str()), (id.message(0), "queued"));
    assert_eq!(message.history.len(), 1);
}

#[tokio::test]
async fn the_timeline_tells_what_happened_in_order() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let started = shop.attempt(id).await.created_at;
    let carrier = Recorder::accepting();
    shop.pass_seconds(1);
    shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.pass_seconds(40);
    shop.resends(id, "again").await.unwrap();
    shop.pass_seconds(1);
    shop.sends(&carrier, &shop.dispatch(id, 1, 0)).await.unwrap();
    shop.pass_seconds(9);
    shop.types_wrong(id).await.unwrap_err();
    shop.pass_seconds(9);
    shop.types_right(id).await.unwrap();
    let told: Vec<String> = timeline(&shop.overview(id).await)
        .iter()
        .map(|event| format!("{:>2} s {}", event.at.duration_since(started).as_secs(), event.what))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
     0 s signup.started
     0 s message.queued
     1 s message.sent
    41 s signup.resent
    41 s message.queued
    42 s message.sent
    51 s code.tried
    60 s code.tried
    60 s signup.verified
    ");
}

#[tokio::test]
async fn an_unknown_signup_is_not_there() {
    let shop = Shop::open();
    let unknown = shop.data.signup_id("never asked for");
    let found = doorstep_domain::read::read(&*shop.memory, &shop.data, unknown).await.unwrap();
    assert!(found.is_none());
}

/// The process may die between the fifth comparison and the write that locks.
#[tokio::test]
async fn a_signup_without_tries_is_locked_even_if_nobody_wrote_it_down() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let mut overview = shop.overview(id).await;
    let at = overview.attempt.created_at;
    overview.phone.tries = vec![Try { signup: id, at }; 5];
    assert_eq!(overview.attempt.state, State::Pending);
    assert_eq!(overview.status(at), SignupStatus::Locked);
}
