//! What becomes of what carriers told: twice, early, of strangers, and poison.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    account::{Holder, Unique},
    carrier::{CarrierName, Channel, FailureClass},
    guard::{Book, Pool, PrefixRecord, SlateKey, SlateKind, Unit, Window, book_key},
    hear::{CarrierReceipt, Heard, InboundText},
    id::{MessageId, SignupId, StoreId},
    message::{AccountRef, Claim, Claimed, MessageStatus},
    money::Money,
    open_store,
    phone::{PhoneNumber, Region},
    ports::{Claims, Clock, Messages, Phones, Slates, Stores},
    price::Rates,
    start,
    store::Store,
};
use doorstep_edge::{
    batch::{Handled, Unhandled, Worker},
    heard::{HeardEvent, Source},
};
use doorstep_fakes::{Memory, Ring, Seeded, sample};
use ingest::Ingest;
use jiff::{SignedDuration, Timestamp};

const SIGNUP: SignupId = SignupId::derived(32);

async fn ingest() -> Ingest<Memory, Ring> {
    let ports = Memory::default();
    ports.save(&sample::store()).await.unwrap();
    open_store::change(&ports, Store::DEPLOYMENT, sample::store().own).await.unwrap();
    Ingest { ports, ring: Ring, rates: Rates::default(), meter: Arc::default() }
}

/// The body for what an account of this owner told.
fn body(owner: StoreId, account: Option<&str>, heard: &Heard) -> String {
    body_of(CarrierName::Twilio, owner, account, heard)
}

fn body_of(carrier: CarrierName, owner: StoreId, account: Option<&str>, heard: &Heard) -> String {
    let at = Timestamp::from_second(1_800_000_000).unwrap();
    let source = Source { carrier, account, at, trace: "00-trace" };
    let keys = sample::keys_of(owner, Mode::Live);
    HeardEvent::seal(&keys, source, heard, &Seeded::new(1)).body()
}

fn delivered(message: Option<(Option<StoreId>, MessageId)>, theirs: Option<&str>) -> Heard {
    Heard::Receipt(CarrierReceipt {
        carrier_message_id: theirs.map(str::to_owned),
        message,
        status: MessageStatus::Delivered,
        class: None,
        code: None,
        price: None,
        at: None,
    })
}

fn text(to: &str, text: &str) -> Heard {
    let [id, from, to, text] = ["in-1", "447400123456", to, text].map(str::to_owned);
    Heard::Text(InboundText { id, from, to, text })
}

/// A sender claims the sample store's message for the account `AC1`.
async fn claims(ingest: &Ingest<Memory, Ring>) {
    let account = AccountRef::new(CarrierName::Twilio, Some("AC1"));
    claims_by(ingest, SIGNUP, account, CarrierName::Twilio).await;
}

async fn claims_by(
    ingest: &Ingest<Memory, Ring>,
    signup: SignupId,
    account: AccountRef,
    carrier: CarrierName,
) {
    let at = ingest.ports.now();
    let claim = Claim {
        id: signup.message(0),
        signup: Some(signup),
        channel: Channel::Sms,
        leg: 0,
        carrier,
        account,
        region: Region::GB,
        at,
        until: at + SignedDuration::from_secs(15),
        trace: String::new(),
    };
    let claimed =
        Messages::claim(&ingest.ports, &sample::data_keys(Mode::Live), &claim).await.unwrap();
    assert!(matches!(claimed, Claimed::Yes(_)));
}

async fn status(ingest: &Ingest<Memory, Ring>) -> MessageStatus {
    let keys = sample::data_keys(Mode::Live);
    Messages::find(&ingest.ports, &keys, &[SIGNUP.message(0)]).await.unwrap()[0].status
}

async fn is_stopped(ingest: &Ingest<Memory, Ring>) -> bool {
    let keys = sample::data_keys(Mode::Live);
    let from = PhoneNumber::parse("+447400123456", None, Mode::Live).unwrap();
    let found = Phones::find(&ingest.ports, &keys, &keys.phone_index(&from)).await.unwrap();
    found.suppressed.is_some()
}

async fn is_done(ingest: &Ingest<Memory, Ring>, body: &str) -> bool {
    matches!(ingest.handle(body).await.unwrap(), Handled::Done)
}

#[tokio::test]
async fn a_receipt_of_a_message_that_is_gone_is_done() {
    let ingest = ingest().await;
    let heard = delivered(Some((None, SIGNUP.message(0))), None);
    let body = body(sample::STORE, Some("AC1"), &heard);
    assert!(is_done(&ingest, &body).await);
    claims(&ingest).await;
    for _ in 0..2 {
        assert!(is_done(&ingest, &body).await);
        assert_eq!(status(&ingest).await, MessageStatus::Delivered);
    }
}

#[tokio::test]
async fn a_receipt_of_another_account_changes_nothing() {
    let ingest = ingest().await;
    claims(&ingest).await;
    let forged = delivered(Some((Some(sample::STORE), SIGNUP.message(0))), None);
    let other = StoreId::from_bits(16);
    ingest.ports.save(&Store { id: other, ..sample::store() }).await.unwrap();
    for (owner, account) in
        [(other, Some("AC2")), (sample::STORE, Some("AC2")), (Store::DEPLOYMENT, None)]
    {
        assert!(is_done(&ingest, &body(owner, account, &forged)).await);
        assert_eq!(status(&ingest).await, MessageStatus::Sending);
    }
    assert!(is_done(&ingest, &body(Store::DEPLOYMENT, Some("AC1"), &forged)).await);
    assert_eq!(status(&ingest).await, MessageStatus::Delivered, "its own, by the deployment's");
}

