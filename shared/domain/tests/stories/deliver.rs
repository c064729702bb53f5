//! A sender's work, and what may go wrong around it.

use std::sync::Arc;

use doorstep_domain::{
    Fault,
    carrier::{CarrierName, FailureClass, Outcome, Outgoing},
    deliver::{CLAIM, Delivered},
    id::SignupId,
    message::{AccountRef, DeliveryReceipt, Happening, Message, MessageStatus},
    phone::Region,
    ports::Carrier,
    receive::{Of, Received, Report, receive},
    signup::LIFE,
};
use doorstep_fakes::together;
use jiff::SignedDuration;

use crate::shop::{ADA, Recorder, Shop};

/// The shop's one sign-up, waiting for its first text.
async fn waiting() -> (Shop, SignupId) {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    (shop, id)
}

async fn message(shop: &Shop, id: SignupId) -> Message {
    shop.overview(id).await.messages.remove(0)
}

/// A receipt for the sign-up's first message.
async fn receipt(shop: &Shop, id: SignupId, status: MessageStatus) -> Result<Received, Fault> {
    let at = doorstep_domain::ports::Clock::now(&*shop.memory);
    let happening = Happening { status, at, carrier: None, class: None, code: None };
    let (store, mode) = shop.data.scope();
    let account = AccountRef::new(CarrierName::Sandbox, None);
    let receipt = DeliveryReceipt { account, happening, price: None };
    let of = Of::Ours(store, mode, id.message(0));
    receive(&*shop.memory, &Report { of, receipt }).await
}

/// Takes the text and is never heard of again.
pub(crate) struct Lost(pub(crate) Recorder, pub(crate) tokio::sync::Notify);

impl Carrier for Lost {
    async fn send(&self, text: &Outgoing) -> Outcome {
        self.0.send(text).await;
        self.1.notify_one();
        std::future::pending().await
    }
}

/// Reports that the text arrived, before it says that it took it.
struct Hasty(Arc<Shop>);

impl Carrier for Hasty {
    async fn send(&self, text: &Outgoing) -> Outcome {
        receipt(&self.0, text.message.signup().0, MessageStatus::Delivered).await.unwrap();
        Outcome::Accepted { carrier_message_id: "carrier-1".to_owned() }
    }
}

#[tokio::test]
async fn the_text_carries_the_code_and_its_remaining_life() {
    let (shop, id) = waiting().await;
    shop.pass_seconds(2);
    let carrier = Recorder::accepting();
    let answer = shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await;
    assert_eq!(answer, Ok(Delivered::Done));
    let code = shop.code(id).await.expose().to_owned();
    let expected = format!(
        "{code} is your Corner Shop code. It is valid for 10 minutes. Do not share it with anyone.\n@shop.example #{code}"
    );
    assert_eq!(carrier.texts(), [expected]);
    let handed = carrier.handed.lock().unwrap();
    assert_eq!(handed[0].to.expose(), ADA);
    assert_eq!(handed[0].validity, LIFE - SignedDuration::from_secs(2));
    assert_eq!((handed[0].message, handed[0].take), (id.message(0), 1));
}

#[tokio::test]
async fn a_country_that_was_closed_meanwhile_gets_no_text() {
    let (mut shop, id) = waiting().await;
    shop.store.settings.allowed_countries = Some([Region::parse("JE").unwrap()].into());
    let carrier = Recorder::accepting();
    let answer = shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await;
    assert_eq!((answer, carrier.texts().len()), (Ok(Delivered::Done), 0));
    let message = message(&shop, id).await;
    let last = message.history.last().unwrap();
    assert_eq!((message.status, last.class), (MessageStatus::Failed, Some(FailureClass::Policy)));
    assert_eq!(last.code.as_deref(), Some("country_not_allowed"));
}

#[tokio::test]
async fn a_dispatch_that_comes_twice_is_sent_once() {
    let (shop, id) = waiting().await;
    let carrier = Recorder::accepting();
    for _ in 0..2 {
        let answer = shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await;
        assert_eq!(answer, Ok(Delivered::Done));
    }
    assert_eq!(carrier.texts().len(), 1);
    assert_eq!(message(&shop, id).await.status, MessageStatus::Sent);
}

#[tokio::test]
async fn a_dispatch_that_comes_twice_at_once_is_sent_once() {
    let (shop, id) = waiting().await;
    let carrier = Recorder::accepting();
    let dispatch = shop.dispatch(id, 0, 0);
    let answers = together((0..2).map(|_| shop.sends(&carrier, &dispatch))).await;
    assert_eq!(carrier.texts().len(), 1);
    assert!(answers.contains(&Ok(Delivered::Done)), "{answers:?}");
}

