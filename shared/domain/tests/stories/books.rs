//! What functions hold of limits and budgets, and give back.

use doorstep_domain::{
    Mode,
    carrier::Channel,
    guard::{Book, Pool, Spend, book_key, spend},
    money::Money,
    phone::{PhoneNumber, Region},
    ports::{Clock, Slates},
    price::estimate,
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
    let day = doorstep_domain::guard::budgets_of(&shop.store, Mode::Live);
    let day = day.iter().find(|it| it.window.as_str() == "month").unwrap().counter();
    let used = book.used(&day, shop.memory.now());
    let most = estimate(Region::GB, 1).times(3 + 16);
    assert!(
        used <= u64::try_from(most.nanos()).unwrap(),
        "{}",
        Money::pounds(i64::try_from(used).unwrap())
    );
}
