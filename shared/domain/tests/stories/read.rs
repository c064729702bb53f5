//! What the shop sees of a sign-up.

use doorstep_domain::{
    carrier::{CarrierName, FailureClass, Outcome},
    decisions::Line,
    guard::Rule,
    id::SignupId,
    message::{AccountRef, DeliveryReceipt, Happening, MessageStatus},
    money::Money,
    ports::{Clock, HealthBook, Messages},
    read::Detail,
    signup::{SignupStatus, State},
    tries::Try,
};

use crate::shop::{ADA, Recorder, Shop};

async fn status(shop: &Shop, id: doorstep_domain::id::SignupId) -> SignupStatus {
    let overview = shop.overview(id).await;
    let now = doorstep_domain::ports::Clock::now(&*shop.memory);
    overview.status(now)
}

#[tokio::test]
async fn a_signup_is_pending_then_verified_and_stays_so() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    assert_eq!(status(&shop, id).await, SignupStatus::Pending);
    shop.types_right(id).await.unwrap();
    assert_eq!(status(&shop, id).await, SignupStatus::Verified);
    shop.pass_seconds(3600);
    assert_eq!(status(&shop, id).await, SignupStatus::Verified);
}

#[tokio::test]
async fn a_signup_nobody_finished_expires() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.pass_seconds(599);
    assert_eq!(status(&shop, id).await, SignupStatus::Pending);
    shop.pass_seconds(1);
    assert_eq!(status(&shop, id).await, SignupStatus::Expired);
}

#[tokio::test]
async fn the_tries_that_are_left_are_told() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    for left in [5, 4, 3, 2, 1, 0] {
        let overview = shop.overview(id).await;
        assert_eq!(overview.attempt.attempts_remaining(&overview.phone), left);
        shop.types_wrong(id).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_message_that_no_sender_has_claimed_is_queued() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let overview = shop.overview(id).await;
    let message = overview.newest().unwrap();
    assert_eq!((message.id, message.status.as_str()), (id.message(0), "queued"));
    assert_eq!(message.history.len(), 1);
}

#[tokio::test]
async fn the_timeline_tells_what_happened_in_order() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let started = shop.attempt(id).await.created_at;
    let carrier = Recorder::accepting();
    shop.pass_seconds(1);
    shop.sends(&carrier, &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.pass_seconds(40);
    shop.resends(id, "again").await.unwrap();
    shop.pass_seconds(1);
    shop.sends(&carrier, &shop.dispatch(id, 1, 0)).await.unwrap();
    shop.pass_seconds(9);
    shop.types_wrong(id).await.unwrap_err();
    shop.pass_seconds(9);
    shop.types_right(id).await.unwrap();
    let told: Vec<String> = shop
        .timeline(id)
        .await
        .iter()
        .map(|event| format!("{:>2} s {}", event.at.duration_since(started).as_secs(), event.what))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
     0 s signup.started
     0 s route.chosen
     0 s message.queued
     1 s message.sent
    41 s signup.resent
    41 s route.chosen
    41 s message.queued
    42 s message.sent
    51 s code.tried
    60 s code.tried
    60 s signup.verified
    ");
}

#[tokio::test]
async fn an_unknown_signup_is_not_there() {
    let shop = Shop::open();
    let unknown = shop.data.signup_id("never asked for");
    let found = doorstep_domain::read::read(&*shop.memory, (&shop.store, &shop.data), unknown)
        .await
        .unwrap();
    assert!(found.is_none());
}

/// The process may die between the fifth comparison and the write that locks.
#[tokio::test]
async fn a_signup_without_tries_is_locked_even_if_nobody_wrote_it_down() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let mut overview = shop.overview(id).await;
    let at = overview.attempt.created_at;
    overview.phone.tries = vec![Try { signup: id, at }; 5];
    assert_eq!(overview.attempt.state, State::Pending);
    assert_eq!(overview.status(at), SignupStatus::Locked);
}

/// The carrier of this hand-over refuses for good.
async fn fails(shop: &Shop, id: SignupId, send: u8) {
    let outcome = Outcome::Failed { class: FailureClass::BadNumber, code: "21211".to_owned() };
    shop.sends(&Recorder::answering(outcome), &shop.dispatch(id, send, 0)).await.unwrap();
}

