//! Links that are followed at once, by people and by machines.

use doorstep_domain::{Mode, link::Match, ports::Confirmations, signup::Tried};
use doorstep_fakes::together;

use crate::{
    links::other,
    shop::{ADA, Shop},
};

#[tokio::test]
async fn the_right_digits_many_times_at_once_confirm_once() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    let answers = together((0..8).map(|_| shop.confirms(&link.token, &link.shown))).await;
    assert_eq!(answers.iter().flatten().count(), 1);
    assert_eq!((shop.memory.users(), shop.memory.ledger().len()), (1, 1));
}

#[tokio::test]
async fn of_all_digits_at_once_one_pair_is_compared() {
    for round in 0..20 {
        let shop = Shop::with_links(Mode::Test).await;
        let link = shop.asks_for_a_link(ADA, &format!("round {round}")).await;
        let all: Vec<_> = (0..100).map(|n| Match::parse(&format!("{n:02}")).unwrap()).collect();
        let answers = together(all.iter().map(|typed| shop.confirms(&link.token, typed))).await;
        let tried = shop.overview(link.id).await.tried;
        let (_, right) = tried.expect("somebody tried");
        assert_eq!(answers.iter().flatten().count(), usize::from(right));
        assert_eq!(shop.memory.users(), usize::from(right));
    }
}

#[tokio::test]
async fn a_code_and_a_link_of_one_phone_at_once_are_one_user() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "link").await;
    let code = shop.signs_up(ADA, "code").await;
    let (linked, typed) =
        tokio::join!(shop.confirms(&link.token, &link.shown), shop.types_right(code));
    assert_eq!(linked.unwrap().user, typed.unwrap().user);
    assert_eq!(shop.memory.users(), 1);
}

#[tokio::test]
async fn a_confirmation_that_broke_may_be_repeated_with_the_same_digits() {
    let shop = Shop::with_links(Mode::Test).await;
    let link = shop.asks_for_a_link(ADA, "one").await;
    // As after a crash between the try and the registration: the try is taken, and nothing else.
    let tried = Tried {
        at: shop.attempt(link.id).await.created_at,
        what: shop.data.match_fingerprint(link.id, &link.shown),
    };
    assert!(shop.memory.try_match(&shop.data, link.id, &tried).await.unwrap());
    assert!(shop.confirms(&link.token, &other(&link.shown)).await.is_none());
    assert!(shop.confirms(&link.token, &link.shown).await.is_some());
}
