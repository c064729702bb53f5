//! What shoppers text to a shop: twice, late, out of order, or at all.

use doorstep_domain::{
    carrier::CarrierName,
    consent::Event,
    hear::InboundText,
    inbound::{Dealt, Inbound, QUIET, inbound},
    message::{About, Message},
    phone::PhoneNumber,
    ports::{Clock, Messages, Phones, Suppressions},
    signup::State,
    store::{Settings, Store},
};
use doorstep_fakes::together;
use jiff::{SignedDuration, Timestamp};

use crate::shop::{Recorder, Shop};

/// A number of a live shopper.
const EVE: &str = "+447400123456";

fn open() -> Shop {
    let mut shop = Shop::in_mode(doorstep_domain::Mode::Live);
    let help = Some("https://shop.example/help".to_owned());
    shop.store.settings = Settings { help_url: help, ..shop.store.settings };
    shop
}

fn now(shop: &Shop) -> Timestamp {
    Timestamp::from_millisecond(shop.memory.now().as_millisecond()).unwrap()
}

/// A carrier brings a text that we first heard at this time.
async fn brings(shop: &Shop, id: &str, from: &str, text: &str, at: Timestamp) -> Dealt {
    let [id, from, to, text] = [id, from, "447400654321", text].map(str::to_owned);
    let text = InboundText { id, from, to, text };
    let text = Inbound { carrier: CarrierName::Twilio, text: &text, at, trace: "00-trace" };
    inbound(&*shop.memory, &shop.store, &shop.data, text).await.unwrap()
}

/// Eve texts this now, a second after what she texted before.
async fn texts(shop: &Shop, id: &str, text: &str) -> Dealt {
    shop.pass_seconds(1);
    brings(shop, id, EVE, text, now(shop)).await
}

async fn is_suppressed(shop: &Shop) -> bool {
    let eve = PhoneNumber::parse(EVE, None, shop.mode).unwrap();
    let phone = shop.data.phone_index(&eve);
    Phones::find(&*shop.memory, &shop.data, &phone).await.unwrap().suppressed.is_some()
}

/// Eve is a user of the shop, with her consent to marketing texts.
async fn registers(shop: &Shop) {
    let id = shop.signs_up(EVE, "eve").await;
    shop.types_right(id).await.unwrap();
}

#[tokio::test]
async fn stop_ends_texts_and_takes_back_the_consents_to_them() {
    let shop = open();
    registers(&shop).await;
    assert_eq!(texts(&shop, "in-1", "Stop.").await, Dealt::Stopped);
    assert!(is_suppressed(&shop).await);
    let taken = shop.memory.withdrawals();
    let [withdrawal] = &taken[..] else { panic!("{taken:?}") };
    let said = (&*withdrawal.purpose, &*withdrawal.channel, withdrawal.door.as_str());
    assert_eq!(said, ("marketing", "sms", "sms_stop"));
    assert!(shop.memory.events().contains(&"news/consent.withdrawn".to_owned()));
}

#[tokio::test]
async fn a_stop_that_comes_twice_or_at_once_changes_nothing_more() {
    let shop = open();
    registers(&shop).await;
    shop.pass_seconds(1);
    let at = now(&shop);
    together((0..5).map(|_| brings(&shop, "in-1", EVE, "STOP", at))).await;
    assert_eq!(brings(&shop, "in-1", EVE, "STOP", at).await, Dealt::Nothing("already_stopped"));
    let told = || {
        let events = shop.memory.events();
        events.iter().filter(|event| *event == "news/consent.withdrawn").count()
    };
    assert_eq!(told(), 1);
    assert_eq!(texts(&shop, "in-2", "STOP").await, Dealt::Nothing("already_stopped"));
    assert_eq!(shop.memory.withdrawals().len(), 1);
    assert_eq!(told(), 2, "a later no, against a sign-up that is on its way");
}

#[tokio::test]
async fn a_stop_that_was_cut_off_before_the_ledger_is_finished_when_it_comes_again() {
    let shop = open();
    registers(&shop).await;
    shop.pass_seconds(1);
    let at = now(&shop);
    let eve = shop.data.phone_index(&PhoneNumber::parse(EVE, None, shop.mode).unwrap());
    assert!(shop.memory.suppress(&shop.data, &eve, at, "00-trace").await.unwrap());
    brings(&shop, "in-1", EVE, "STOP", at).await;
    assert_eq!(shop.memory.withdrawals().len(), 1);
}

