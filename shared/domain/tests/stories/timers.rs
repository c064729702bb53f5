//! What happens when time passes and nothing else does.

use doorstep_domain::{
    Mode,
    carrier::{CarrierName, Channel, Content},
    id::SignupId,
    message::{AccountRef, DeliveryReceipt, Happening, MessageStatus},
    ports::{Clock, Messages},
    signup::{Method, SignupStatus, State},
    start::Start,
    timer::{Next, Waits, wake},
};
use doorstep_fakes::together;
use jiff::SignedDuration;

use crate::shop::{ADA, Recorder, Shop};

const LIVE: &str = "+447400123456";
const WAITS: Waits = Waits { silence: SignedDuration::from_secs(6) };

/// The timer of a sign-up's hand-over looks what is due, and after how many seconds it will again.
async fn looks(shop: &Shop, id: SignupId, send: u8) -> Option<i64> {
    let dispatch = shop.dispatch(id, send, 0);
    let next = wake(&*shop.memory, &shop.store, &shop.data, (&dispatch, WAITS)).await.unwrap();
    match next {
        Next::Done => None,
        Next::At(due) => Some(due.duration_since(shop.memory.now()).as_secs()),
    }
}

/// A live shop whose texts go by End User Messaging, then by SNS.
async fn live() -> (Shop, SignupId) {
    let shop = Shop::in_mode(Mode::Live);
    let id = shop.signs_up(LIVE, "one").await;
    (shop, id)
}

/// The text arrives, as its carrier says.
async fn delivers(shop: &Shop, id: SignupId, carrier: CarrierName) {
    let (store, mode) = shop.data.scope();
    let happening = Happening {
        status: MessageStatus::Delivered,
        at: shop.memory.now(),
        carrier: Some(carrier),
        class: None,
        code: None,
    };
    let receipt =
        DeliveryReceipt { account: AccountRef::new(carrier, None), happening, price: None };
    shop.memory.receive(store, mode, id.message(0), &receipt).await.unwrap();
}

/// The carrier of this leg takes the text.
async fn sends(shop: &Shop, id: SignupId, send: u8, leg: u8) -> Recorder {
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &shop.dispatch(id, send, leg)).await.unwrap();
    carrier
}

#[tokio::test]
async fn a_silent_carrier_is_left_after_six_seconds_with_the_same_code() {
    let (shop, id) = live().await;
    let first = sends(&shop, id, 0, 0).await;
    assert_eq!(looks(&shop, id, 0).await, Some(6));
    shop.pass_seconds(6);
    looks(&shop, id, 0).await;
    assert_eq!(shop.memory.events(), ["send/eum/0", "send/sns/0"]);
    let second = sends(&shop, id, 0, 1).await;
    assert_eq!(first.texts(), second.texts(), "one code, whoever brings it");
    shop.pass_seconds(6);
    looks(&shop, id, 0).await;
    assert_eq!(shop.memory.events().len(), 2, "two carriers are asked without being told to");
}

#[tokio::test]
async fn a_carrier_that_never_got_round_to_it_is_left_too() {
    let (shop, id) = live().await;
    shop.pass_seconds(6);
    looks(&shop, id, 0).await;
    assert_eq!(shop.memory.events(), ["send/eum/0", "send/sns/0"]);
    let late = sends(&shop, id, 0, 0).await;
    assert!(late.texts().is_empty(), "its turn is over");
}

#[tokio::test]
async fn a_text_that_arrived_is_left_alone() {
    let (shop, id) = live().await;
    sends(&shop, id, 0, 0).await;
    delivers(&shop, id, CarrierName::Eum).await;
    shop.pass_seconds(6);
    assert_eq!(looks(&shop, id, 0).await, Some(594), "until the code's end");
    assert_eq!(shop.memory.events(), ["send/eum/0"]);
}

#[tokio::test]
async fn test_modes_carriers_play_silence_and_nobody_is_asked_instead() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    sends(&shop, id, 0, 0).await;
    shop.pass_seconds(60);
    assert_eq!(looks(&shop, id, 0).await, Some(540));
    assert_eq!(shop.memory.events(), ["send/sandbox/0"]);
}

#[tokio::test]
async fn a_verified_sign_up_has_nothing_to_wait_for() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.types_right(id).await.unwrap();
    assert_eq!(looks(&shop, id, 0).await, None);
}

