//! When marketing goes out, and how much of it.

use doorstep_domain::{
    Mode,
    cap::{FrequencyCap, Planned},
    carrier::CarrierName,
    consent::Event,
    message::{About, Letter, MessageStatus},
    phone::PhoneNumber,
    ports::{Clock, Phones},
    preference,
    quiet::QuietHours,
    template::Kind,
    write::{Recipient, Write, WriteError, Written, write},
};
use doorstep_fakes::sample;
use jiff::{SignedDuration, Timestamp, civil::Time};

use crate::shop::{ADA, Recorder, Shop};

const EVE: &str = "+447400123456";

/// A live shop to whose offers Eve agreed, at this time.
async fn selling(at: &str) -> Shop {
    selling_in(Mode::Live, at).await
}

const fn number(shop: &Shop) -> &'static str {
    if matches!(shop.mode, Mode::Live) { EVE } else { ADA }
}

async fn selling_in(mode: Mode, at: &str) -> Shop {
    let mut shop = Shop::in_mode(mode);
    let start: Timestamp = at.parse().unwrap();
    shop.pass(start.duration_since(shop.memory.now()));
    shop.store.settings.purposes = Some(vec!["offers".to_owned()]);
    shop.saves("offer", "en", Kind::Marketing, "{{ store }}: sale! {{ opt_out }}").await;
    shop.saves("order", "en", Kind::Transactional, "{{ store }}: it is on its way.").await;
    let mut call = shop.call(number(&shop), "eve");
    call.consents = vec![sample::consent("offers")];
    let id = shop.asks(call).await.unwrap().attempt.id;
    shop.types_right(id).await.unwrap();
    assert_eq!(shop.memory.ledger()[0].event, Event::Granted);
    shop.pass_seconds(1);
    shop
}

async fn asks(
    shop: &Shop,
    key: &str,
    (template, purpose): (&str, &str),
) -> Result<Written, WriteError> {
    let command = command(shop, key, (template, purpose));
    write(&*shop.memory, &shop.pool, &shop.whole(), command).await
}

fn command(shop: &Shop, key: &str, (template, purpose): (&str, &str)) -> Write {
    Write {
        mode: shop.mode,
        to: Recipient::Number(number(shop).to_owned()),
        template: template.parse().unwrap(),
        locale: None,
        variables: Vec::new(),
        purpose: purpose.to_owned(),
        send_after: None,
        idempotency_key: key.to_owned(),
        body: b"{}".to_vec(),
        live_route: vec![CarrierName::Eum.into()],
        trace: String::new(),
        key: None,
        guarded: true,
    }
}

/// An offer that goes out so many days later.
async fn offers_in(shop: &Shop, key: &str, days: i64) -> Result<Written, WriteError> {
    let due = shop.memory.now() + SignedDuration::from_hours(24 * days);
    let command = Write { send_after: Some(due), ..command(shop, key, ("offer", "offers")) };
    write(&*shop.memory, &shop.pool, &shop.whole(), command).await
}

async fn offers(shop: &Shop, key: &str) -> Result<Written, WriteError> {
    asks(shop, key, ("offer", "offers")).await
}

#[tokio::test]
async fn an_offer_of_the_night_waits_for_nine_and_news_of_an_order_do_not() {
    let shop = selling("2027-01-10T22:30:00Z").await;
    let offer = offers(&shop, "offer").await.unwrap().letter;
    assert_eq!(offer.send_after, Some("2027-01-11T09:00:00Z".parse().unwrap()));
    let order = asks(&shop, "order", ("order", "transactional")).await.unwrap().letter;
    assert_eq!(order.send_after, None);
}

#[tokio::test]
async fn an_offer_that_was_late_in_the_queue_is_not_sent_at_night_but_in_the_morning() {
    let shop = selling("2027-01-10T19:59:00Z").await;
    let id = offers(&shop, "offer").await.unwrap().id;
    shop.pass(SignedDuration::from_mins(2));
    let carrier = Recorder::accepting();
    for _ in 0..2 {
        shop.posts(&carrier, id).await;
    }
    assert_eq!(carrier.texts().len(), 0);
    let waiting = shop.message(id).await;
    let About::Letter(letter) = waiting.about else { panic!("a letter") };
    let Letter { send_after, expires_at, .. } = *letter;
    let nine: Timestamp = "2027-01-11T09:00:00Z".parse().unwrap();
    assert_eq!((waiting.status, send_after), (MessageStatus::Queued, Some(nine)));
    assert!(expires_at > nine);
    assert_eq!(shop.memory.events().last().map(String::as_str), Some("hold"));
    shop.pass(nine.duration_since(shop.memory.now()));
    shop.posts(&carrier, id).await;
    assert_eq!(carrier.texts().len(), 1);
}