#[tokio::test]
async fn a_start_does_not_save_a_consent_from_a_stop_that_was_cut_off() {
    let shop = open();
    registers(&shop).await;
    shop.pass_seconds(1);
    let at = now(&shop);
    let eve = shop.data.phone_index(&PhoneNumber::parse(EVE, None, shop.mode).unwrap());
    assert!(shop.memory.suppress(&shop.data, &eve, at, "00-trace").await.unwrap());
    assert_eq!(texts(&shop, "in-2", "START").await, Dealt::Started);
    assert_eq!(brings(&shop, "in-1", EVE, "STOP", at).await, Dealt::Nothing("overtaken"));
    assert!(!is_suppressed(&shop).await);
    assert_eq!(shop.memory.withdrawals().len(), 1);
    brings(&shop, "in-1", EVE, "STOP", at).await;
    assert_eq!(shop.memory.withdrawals().len(), 1, "written once");
}

#[tokio::test]
async fn an_unknown_number_may_stop_too() {
    let shop = open();
    assert_eq!(texts(&shop, "in-1", "STOP").await, Dealt::Stopped);
    assert!(is_suppressed(&shop).await);
    assert_eq!(shop.memory.withdrawals(), []);
}

#[tokio::test]
async fn start_lifts_the_stop_and_grants_nothing() {
    let shop = open();
    registers(&shop).await;
    let grants = || shop.memory.ledger().iter().filter(|it| it.event == Event::Granted).count();
    let granted = grants();
    assert_eq!(texts(&shop, "in-1", "START").await, Dealt::Nothing("not_stopped"));
    texts(&shop, "in-2", "STOP").await;
    assert_eq!(texts(&shop, "in-3", "START").await, Dealt::Started);
    assert!(!is_suppressed(&shop).await);
    assert_eq!(grants(), granted, "a START is no consent");
    assert_eq!(shop.memory.withdrawals().len(), 1, "what was taken back stays so");
}

#[tokio::test]
async fn of_stop_and_start_the_later_counts_in_whatever_order_they_come() {
    let shop = open();
    let (first, second, third) = (now(&shop), now(&shop) + QUIET, now(&shop) + QUIET * 2);
    brings(&shop, "in-1", EVE, "STOP", first).await;
    brings(&shop, "in-2", EVE, "START", second).await;
    assert_eq!(brings(&shop, "in-1", EVE, "STOP", first).await, Dealt::Nothing("overtaken"));
    assert!(!is_suppressed(&shop).await, "the stop was taken back before");
    brings(&shop, "in-3", EVE, "STOP", third).await;
    let late = brings(&shop, "in-2", EVE, "START", second).await;
    assert_eq!(late, Dealt::Nothing("not_stopped"));
    assert!(is_suppressed(&shop).await, "withdrawal wins");
}

#[tokio::test]
async fn a_consent_given_after_the_stop_stays() {
    let shop = open();
    let before = now(&shop);
    shop.pass_seconds(1);
    registers(&shop).await;
    brings(&shop, "in-1", EVE, "STOP", before).await;
    assert_eq!(shop.memory.withdrawals(), []);
}

/// The one letter that there is.
async fn letter(shop: &Shop, id: doorstep_domain::id::MessageId) -> Message {
    Messages::find(&*shop.memory, &shop.data, &[id]).await.unwrap().remove(0)
}

#[tokio::test]
async fn anything_else_is_answered_with_help_once_a_day() {
    let shop = open();
    assert_eq!(texts(&shop, "in-1", "HELP").await, Dealt::Answered);
    let id = shop.data.derived("inbound/reply", "twilio/in-1");
    let id = doorstep_domain::id::MessageId::derived(id);
    let About::Letter(letter) = letter(&shop, id).await.about else { panic!("no letter") };
    assert_eq!(letter.to.expose(), EVE);
    assert_eq!(
        (letter.purpose.as_str(), &letter.route),
        ("transactional", &vec![CarrierName::Twilio])
    );
    assert_eq!(letter.expires_at.duration_since(letter.created_at), SignedDuration::from_hours(1));
    insta::assert_snapshot!(letter.text, @"Corner Shop: get help at https://shop.example/help. Reply STOP to opt out.");
    assert_eq!(
        texts(&shop, "in-2", "Where is my parcel?").await,
        Dealt::Nothing("answered_lately")
    );
    shop.pass(QUIET);
    assert_eq!(texts(&shop, "in-3", "Hello?").await, Dealt::Answered);
    assert_eq!(shop.memory.messages(), 2);
}