#[tokio::test]
async fn an_expiry_is_told_once() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(600);
    together((0..3).map(|_| looks(&shop, id, 0))).await;
    assert_eq!(shop.memory.events(), ["send/sandbox/0", "news/signup.expired"]);
    assert_eq!(shop.overview(id).await.status(shop.memory.now()), SignupStatus::Expired);
}

#[tokio::test]
async fn a_text_that_nobody_confirms_becomes_one_call_where_the_store_wants_it() {
    let mut shop = Shop::open();
    shop.store.settings.voice_after_seconds = Some(30);
    let id = shop.signs_up(ADA, "one").await;
    sends(&shop, id, 0, 0).await;
    assert_eq!(looks(&shop, id, 0).await, Some(30));
    shop.pass_seconds(30);
    together((0..3).map(|_| looks(&shop, id, 0))).await;
    assert_eq!(shop.memory.events(), ["send/sandbox/0", "send/sandbox-2/1"]);
    let call = sends(&shop, id, 1, 0).await;
    let said = call.handed.lock().unwrap()[0].content.clone();
    let Content::Call(spoken) = said else {
        panic!("it is a call");
    };
    let digits: Vec<_> = shop.code(id).await.expose().chars().map(String::from).collect();
    assert_eq!(spoken.words.matches(&digits.join(", ")).count(), 2, "it says the code twice");
    let overview = shop.overview(id).await;
    assert_eq!(overview.messages[1].channel, Channel::Voice);
    assert_eq!(overview.attempt.state, State::Pending);
}

#[tokio::test]
async fn a_link_never_becomes_a_call() {
    let mut shop = Shop::open();
    shop.store.settings.voice_after_seconds = Some(30);
    let wish = Start { method: Method::Link, ..shop.call(ADA, "one") };
    let id = shop.asks(wish).await.unwrap().attempt.id;
    sends(&shop, id, 0, 0).await;
    shop.pass_seconds(30);
    assert_eq!(looks(&shop, id, 0).await, Some(570));
    assert_eq!(shop.memory.events(), ["send/sandbox/0"]);
}

#[tokio::test]
async fn a_text_that_arrived_becomes_no_call() {
    let mut shop = Shop::open();
    shop.store.settings.voice_after_seconds = Some(30);
    let id = shop.signs_up(ADA, "one").await;
    sends(&shop, id, 0, 0).await;
    delivers(&shop, id, CarrierName::Sandbox).await;
    shop.pass_seconds(30);
    assert_eq!(looks(&shop, id, 0).await, Some(570));
    assert_eq!(shop.memory.events(), ["send/sandbox/0"]);
}

#[tokio::test]
async fn a_number_is_not_called_twice_in_a_quarter_of_an_hour() {
    let shop = Shop::in_mode(Mode::Live);
    for (key, calls) in [("one", 1), ("two", 0)] {
        let wish = Start { channel: Channel::Voice, ..shop.call(LIVE, key) };
        let id = shop.asks(wish).await.unwrap().attempt.id;
        let carrier = sends(&shop, id, 0, 0).await;
        assert_eq!(carrier.handed.lock().unwrap().len(), calls, "{key}");
        let message = shop.overview(id).await.messages.remove(0);
        let code = message.history.last().unwrap().code.clone();
        assert_eq!(code.as_deref(), (calls == 0).then_some("called_before"));
    }
}

#[tokio::test]
async fn a_ringing_call_is_not_taken_to_another_carrier() {
    let shop = Shop::in_mode(Mode::Live);
    let wish = Start { channel: Channel::Voice, ..shop.call(LIVE, "one") };
    let id = shop.asks(wish).await.unwrap().attempt.id;
    sends(&shop, id, 0, 0).await;
    shop.pass_seconds(60);
    looks(&shop, id, 0).await;
    assert_eq!(shop.memory.events(), ["send/eum/0"], "it rings once");
}

#[tokio::test]
async fn after_a_timers_call_a_resend_is_a_text_again() {
    let mut shop = Shop::open();
    shop.store.settings.voice_after_seconds = Some(30);
    let id = shop.signs_up(ADA, "one").await;
    sends(&shop, id, 0, 0).await;
    shop.pass_seconds(30);
    looks(&shop, id, 0).await;
    for number in 1..=3 {
        shop.pass_seconds(120);
        let resent = shop.resends(id, &format!("again {number}")).await.unwrap();
        assert_eq!(resent.attempt.sends.last().unwrap().channel, Channel::Sms);
    }
}