#[tokio::test]
async fn a_test_shop_keeps_the_hours_that_it_set_and_no_others() {
    let mut shop = selling_in(Mode::Test, "2027-01-10T23:00:00Z").await;
    assert_eq!(offers(&shop, "usual").await.unwrap().letter.send_after, None);
    let hours = QuietHours { from: Time::constant(22, 0, 0, 0), to: Time::constant(7, 30, 0, 0) };
    shop.store.settings.quiet_hours = Some(hours);
    let waits = offers(&shop, "its own").await.unwrap().letter.send_after;
    assert_eq!(waits, Some("2027-01-11T07:30:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_number_gets_no_more_marketing_than_the_shop_says_and_hears_when_it_may() {
    let mut shop = selling("2027-01-10T12:00:00Z").await;
    shop.store.settings.frequency_cap = Some(FrequencyCap { texts: 2, days: 1 });
    let first = shop.memory.now();
    offers(&shop, "one").await.unwrap();
    assert!(offers(&shop, "one").await.unwrap().replayed, "the same text counts once");
    shop.pass(SignedDuration::from_hours(1));
    offers(&shop, "two").await.unwrap();
    let refused = offers(&shop, "three").await;
    let Err(WriteError::TooMuch(frees)) = refused else { panic!("{refused:?}") };
    assert_eq!(frees.duration_since(first), SignedDuration::from_hours(24));
    asks(&shop, "order", ("order", "transactional")).await.unwrap();
    shop.pass(frees.duration_since(shop.memory.now()));
    offers(&shop, "three").await.unwrap();
}

#[tokio::test]
async fn a_text_that_was_counted_and_not_written_counts_once_when_it_is_asked_for_again() {
    let mut shop = selling("2027-01-10T12:00:00Z").await;
    shop.store.settings.frequency_cap = Some(FrequencyCap { texts: 1, days: 1 });
    let phone = shop.data.phone_index(&PhoneNumber::parse(EVE, None, shop.mode).unwrap());
    let counted = [Planned { message: shop.data.letter_id("one"), at: shop.memory.now() }];
    assert!(shop.memory.plan(&shop.data, &phone, (&[], &counted)).await.unwrap());
    offers(&shop, "one").await.unwrap();
    assert!(matches!(offers(&shop, "two").await, Err(WriteError::TooMuch(_))));
}

#[tokio::test]
async fn a_text_for_next_week_forgets_none_of_today() {
    let mut shop = selling("2027-01-10T12:00:00Z").await;
    shop.store.settings.frequency_cap = Some(FrequencyCap { texts: 2, days: 1 });
    for key in ["one", "two"] {
        offers(&shop, key).await.unwrap();
    }
    for (key, days) in [("a", 13), ("b", 7)] {
        offers_in(&shop, key, days).await.unwrap();
    }
    assert!(matches!(offers(&shop, "three").await, Err(WriteError::TooMuch(_))));
    offers_in(&shop, "c", 7).await.unwrap();
    assert!(matches!(offers_in(&shop, "d", 7).await, Err(WriteError::TooMuch(_))));
}

#[tokio::test]
async fn the_link_of_a_text_that_waits_opens_for_29_days_after_it_goes_out() {
    let shop = selling("2027-01-10T12:00:00Z").await;
    let offer = offers_in(&shop, "later", 13).await.unwrap().letter;
    let token = offer.text.rsplit('/').next().unwrap();
    let (memory, user) = (&*shop.memory, offer.user.unwrap());
    shop.pass(SignedDuration::from_hours(24 * (13 + 29)));
    let opened = preference::open(memory, token, memory.now()).await.unwrap();
    assert_eq!(opened.map(|whose| whose.user), Some(user));
    let again = offers_in(&shop, "again", 13).await.unwrap().letter;
    let token = again.text.rsplit('/').next().unwrap();
    let links = preference::all(memory, &shop.data, user, memory.now()).await.unwrap();
    assert_eq!(links.len(), 2, "an export tells of both");
    preference::forget(memory, &shop.data, user, memory.now()).await.unwrap();
    let forgotten = preference::open(memory, token, memory.now()).await.unwrap();
    assert_eq!(forgotten, None);
}

#[tokio::test]
async fn a_value_makes_no_promotion_of_what_needs_no_consent() {
    let mut shop = selling("2027-01-10T12:00:00Z").await;
    shop.store.settings.name = Some("Best Deals".to_owned());
    let words = "{{ store }}: {{ name }}, {{ news }}";
    shop.saves("news", "en", Kind::Transactional, words).await;
    let tells = async |key: &str, name: &str, news: &str| {
        let given = [("name", name), ("news", news)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let command = command(&shop, key, ("news", "transactional"));
        let command = Write { variables: given.to_vec(), ..command };
        write(&*shop.memory, &shop.pool, &shop.whole(), command).await
    };
    for (news, word) in [("our SALE ends today!", "sale"), ("all is 20% off", "20%")] {
        let refused = tells(word, "Ada", news).await;
        assert!(matches!(&refused, Err(WriteError::Promotion(it)) if it == word), "{refused:?}");
    }
    let text = tells("good", "Sale", "your order 1042 is on its way.").await.unwrap().letter.text;
    assert_eq!(text, "Best Deals: Sale, your order 1042 is on its way.");
}
