//! What follows from each kind of failure.

use doorstep_domain::{
    carrier::{FailureClass, Outcome},
    deliver::{Delivered, PAUSE},
    id::SignupId,
    message::{Message, MessageStatus},
    signup::SignupStatus,
};

use crate::shop::{ADA, Recorder, Shop};

/// A sign-up whose texts fail with `class` again and again, until nothing more is to be sent.
struct Failing {
    shop: Shop,
    id: SignupId,
    carrier: Recorder,
    leg: u8,
}

impl Failing {
    async fn with(class: FailureClass) -> Self {
        let shop = Shop::open();
        let id = shop.signs_up(ADA, "one").await;
        let outcome = Outcome::Failed { class, code: "e-42".to_owned() };
        Self { shop, id, carrier: Recorder::answering(outcome), leg: 0 }
    }

    async fn sends(&mut self) -> Delivered {
        let dispatch = self.shop.dispatch(self.id, 0, self.leg);
        let answer = self.shop.sends(&self.carrier, &dispatch).await.unwrap();
        self.leg = self.message().await.leg;
        answer
    }

    /// Works until a dispatch changes nothing; which carriers were asked, in order.
    async fn ends(&mut self) -> Vec<&'static str> {
        let mut handed = usize::MAX;
        while handed != self.carrier.texts().len() {
            handed = self.carrier.texts().len();
            self.sends().await;
        }
        let handed = self.carrier.handed.lock().unwrap();
        handed.iter().map(|outgoing| outgoing.carrier.as_str()).collect()
    }

    async fn message(&self) -> Message {
        self.shop.overview(self.id).await.messages.remove(0)
    }
}

#[tokio::test]
async fn each_class_of_failure_has_its_remedy() {
    use FailureClass as Class;
    use MessageStatus::{Expired, Failed, Sent, Undelivered};
    let (one, both) = (vec!["sandbox"], vec!["sandbox", "sandbox-2"]);
    let thrice = vec!["sandbox", "sandbox", "sandbox", "sandbox-2", "sandbox-2", "sandbox-2"];
    let table = [
        (Class::BadNumber, one.clone(), Undelivered),
        (Class::Landline, one.clone(), Failed),
        (Class::OptedOut, one.clone(), Failed),
        (Class::Policy, one.clone(), Failed),
        (Class::Configuration, both.clone(), Failed),
        (Class::Throttled, thrice, Failed),
        (Class::CarrierDown, both.clone(), Failed),
        (Class::HandsetAbsent, one.clone(), Undelivered),
        (Class::Content, both.clone(), Failed),
        (Class::Expired, one, Expired),
        (Class::Unknown, both.clone(), Failed),
        (Class::MaybeSent, both, Sent),
    ];
    assert_eq!(table.len(), Class::ALL.len());
    for (class, asked, status) in table {
        let mut failing = Failing::with(class).await;
        assert_eq!(failing.ends().await, asked, "{class:?}");
        let last = failing.message().await.history.pop().unwrap();
        assert_eq!(failing.message().await.status, status, "{class:?}");
        assert_eq!((last.class, last.code.as_deref()), (Some(class), Some("e-42")));
    }
}

#[tokio::test]
async fn every_carrier_is_handed_the_same_text() {
    let mut failing = Failing::with(FailureClass::CarrierDown).await;
    failing.ends().await;
    let texts = failing.carrier.texts();
    assert_eq!((texts.len(), &texts[0]), (2, &texts[1]));
    let events = ["send/sandbox/0", "send/sandbox-2/0"];
    assert_eq!(failing.shop.memory.events(), events);
}

#[tokio::test]
async fn a_throttled_carrier_is_asked_again_after_a_pause() {
    let mut failing = Failing::with(FailureClass::Throttled).await;
    assert_eq!(failing.sends().await, Delivered::Again(PAUSE));
    assert_eq!(failing.sends().await, Delivered::Again(PAUSE));
    assert_eq!(failing.sends().await, Delivered::Done, "now it is the next carrier's turn");
    let takes: Vec<_> = failing.carrier.handed.lock().unwrap().iter().map(|o| o.take).collect();
    assert_eq!(takes, [1, 2, 3]);
}

#[tokio::test]
async fn in_the_last_minute_nobody_else_is_asked() {
    for class in [FailureClass::CarrierDown, FailureClass::Throttled] {
        let mut failing = Failing::with(class).await;
        let slow = SlowRecorder(&failing.shop, &failing.carrier);
        failing.shop.pass_seconds(539);
        let dispatch = failing.shop.dispatch(failing.id, 0, 0);
        let answer = failing.shop.sends(&slow, &dispatch).await;
        assert_eq!(answer, Ok(Delivered::Done), "{class:?}");
        assert_eq!(failing.ends().await.len(), 1, "{class:?}");
        assert_eq!(failing.message().await.status, MessageStatus::Failed, "{class:?}");
    }
}

#[tokio::test]
async fn a_text_that_may_be_on_its_way_is_not_given_up_in_the_last_minute() {
    let failing = Failing::with(FailureClass::MaybeSent).await;
    let slow = SlowRecorder(&failing.shop, &failing.carrier);
    failing.shop.pass_seconds(539);
    failing.shop.sends(&slow, &failing.shop.dispatch(failing.id, 0, 0)).await.unwrap();
    assert_eq!(failing.message().await.status, MessageStatus::Sent, "its receipt may come");
}

/// Answers two seconds later.
struct SlowRecorder<'a>(&'a Shop, &'a Recorder);

impl doorstep_domain::ports::Carrier for SlowRecorder<'_> {
    async fn send(&self, text: &doorstep_domain::carrier::Outgoing) -> Outcome {
        self.0.pass_seconds(2);
        self.1.send(text).await
    }
}

#[tokio::test]
async fn a_signup_fails_when_the_last_carrier_did_and_its_code_still_works() {
    let mut failing = Failing::with(FailureClass::CarrierDown).await;
    failing.ends().await;
    let overview = failing.shop.overview(failing.id).await;
    let status = overview.status(overview.attempt.created_at);
    assert_eq!(status, SignupStatus::Failed);
    failing.shop.types_right(failing.id).await.unwrap();
}