#[tokio::test]
async fn a_receipt_that_names_no_message_is_dropped() {
    let ingest = ingest().await;
    assert!(is_done(&ingest, &body(sample::STORE, Some("AC1"), &delivered(None, None))).await);
    let theirs = body(sample::STORE, Some("AC1"), &delivered(None, Some("SM1")));
    assert!(is_done(&ingest, &theirs).await, "kept for its send");
}

/// Sends whose money was counted in this hour, as the deployment's book has them.
async fn spent(ingest: &Ingest<Memory, Ring>) -> u64 {
    let (at, keys) = (ingest.ports.now(), [book_key((Store::DEPLOYMENT, Mode::Live))]);
    let (_, slates) = ingest.ports.look(None, &keys).await.unwrap();
    let hour = ("*".to_owned(), Unit::Nanos, Window::Hour);
    Book::parse(&slates[0].bytes).unwrap().used(&hour, at)
}

/// A live sign-up, in the middle of an hour.
async fn texted(ingest: &Ingest<Memory, Ring>) -> SignupId {
    ingest.ports.clock.pass(SignedDuration::from_mins(5));
    let shop = sample::shop(sample::store(), Mode::Live);
    let command = start::Start {
        mode: Mode::Live,
        live_route: vec![CarrierName::Eum.into()],
        guarded: true,
        ..sample::start("+447400123456", "one")
    };
    let started = start::start(&ingest.ports, &Pool::default(), &shop, command).await.unwrap();
    started.attempt.id
}

#[tokio::test]
async fn a_price_settles_once_however_often_its_receipt_comes() {
    let ingest = ingest().await;
    let id = texted(&ingest).await;
    claims_by(&ingest, id, AccountRef::new(CarrierName::Eum, None), CarrierName::Eum).await;
    let before = spent(&ingest).await;
    let price = Some(Money::parse("0.01", "USD").unwrap());
    let Heard::Receipt(receipt) = delivered(Some((None, id.message(0))), None) else { panic!() };
    let heard = Heard::Receipt(CarrierReceipt { price, ..receipt });
    let body = body_of(CarrierName::Eum, sample::STORE, None, &heard);
    for _ in 0..3 {
        assert!(is_done(&ingest, &body).await);
        assert_eq!(before - spent(&ingest).await, 16_000_000, "0.024 less 0.01 at 0.80");
    }
}

#[tokio::test]
async fn a_range_that_twilio_calls_fraud_in_a_receipt_is_refused() {
    let ingest = ingest().await;
    let id = texted(&ingest).await;
    claims_by(&ingest, id, AccountRef::new(CarrierName::Twilio, Some("AC1")), CarrierName::Twilio)
        .await;
    let Heard::Receipt(receipt) = delivered(Some((None, id.message(0))), None) else { panic!() };
    let fraud = CarrierReceipt {
        status: MessageStatus::Undelivered,
        class: Some(FailureClass::Policy),
        code: Some("30450".to_owned()),
        ..receipt
    };
    let heard = Heard::Receipt(fraud);
    for (account, refused) in [("AC2", false), ("AC1", true)] {
        assert!(is_done(&ingest, &body(sample::STORE, Some(account), &heard)).await);
        let shared = sample::keys_of(Store::DEPLOYMENT, Mode::Live);
        let phone = PhoneNumber::parse("+447400123457", None, Mode::Live).unwrap();
        let id = shared.prefix_index(&phone).as_text();
        let key = SlateKey { scope: shared.scope(), kind: SlateKind::Prefix, id };
        let (_, slates) = ingest.ports.look(None, &[key]).await.unwrap();
        let record = PrefixRecord::parse(&slates[0].bytes).unwrap();
        assert_eq!(record.fraud.is_some(), refused, "{account}");
    }
}

#[tokio::test]
async fn a_text_goes_to_the_owner_of_the_account_or_of_the_number() {
    let ingest = ingest().await;
    let stop = text("+447400654321", "STOP");
    assert!(is_done(&ingest, &body(Store::DEPLOYMENT, Some("AC0"), &stop)).await);
    assert!(!is_stopped(&ingest).await, "nobody has the number");
    let holder = Holder { store: sample::STORE, carrier: None };
    Claims::claim(&ingest.ports, &Unique::number("447400654321").unwrap(), holder).await.unwrap();
    assert!(is_done(&ingest, &body(Store::DEPLOYMENT, Some("AC0"), &stop)).await);
    assert!(is_stopped(&ingest).await);
}

#[tokio::test]
async fn a_text_to_a_stores_own_account_is_the_stores_whatever_the_number() {
    let ingest = ingest().await;
    for _ in 0..2 {
        assert!(is_done(&ingest, &body(sample::STORE, Some("AC1"), &text("60777", "Stop"))).await);
        assert!(is_stopped(&ingest).await);
    }
}

#[tokio::test]
async fn what_a_store_that_is_gone_was_told_is_dropped() {
    let ingest = ingest().await;
    let gone = StoreId::from_bits(99);
    assert!(is_done(&ingest, &body(gone, Some("AC1"), &text("60777", "STOP"))).await);
}

#[tokio::test]
async fn what_does_not_open_is_poison() {
    let ingest = ingest().await;
    let good = body(sample::STORE, Some("AC1"), &text("60777", "STOP"));
    let moved = good.replace("AC1", "AC2");
    let stolen = good.replace(&sample::STORE.to_string(), &Store::DEPLOYMENT.to_string());
    let timeless = good.replace("1800000000000", "9223372036854775807");
    for poison in ["", "{}", "{\"kind\":\"heard\"}", &moved, &stolen, &timeless] {
        let handled = ingest.handle(poison).await;
        assert!(matches!(handled, Err(Unhandled::Unreadable(_))), "{poison}");
    }
    assert!(!is_stopped(&ingest).await);
}
