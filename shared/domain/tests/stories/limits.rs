//! How often codes may be guessed for a phone, and that nobody who knows theirs notices.

use doorstep_domain::{
    Mode,
    ports::{Attempts, Phones},
    signup::RegistrationAttempt,
    tries::{Exhausted, PhoneRecord},
    verify::VerifyError,
};

use crate::shop::{ADA, BOB, Shop, told};

/// A stranger starts sign-up after sign-up and guesses; how many guesses were compared.
async fn guesses(shop: &Shop, phone: &str, signups: usize, name: &str) -> usize {
    let mut compared = 0;
    for number in 0..signups {
        let id = shop.signs_up(phone, &format!("{name} {number}")).await;
        for again in 0..6 {
            let answer = shop.types_wrong(id).await;
            compared += usize::from(matches!(answer, Err(VerifyError::Incorrect { .. })));
            shop.pass_seconds(30);
            let _ = shop.resends(id, &format!("resend {again}")).await;
        }
    }
    compared
}

#[tokio::test]
async fn over_signups_and_resends_fourteen_guesses_are_compared_for_a_phone() {
    let shop = Shop::open();
    assert_eq!(guesses(&shop, ADA, 40, "stranger").await, 14);
    let own = shop.signs_up(ADA, "shopper").await;
    assert_eq!(told(&shop.types_right(own).await), "phone has no tries left");
    let other = shop.signs_up(BOB, "other").await;
    assert_eq!(told(&shop.types_right(other).await), "verified", "another phone is not touched");
}

#[tokio::test]
async fn tries_come_back_one_by_one_after_a_day() {
    let shop = Shop::open();
    let first = shop.attempt(shop.signs_up(ADA, "first").await).await.created_at;
    assert_eq!(guesses(&shop, ADA, 5, "today").await, 14);
    let id = shop.signs_up(ADA, "refused").await;
    let Err(VerifyError::Exhausted(Exhausted::Phone(when))) = shop.types_right(id).await else {
        panic!("the phone has tries left");
    };
    assert_eq!(when.duration_since(first).as_hours(), 24);
    shop.pass(when.duration_since(shop.attempt(id).await.created_at));
    let id = shop.signs_up(ADA, "next day").await;
    assert_eq!(told(&shop.types_wrong(id).await), "wrong, 4 left");
    assert_eq!(told(&shop.types_wrong(id).await), "phone has no tries left", "only one came back");
}

#[tokio::test]
async fn a_month_of_daily_logins_with_a_right_code_never_locks() {
    let shop = Shop::open();
    for day in 0..30 {
        let id = shop.signs_up(ADA, &format!("day {day}")).await;
        shop.types_wrong(id).await.unwrap_err();
        shop.pass_seconds(5);
        assert_eq!(told(&shop.types_right(id).await), "verified", "day {day}");
        shop.pass_seconds(86_400);
    }
}

#[tokio::test]
async fn many_logins_within_minutes_never_lock_as_each_code_was_right() {
    let shop = Shop::open();
    for number in 0..30 {
        let id = shop.signs_up(ADA, &format!("login {number}")).await;
        assert_eq!(told(&shop.types_right(id).await), "verified", "login {number}");
        shop.pass_seconds(5);
    }
}

#[tokio::test]
async fn success_forgives_itself_and_not_the_guesses_around_it() {
    let shop = Shop::open();
    assert_eq!(guesses(&shop, ADA, 2, "stranger").await, 10);
    for number in 0..10 {
        let id = shop.signs_up(ADA, &format!("shopper {number}")).await;
        assert_eq!(told(&shop.types_right(id).await), "verified", "{number}");
        shop.pass_seconds(5);
    }
    assert_eq!(guesses(&shop, ADA, 2, "stranger again").await, 4);
}

#[tokio::test]
async fn a_hundred_failures_in_a_row_disable_codes_however_slowly_they_come() {
    let shop = Shop::open();
    let mut compared = 0;
    for day in 0..10 {
        compared += guesses(&shop, ADA, 4, &format!("day {day}")).await;
        shop.pass_seconds(86_400);
    }
    assert_eq!(compared, 100);
    shop.pass_seconds(365 * 86_400);
    let id = shop.signs_up(ADA, "a year later").await;
    assert_eq!(told(&shop.types_right(id).await), "codes are disabled");
}

#[tokio::test]
async fn a_success_ends_a_row_of_failures() {
    let shop = Shop::open();
    for round in 0..3 {
        for day in 0..6 {
            assert_eq!(guesses(&shop, ADA, 3, &format!("{round} {day}")).await, 14);
            shop.pass_seconds(86_400);
        }
        let id = shop.signs_up(ADA, &format!("shopper {round}")).await;
        assert_eq!(told(&shop.types_right(id).await), "verified", "after {round}");
    }
}

#[tokio::test]
async fn a_refused_try_writes_nothing() {
    let shop = Shop::open();
    guesses(&shop, ADA, 3, "stranger").await;
    let id = shop.signs_up(ADA, "refused").await;
    let index = shop.attempt(id).await.phone_index;
    let record =
        async || -> PhoneRecord { Phones::find(&*shop.memory, &shop.data, &index).await.unwrap() };
    let before = record().await;
    shop.types_wrong(id).await.unwrap_err();
    assert_eq!(record().await, before);
}

#[tokio::test]
async fn fifteen_failures_in_test_mode_leave_the_same_number_open_in_live() {
    let shop = Shop::open();
    assert_eq!(guesses(&shop, ADA, 3, "test").await, 14, "the fifteenth is refused");
    let tested = shop.signs_up(ADA, "locked").await;
    assert_eq!(told(&shop.types_right(tested).await), "phone has no tries left");
    let live = Shop { memory: std::sync::Arc::clone(&shop.memory), ..Shop::in_mode(Mode::Live) };
    // Live mode takes no drama numbers: it gets one by the back door.
    let other = live.attempt(live.signs_up("+447400123456", "live").await).await;
    let phone = shop.attempt(tested).await.phone;
    let (id, phone_index) = (live.data.signup_id("same"), live.data.phone_index(&phone));
    let attempt = RegistrationAttempt { id, phone, phone_index, ..other };
    live.memory.create(&live.data, &attempt).await.unwrap();
    assert_eq!(told(&live.types_wrong(id).await), "wrong, 4 left");
    assert_eq!(told(&live.types_right(id).await), "verified");
    assert_eq!(told(&shop.types_right(tested).await), "phone has no tries left");
}
