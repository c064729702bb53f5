//! What functions hold of limits and budgets, and give back.

use doorstep_domain::{
    Mode,
    carrier::Channel,
    guard::{Book, Budget, Pool, Spend, Subject, Window, book_key, budgets_of, credit, spend},
    money::Money,
    phone::{PhoneNumber, Region},
    ports::{Clock, Slates},
    price::estimate,
    signup::Send,
};
use doorstep_fakes::sample;

use crate::shop::Shop;

/// Counts a send of the live shop: of a code, or of a letter.
async fn spends(shop: &Shop, pool: &Pool, code: bool) {
    let phone = PhoneNumber::parse("+447400123456", None, Mode::Live).unwrap();
    let spending = Spend {
        store: &shop.store,
        deployment: &sample::deployment(),
        mode: Mode::Live,
        key: None,
        to: &phone,
        channel: Channel::Sms,
        cost: estimate(Region::GB, 1),
        code,
        at: shop.memory.now(),
    };
    spend(&*shop.memory, pool, &spending).await.unwrap().unwrap();
}

async fn book(shop: &Shop) -> Book {
    let key = book_key((shop.store.id, Mode::Live));
    let slate = shop.memory.look(None, &[key]).await.unwrap().1.pop().unwrap();
    Book::parse(&slate.bytes).unwrap()
}

#[tokio::test]
async fn what_letters_leave_of_a_block_takes_no_code_off_its_country() {
    let shop = Shop::in_mode(Mode::Live);
    let (codes, letters) = (Pool::default(), Pool::default());
    spends(&shop, &letters, false).await;
    for _ in 0..6 {
        spends(&shop, &codes, true).await;
    }
    shop.pass_seconds(3_600);
    let before = book(&shop).await.traffic(Region::GB).last_day(shop.memory.now()).sent;
    spends(&shop, &letters, false).await;
    let after = book(&shop).await.traffic(Region::GB).last_day(shop.memory.now()).sent;
    assert!(before >= 6);
    assert_eq!(after, before);
}

#[tokio::test]
async fn what_an_hour_leaves_of_a_block_comes_back_to_the_day() {
    let shop = Shop::in_mode(Mode::Live);
    let pool = Pool::default();
    for _ in 0..3 {
        spends(&shop, &pool, false).await;
        shop.pass_seconds(3_600);
    }
    spends(&shop, &pool, false).await;
    let book = book(&shop).await;
    let day = budgets_of(&shop.store, Mode::Live);
    let day = day.iter().find(|it| it.window.as_str() == "month").unwrap().counter();
    let used = book.used(&day, shop.memory.now());
    let most = estimate(Region::GB, 1).times(3 + 16);
    assert!(
        used <= u64::try_from(most.nanos()).unwrap(),
        "{}",
        Money::pounds(i64::try_from(used).unwrap())
    );
}

#[test]
fn the_usual_budgets_hold_beside_a_stores_own_but_for_what_it_set() {
    let mut store = sample::store();
    let usual = budgets_of(&store, Mode::Live);
    let (scope, amount) = (Mode::Live, Money::parse("5", "GBP").unwrap());
    let of = |subject, window| Budget { scope, subject, window, amount };
    let narrow = of(Subject::Country(Region::parse("JE").unwrap()), Window::Hour);
    let tighter = of(Subject::All, Window::Day);
    store.own.budgets = Some(vec![narrow.clone(), tighter.clone()]);
    let all = budgets_of(&store, Mode::Live);
    let kept = usual.iter().filter(|it| it.counter() != tighter.counter()).cloned();
    assert_eq!(all, [narrow, tighter.clone()].into_iter().chain(kept).collect::<Vec<_>>());
    assert_eq!(budgets_of(&store, Mode::Test).len(), usual.len(), "of each mode apart");
}

#[tokio::test]
async fn a_timers_call_that_was_never_counted_is_not_credited() {
    let shop = Shop::in_mode(Mode::Live);
    let id = shop.signs_up("+447400123456", "one").await;
    shop.pass_seconds(30);
    shop.resends(id, "again").await.unwrap();
    shop.types_right(id).await.unwrap();
    let mut attempt = shop.attempt(id).await;
    let (at, channel) = (shop.memory.now(), Channel::Voice);
    attempt.sends.push(Send { at, request: None, channel });
    let whole = shop.whole();
    for _ in 0..2 {
        credit(&*shop.memory, &whole.keys, &whole.shared, &attempt).await.unwrap();
    }
    assert_eq!(book(&shop).await.traffic(Region::GB).last_day(at).verified, 2);
}