/// The first text arrives, and its carrier tells a price.
async fn arrives(shop: &Shop, id: SignupId) {
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    let carrier = CarrierName::Sandbox;
    let (at, status) = (shop.memory.now(), MessageStatus::Delivered);
    let happening = Happening { status, at, carrier: Some(carrier), class: None, code: None };
    let price = Money::parse("0.0398", "GBP").ok();
    let receipt = DeliveryReceipt { account: AccountRef::new(carrier, None), happening, price };
    shop.memory.receive(shop.store.id, shop.mode, id.message(0), &receipt).await.unwrap();
}

#[tokio::test]
async fn a_signup_whose_text_arrived_does_not_fail_with_its_resend() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    arrives(&shop, id).await;
    shop.pass_seconds(40);
    shop.resends(id, "again").await.unwrap();
    fails(&shop, id, 1).await;
    assert_eq!(status(&shop, id).await, SignupStatus::Pending);
    shop.pass_seconds(600);
    assert_eq!(status(&shop, id).await, SignupStatus::Expired);
}

#[tokio::test]
async fn a_signup_does_not_fail_while_a_text_is_on_its_way() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    shop.sends(&Recorder::accepting(), &shop.dispatch(id, 0, 0)).await.unwrap();
    shop.pass_seconds(40);
    shop.resends(id, "again").await.unwrap();
    fails(&shop, id, 1).await;
    assert_eq!(status(&shop, id).await, SignupStatus::Pending);
}

#[tokio::test]
async fn a_signup_waits_for_its_call_before_it_fails() {
    let mut shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    fails(&shop, id, 0).await;
    assert_eq!(status(&shop, id).await, SignupStatus::Failed, "nobody calls");
    shop.store.settings.voice_after_seconds = Some(30);
    assert_eq!(status(&shop, id).await, SignupStatus::Pending, "a call is to come");
    shop.pass_seconds(600);
    assert_eq!(status(&shop, id).await, SignupStatus::Failed, "and never came");
}

#[tokio::test]
async fn a_signup_that_failed_does_not_expire_and_one_that_expired_does_not_fail() {
    let shop = Shop::open();
    let (failed, late) = (shop.signs_up(ADA, "one").await, shop.signs_up(ADA, "two").await);
    fails(&shop, failed, 0).await;
    shop.pass_seconds(600);
    fails(&shop, late, 0).await;
    assert_eq!(status(&shop, failed).await, SignupStatus::Failed);
    assert_eq!(status(&shop, late).await, SignupStatus::Expired);
    let last = async |id| shop.timeline(id).await.pop().unwrap().what;
    assert_eq!([last(failed).await, last(late).await], ["signup.failed", "signup.expired"]);
}

#[tokio::test]
async fn the_timeline_tells_why_and_what_it_cost() {
    let shop = Shop::open();
    let id = shop.signs_up(ADA, "one").await;
    let (other, at) = (shop.signs_up(ADA, "two").await, shop.memory.now());
    for signup in [id, other] {
        let text = (format!("solved, {signup}"), "risk");
        let line =
            Line::of_lever((shop.store.id, shop.mode), (text.1, "unverified_country", text.0), at);
        shop.memory.log(&Line { signup: Some(signup), ..line }).await.unwrap();
    }
    arrives(&shop, id).await;
    shop.types_wrong(id).await.unwrap_err();
    let mut overview = shop.overview(id).await;
    overview.attempt.reasons = vec![(Rule::UnverifiedCountry, 50)];
    let lines = doorstep_domain::read::lines(&*shop.memory, &shop.data, &overview.attempt).await;
    let events = doorstep_domain::read::timeline(&overview, lines.unwrap(), at);
    let of = |what: &str| {
        let mut found = events.iter().filter(|event| event.what == what);
        let event = found.next().unwrap_or_else(|| panic!("no {what} in {events:?}"));
        assert!(found.next().is_none(), "{what} twice");
        &event.detail
    };
    assert_eq!(*of("risk.weighed"), Detail::Risk(Rule::UnverifiedCountry, 50));
    let Detail::Decision(line) = of("decision.risk") else { panic!("no line of the log") };
    assert_eq!(line.text, format!("solved, {id}"));
    let Detail::Route(carriers, false, cost) = of("route.chosen") else { panic!("no route") };
    assert_eq!(carriers[..], [CarrierName::Sandbox, CarrierName::Sandbox2]);
    assert!(cost.nanos() > 0);
    assert_eq!(*of("code.tried"), Detail::Left(4));
    let Detail::Message(_, price) = of("message.delivered") else { panic!("no message") };
    assert_eq!(price.unwrap().to_string(), "0.0398 GBP");
    let Detail::Message(_, None) = of("message.sent") else { panic!("a price twice") };
}
