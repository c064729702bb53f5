//! A shop tells what its shoppers said.

use doorstep_domain::{
    consent::{Door, Event},
    said::Said,
    tell::TellError,
};
use jiff::SignedDuration;

use crate::imports::{NUMBER, person, shop};

#[tokio::test]
async fn a_shop_may_say_no_for_its_shopper_and_never_yes_again() {
    let shop = shop();
    shop.brings(vec![person(NUMBER, vec![shop.yes(100)])]).await;
    assert!(shop.tells(NUMBER, Said { occurred_at: None, ..shop.yes(1) }).await.unwrap());
    for _ in 0..2 {
        let past = Said { occurred_at: Some(shop.ago(900)), ..shop.no(1) };
        assert!(!shop.tells(NUMBER, past).await.unwrap(), "at once, whenever it was said");
        assert_eq!(shop.agreed(NUMBER).await, (3, false), "and once");
    }
    let again = shop.tells(NUMBER, shop.yes(0)).await;
    assert!(matches!(again, Err(TellError::SaidNo(all)) if all == [0]));
    let user = shop.user(NUMBER).await.unwrap().id;
    shop.memory.clock.pass(SignedDuration::from_hours(1));
    shop.says(user, Event::Granted, Door::Code, shop.ago(0)).await;
    assert!(shop.agreed(NUMBER).await.1);
    shop.tells(NUMBER, Said { occurred_at: None, ..shop.no(1) }).await.unwrap();
    assert!(!shop.agreed(NUMBER).await.1, "the same no again is another no by now");
}

#[tokio::test]
async fn a_no_holds_against_a_code_that_is_typed_later() {
    for said in [Event::Granted, Event::Refused] {
        let shop = shop();
        shop.brings(vec![person(NUMBER, vec![shop.no(100)])]).await;
        let user = shop.user(NUMBER).await.unwrap().id;
        shop.says(user, said, Door::Code, shop.ago(99)).await;
        let no = || Said { occurred_at: None, ..shop.no(1) };
        shop.tells(NUMBER, no()).await.unwrap();
        shop.memory.clock.pass(SignedDuration::from_mins(5));
        let begun = shop.ago(0);
        shop.memory.clock.pass(SignedDuration::from_mins(5));
        shop.tells(NUMBER, no()).await.unwrap();
        shop.memory.clock.pass(SignedDuration::from_mins(1));
        shop.says(user, Event::Granted, Door::Code, begun).await;
        assert!(!shop.agreed(NUMBER).await.1, "it ended once more: {said:?}");
    }
}

#[tokio::test]
async fn a_purpose_that_the_shop_gave_up_can_still_be_withdrawn() {
    let mut shop = shop();
    shop.brings(vec![person(NUMBER, vec![shop.yes(100)])]).await;
    shop.store.settings.purposes = None;
    shop.tells(NUMBER, shop.no(1)).await.unwrap();
    assert!(!shop.agreed(NUMBER).await.1);
    let wrong = shop.tells(NUMBER, Said { purpose: "prizes".to_owned(), ..shop.no(1) }).await;
    assert!(matches!(wrong, Err(TellError::Wrong(_))), "a slip of the pen must not lose a no");
}

#[tokio::test]
async fn who_objected_is_not_agreed_for() {
    let shop = shop();
    let news = Said { purpose: "news".to_owned(), ..shop.yes(100) };
    shop.brings(vec![person(NUMBER, vec![news])]).await;
    shop.objects(NUMBER).await;
    assert!(matches!(shop.tells(NUMBER, shop.yes(0)).await, Err(TellError::SaidNo(_))));
}
