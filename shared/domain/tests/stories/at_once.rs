//! Tries that come at once.

use std::collections::BTreeMap;

use doorstep_fakes::together;

use crate::shop::{ADA, Shop, told, wrong};

/// How often each answer was given.
fn tally<'a>(answers: impl IntoIterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry(answer.as_str()).or_default() += 1;
    }
    tally
}

#[tokio::test]
async fn of_twenty_wrong_codes_at_once_five_are_compared() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let answers = together((0..20).map(|_| shop.types_wrong(id))).await;
    let answers: Vec<_> = answers.iter().map(told).collect();
    insta::assert_debug_snapshot!(tally(&answers), @r#"
    {
        "no tries left": 15,
        "wrong, 0 left": 1,
        "wrong, 1 left": 1,
        "wrong, 2 left": 1,
        "wrong, 3 left": 1,
        "wrong, 4 left": 1,
    }
    "#);
}

#[tokio::test]
async fn of_forty_wrong_codes_at_once_on_ten_signups_fourteen_are_compared() {
    let shop = Shop::open();
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.push(shop.signs_up(ADA, &format!("{number}")).await);
    }
    let answers = together((0..40).map(|n| shop.types_wrong(ids[n % 10]))).await;
    let answers: Vec<_> = answers.iter().map(told).collect();
    let compared = answers.iter().filter(|answer| answer.starts_with("wrong")).count();
    assert_eq!(compared, 14, "{:?}", tally(&answers));
}

#[tokio::test]
async fn the_right_code_five_times_at_once_registers_one_user() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let answers = together((0..5).map(|_| shop.types_right(id))).await;
    let users: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().user).collect();
    assert!(users.iter().all(|user| *user == users[0]));
    assert_eq!((shop.memory.users(), shop.memory.ledger().len()), (1, 1));
}

#[tokio::test]
async fn two_signups_of_one_phone_verified_at_once_are_one_user() {
    let shop = Shop::open();
    let (one, two) = (shop.signs_up(ADA, "one").await, shop.signs_up(ADA, "two").await);
    let answers = together([one, two].map(|id| shop.types_right(id))).await;
    let users: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().user).collect();
    assert_eq!(users[0], users[1]);
    assert_eq!((shop.memory.users(), shop.memory.ledger().len()), (1, 2));
}

#[tokio::test]
async fn as_tasks_of_their_own_five_wrong_codes_are_compared_as_well() {
    let shop = std::sync::Arc::new(Shop::open());
    let id = shop.signs_up(ADA, "one").await;
    let code = wrong(&shop.code(id).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (shop, code) = (std::sync::Arc::clone(&shop), code.clone());
        tasks.spawn(async move { told(&shop.types(id, &code).await) });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.starts_with("wrong")).count(), 5);
}