#[tokio::test]
async fn a_help_that_comes_twice_is_one_letter() {
    let shop = open();
    let at = now(&shop);
    for _ in 0..3 {
        assert_eq!(brings(&shop, "in-1", EVE, "HELP", at).await, Dealt::Answered);
    }
    assert_eq!((shop.memory.messages(), shop.memory.events().len()), (1, 1));
    let many = (2..8).map(|n| format!("in-{n}"));
    let many: Vec<_> = many.collect();
    shop.pass(QUIET);
    let at = now(&shop);
    let dealt = together(many.iter().map(|id| brings(&shop, id, EVE, "HELP", at))).await;
    assert_eq!(dealt.iter().filter(|dealt| **dealt == Dealt::Answered).count(), 1);
}

#[tokio::test]
async fn the_answer_speaks_the_shops_language() {
    let mut shop = open();
    shop.store.settings.locale = Some("de-AT".to_owned());
    texts(&shop, "in-1", "Hilfe").await;
    let id = shop.data.derived("inbound/reply", "twilio/in-1");
    let id = doorstep_domain::id::MessageId::derived(id);
    let About::Letter(letter) = letter(&shop, id).await.about else { panic!("no letter") };
    assert!(letter.text.contains("Hilfe"), "{}", letter.text);
    assert_eq!(texts(&shop, "in-2", "bitte keine sms mehr").await, Dealt::Stopped);
}

#[tokio::test]
async fn who_stopped_and_who_has_no_number_is_not_answered() {
    let shop = open();
    texts(&shop, "in-1", "STOP").await;
    assert_eq!(texts(&shop, "in-2", "HELP").await, Dealt::Nothing("suppressed"));
    for from in ["60777", "ROYALMAIL", "", "+", "+447700900123", "0044"] {
        let dealt = brings(&shop, "in-3", from, "STOP", now(&shop)).await;
        assert_eq!(dealt, Dealt::Nothing("no_number"), "{from}");
    }
    assert_eq!(shop.memory.messages(), 0);
}

#[tokio::test]
async fn a_shop_without_a_help_page_answers_nothing() {
    let mut shop = open();
    shop.store = Store { settings: Settings::default(), ..shop.store };
    assert_eq!(texts(&shop, "in-1", "HELP").await, Dealt::Nothing("no_help_url"));
}

#[tokio::test]
async fn a_text_never_touches_a_signup() {
    let shop = open();
    let id = shop.signs_up(EVE, "eve").await;
    let code = shop.code(id).await.expose().to_owned();
    for (number, text) in [&code, "YES", "STOP", "START"].iter().enumerate() {
        texts(&shop, &format!("in-{number}"), text).await;
    }
    assert_eq!(shop.attempt(id).await.state, State::Pending);
    assert_eq!(shop.memory.users(), 0);
}

#[tokio::test]
async fn nothing_goes_out_to_a_number_that_stopped() {
    let shop = open();
    let id = shop.signs_up(EVE, "eve").await;
    texts(&shop, "in-1", "STOP").await;
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await.unwrap();
    assert_eq!(carrier.texts(), Vec::<String>::new());
    let message = shop.overview(id).await.messages.remove(0);
    let last = message.history.last().unwrap();
    assert_eq!((message.status.as_str(), last.code.as_deref()), ("failed", Some("suppressed")));
    assert_eq!(last.class.unwrap().as_str(), "opted_out");
    texts(&shop, "in-2", "START").await;
    let again = shop.signs_up(EVE, "eve again").await;
    shop.sends(&carrier, &shop.dispatch(again, 0, 0)).await.unwrap();
    assert_eq!(carrier.texts().len(), 1);
}

#[tokio::test]
async fn an_answer_is_not_sent_to_who_stopped_in_between() {
    let shop = open();
    texts(&shop, "in-1", "HELP").await;
    texts(&shop, "in-2", "STOP").await;
    let id = shop.data.derived("inbound/reply", "twilio/in-1");
    let message = doorstep_domain::id::MessageId::derived(id);
    let dispatch = doorstep_domain::deliver::Dispatch {
        store: shop.store.id,
        mode: shop.mode,
        message,
        letter: true,
        leg: 0,
    };
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &dispatch).await.unwrap();
    assert_eq!(carrier.texts(), Vec::<String>::new());
}
