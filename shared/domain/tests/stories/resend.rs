//! The same code once more.

use doorstep_domain::resend::{Resend, ResendError, resend};
use doorstep_fakes::together;

use crate::shop::{ADA, RESEND, Shop};

fn too_soon<T>(answer: &Result<T, ResendError>) -> bool {
    matches!(answer, Err(ResendError::TooSoon(_)))
}

#[tokio::test]
async fn resends_wait_half_a_minute_then_one_then_two_and_are_three_in_all() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    for (number, pause) in [(1, 30), (2, 60), (3, 120)] {
        let key = format!("again {number}");
        shop.pass_seconds(pause - 1);
        let early = shop.resends(id, &key).await;
        assert!(too_soon(&early), "{number}: {early:?}");
        shop.pass_seconds(1);
        let resent = shop.resends(id, &key).await.unwrap();
        assert_eq!(resent.attempt.sends.len(), number + 1);
    }
    shop.pass_seconds(120);
    let fourth = shop.resends(id, "again 4").await;
    assert!(matches!(fourth, Err(ResendError::Limit)), "{fourth:?}");
    let events = ["send/sandbox/0", "send/sandbox-2/1", "send/sandbox/2", "send/sandbox-2/3"];
    assert_eq!(shop.memory.events(), events, "each begins with another carrier");
}

#[tokio::test]
async fn too_soon_says_when() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let started = shop.attempt(id).await.created_at;
    match shop.resends(id, "again").await {
        Err(ResendError::TooSoon(when)) => assert_eq!(when.duration_since(started).as_secs(), 30),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_resend_changes_neither_the_code_nor_its_end() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let (code, end) = (shop.code(id).await, shop.attempt(id).await.expires_at);
    shop.pass_seconds(30);
    shop.resends(id, "again").await.unwrap();
    assert!(shop.code(id).await.matches(&code));
    assert_eq!(shop.attempt(id).await.expires_at, end);
}

#[tokio::test]
async fn a_resend_gives_no_tries_back() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.types_wrong(id).await.unwrap_err();
    shop.pass_seconds(30);
    shop.resends(id, "again").await.unwrap();
    let overview = shop.overview(id).await;
    assert_eq!(overview.attempt.attempts_remaining(&overview.phone), 4);
}

#[tokio::test]
async fn the_same_request_is_one_resend() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(30);
    let first = shop.resends(id, "again").await.unwrap();
    shop.pass_seconds(60);
    shop.resends(id, "and again").await.unwrap();
    let replayed = shop.resends(id, "again").await.unwrap();
    assert!(replayed.replayed && !first.replayed);
    assert_eq!(replayed.attempt.sends, first.attempt.sends, "as it was then");
    assert_eq!(shop.attempt(id).await.sends.len(), 3);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(30);
    shop.resends(id, "again").await.unwrap();
    let other = Resend {
        body: shop.data.fingerprint(RESEND, b"{\"channel\":\"voice\"}"),
        ..shop.resend_of(shop.attempt(id).await, "again")
    };
    let answer = resend(&*shop.memory, &shop.pool, &shop.whole(), other).await;
    assert!(matches!(answer, Err(ResendError::KeyReused)), "{answer:?}");
}

#[tokio::test]
async fn of_two_resends_at_once_one_is_sent() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(30);
    let answers = together(["a", "b"].map(|key| shop.resends(id, key))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().any(too_soon), "{answers:?}");
    assert_eq!(shop.memory.events().len(), 2);
}

#[tokio::test]
async fn the_same_resend_six_times_at_once_is_one_text() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(30);
    let answers = together((0..6).map(|_| shop.resends(id, "again"))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|resent| !resent.replayed).count(), 1);
    assert!(answers.iter().all(|resent| resent.attempt.sends.len() == 2));
    assert_eq!(shop.memory.events().len(), 2);
}

#[tokio::test]
async fn no_text_goes_out_whose_code_ends_within_a_minute() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(9 * 60);
    shop.resends(id, "in time").await.unwrap();
    shop.pass_seconds(1);
    let late = shop.resends(id, "late").await;
    assert!(matches!(late, Err(ResendError::Expired)), "{late:?}");
}

#[tokio::test]
async fn a_verified_or_locked_signup_is_not_sent_again() {
    let shop = Shop::open();
    let verified = shop.signs_up(ADA, "one").await;
    shop.types_right(verified).await.unwrap();
    let locked = shop.signs_up(ADA, "two").await;
    for _ in 0..5 {
        shop.types_wrong(locked).await.unwrap_err();
    }
    shop.pass_seconds(30);
    for id in [verified, locked] {
        let answer = shop.resends(id, "again").await;
        assert!(matches!(answer, Err(ResendError::NotPending(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn a_test_without_limits_resends_a_fourth_time_after_the_same_pauses() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    for (number, pause) in [(1, 30), (2, 60), (3, 120), (4, 120)] {
        shop.pass_seconds(pause);
        let command = shop.resend_of(shop.attempt(id).await, &format!("again {number}"));
        let command = Resend { limited: false, ..command };
        let resent = resend(&*shop.memory, &shop.pool, &shop.whole(), command).await.unwrap();
        assert_eq!(resent.attempt.newest_send(), number);
    }
}
