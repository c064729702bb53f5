//! What was refused leaves nothing behind that helps an attacker, or harms a shopper.

use doorstep_domain::{
    Mode,
    guard::{Effect, Lever, Refused, Rule, call_fraud, signups_of},
    phone::PhoneNumber,
    ports::{Clock, HealthBook, Range},
    signup::Context,
    start::{Start, StartError, Started},
};

use jiff::Timestamp;

use crate::shop::Shop;

const ADA: &str = "+447400123456";

/// A live shop with a session in which nobody may sign up any more.
async fn with_a_full_session() -> Shop {
    let shop = Shop::in_mode(Mode::Live);
    for number in 0..10 {
        asks(&shop, &format!("+44741{number}123456"), "full", true).await.unwrap();
    }
    shop
}

async fn asks(shop: &Shop, phone: &str, key: &str, session: bool) -> Result<Started, StartError> {
    let session_id = session.then(|| "session".to_owned());
    let context = Context { session_id, ..Context::default() };
    shop.asks(Start { context, ..shop.call(phone, &format!("{key} {phone}")) }).await
}

fn ada() -> PhoneNumber {
    PhoneNumber::parse(ADA, None, Mode::Live).unwrap()
}

#[tokio::test]
async fn sign_ups_that_a_session_refused_take_nothing_of_their_number() {
    let shop = with_a_full_session().await;
    for n in 0..6 {
        let refused = asks(&shop, ADA, &n.to_string(), true).await.unwrap_err();
        let StartError::Refused(Refused::Limit(left)) = refused else { panic!("{refused:?}") };
        assert_eq!(left.rule, Rule::SessionHour);
    }
    let known = signups_of(&*shop.memory, &shop.whole().shared, &ada()).await.unwrap();
    assert_eq!(known, []);
    asks(&shop, ADA, "Ada", false).await.unwrap();
}

#[tokio::test]
async fn a_refused_sign_up_that_comes_again_without_its_session_is_weighed() {
    let shop = with_a_full_session().await;
    asks(&shop, ADA, "one", true).await.unwrap_err();
    let now = shop.memory.now();
    call_fraud(&*shop.memory, &shop.whole().shared, &ada(), now).await.unwrap();
    let refused = asks(&shop, ADA, "one", false).await.unwrap_err();
    assert!(matches!(refused, StartError::Refused(Refused::Blocked)), "{refused:?}");
}

fn observing(rule: Rule) -> Lever {
    let (scope, effect, until) = (Mode::Live, Effect::Observe, Timestamp::MAX);
    Lever { scope, rule, value: Some(1), effect, from: None, until }
}

async fn lines(shop: &Shop) -> Vec<(String, String)> {
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let range = Range { from, to, limit: 50, cursor: None };
    let lines = shop.memory.logged((shop.store.id, Mode::Live), &range).await.unwrap();
    lines.into_iter().map(|line| (line.reason, line.text)).collect()
}

#[tokio::test]
async fn a_limit_that_observes_writes_down_what_it_would_have_refused() {
    for (rule, name) in [(Rule::SessionHour, "session_hour"), (Rule::StoreHour, "store_hour")] {
        let mut shop = Shop::in_mode(Mode::Live);
        shop.store.settings.levers = Some(vec![observing(rule)]);
        for n in 0..3 {
            let phone = format!("+44741{n}123456");
            assert_eq!(lines(&shop).await.len(), 0, "{n} of {name}");
            let started = asks(&shop, &phone, "one", true).await.unwrap();
            assert!(started.left.iter().all(|left| left.rule != rule));
            shop.pass_seconds(1);
            if !lines(&shop).await.is_empty() {
                break;
            }
        }
        let text = format!("observe, would have refused: {name} (1)");
        assert_eq!(lines(&shop).await, [(name.to_owned(), text)]);
    }
}

#[tokio::test]
async fn a_store_cannot_let_more_texts_go_to_a_number_than_the_deployment_does() {
    let mut shop = Shop::in_mode(Mode::Live);
    let lax = |value, effect| Lever { value, effect, ..observing(Rule::PhoneHour) };
    for lever in [lax(None, Effect::Observe), lax(Some(1_000), Effect::Enforce)] {
        shop.store.own.levers = Some(vec![lever]);
        shop.store.settings.levers.clone_from(&shop.store.own.levers);
        let mut sent = 0;
        while asks(&shop, ADA, &format!("{} {sent}", shop.memory.now()), false).await.is_ok() {
            sent += 1;
        }
        assert_eq!(sent, 5);
        shop.pass_seconds(3_600);
    }
}