#[tokio::test]
async fn a_sender_killed_after_the_carrier_took_the_text_sends_the_same_code_again() {
    let (shop, id) = waiting().await;
    let (lost, dispatch) = (Lost(Recorder::accepting(), <_>::default()), shop.dispatch(id, 0, 0));
    tokio::select! {
        answer = shop.sends(&lost, &dispatch) => panic!("{answer:?}"),
        () = lost.1.notified() => {}
    }
    let second = Recorder::accepting();
    let held = shop.sends(&second, &dispatch).await;
    assert_eq!(held, Ok(Delivered::Again(CLAIM)), "it may still be alive");
    assert_eq!(second.texts().len(), 0);
    shop.pass(CLAIM);
    assert_eq!(shop.sends(&second, &dispatch).await, Ok(Delivered::Done));
    assert_eq!(second.texts(), lost.0.texts());
    assert_eq!(message(&shop, id).await.take, 2);
}

#[tokio::test]
async fn a_resend_carries_the_same_text() {
    let (shop, id) = waiting().await;
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.pass_seconds(30);
    shop.resends(id, "again").await.unwrap();
    shop.sends(&carrier, &shop.dispatch(id, 1, 0)).await.unwrap();
    let texts = carrier.texts();
    assert_eq!((texts.len(), &texts[0]), (2, &texts[1]));
    let ids: Vec<_> = shop.overview(id).await.messages.iter().map(|m| m.id).collect();
    assert_eq!(ids, [id.message(0), id.message(1)]);
}

#[tokio::test]
async fn no_text_goes_out_in_the_codes_last_minute() {
    let (shop, id) = waiting().await;
    shop.pass(SignedDuration::from_millis(540_001));
    let carrier = Recorder::accepting();
    let answer = shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await;
    assert_eq!(answer, Ok(Delivered::Done));
    assert_eq!(carrier.texts().len(), 0);
    let message = message(&shop, id).await;
    assert_eq!(message.status, MessageStatus::Expired);
    assert_eq!(message.history.last().unwrap().code.as_deref(), Some("too_late"));
}

#[tokio::test]
async fn a_text_goes_out_with_exactly_a_minute_left() {
    let (shop, id) = waiting().await;
    shop.pass_seconds(540);
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await.unwrap();
    assert_eq!(carrier.handed.lock().unwrap()[0].validity, SignedDuration::from_secs(60));
}

#[tokio::test]
async fn a_code_that_was_typed_meanwhile_is_not_sent() {
    let (shop, id) = waiting().await;
    shop.types_right(id).await.unwrap();
    let carrier = Recorder::accepting();
    shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await.unwrap();
    assert_eq!(carrier.texts().len(), 0);
    let last = message(&shop, id).await.history.pop().unwrap();
    assert_eq!(last.code.as_deref(), Some("not_needed"));
}

#[tokio::test]
async fn a_dispatch_of_a_signup_that_is_gone_is_done() {
    let shop = Shop::open();
    let carrier = Recorder::accepting();
    let gone = shop.dispatch(shop.data.signup_id("gone"), 0, 0);
    assert_eq!(shop.sends(&carrier, &gone).await, Ok(Delivered::Done));
    assert_eq!(carrier.texts().len(), 0);
}

#[tokio::test]
async fn a_receipt_may_come_before_the_send_is_recorded() {
    let (shop, id) = waiting().await;
    let shop = Arc::new(shop);
    let answer = shop.sends(&Hasty(Arc::clone(&shop)), &shop.dispatch(id, 0, 0)).await;
    assert_eq!(answer, Ok(Delivered::Done));
    assert_eq!(message(&shop, id).await.status, MessageStatus::Delivered);
}

#[tokio::test]
async fn a_receipt_without_its_message_leaves_nothing() {
    let (shop, id) = waiting().await;
    let strange = receipt(&shop, id, MessageStatus::Delivered).await;
    assert_eq!(strange, Ok(Received::Gone));
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    receipt(&shop, id, MessageStatus::Delivered).await.unwrap();
    assert_eq!(message(&shop, id).await.status, MessageStatus::Delivered);
}

#[tokio::test]
async fn receipts_come_twice_and_out_of_order_and_the_first_final_one_stays() {
    let (shop, id) = waiting().await;
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    for status in [
        MessageStatus::Unknown,
        MessageStatus::Delivered,
        MessageStatus::Delivered,
        MessageStatus::Undelivered,
        MessageStatus::Sent,
    ] {
        receipt(&shop, id, status).await.unwrap();
    }
    let message = message(&shop, id).await;
    let history: Vec<_> = message.history.iter().map(|h| h.status.as_str()).collect();
    assert_eq!(history, ["queued", "sent", "unknown", "delivered"]);
}
