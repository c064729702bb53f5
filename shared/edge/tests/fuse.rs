//! A dead carrier holds up few texts of a batch.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use doorstep_domain::{
    Mode,
    carrier::{Account, CarrierName, Content, FailureClass, Outcome, Outgoing},
    health::FUSED,
    id::SignupId,
    ports::{Carrier, Clock},
    store::Store,
};
use doorstep_edge::fuse::Fused;
use doorstep_fakes::{StillClock, sample};
use jiff::SignedDuration;

/// A carrier that counts what it was asked.
#[derive(Default)]
struct Counting {
    asked: AtomicU32,
    fails: Mutex<Option<FailureClass>>,
}

impl Carrier for &Counting {
    async fn send(&self, _text: &Outgoing) -> Outcome {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match *self.fails.lock().unwrap() {
            Some(class) => Outcome::Failed { class, code: "e-42".to_owned() },
            None => Outcome::Accepted { carrier_message_id: "one".to_owned() },
        }
    }
}

impl Counting {
    fn failing(class: FailureClass) -> Self {
        Self { fails: Mutex::new(Some(class)), ..Self::default() }
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A clock that the test lets go on.
struct Shared(Arc<StillClock>);

impl Clock for Shared {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }
}

fn text(carrier: CarrierName, account: &str) -> Outgoing {
    let id = account.to_owned();
    let account = Account::new(carrier, id, Store::DEPLOYMENT, BTreeMap::new());
    Outgoing {
        message: SignupId::derived(16).message(0),
        scope: (sample::STORE, Mode::Live),
        to: sample::phone(),
        content: Content::Text("123456".to_owned()),
        sender: None,
        account: Some(Arc::new(account)),
        validity: SignedDuration::from_mins(10),
        carrier,
        take: 1,
        trace: String::new(),
    }
}

/// So many texts by one account; the code of the last answer.
async fn sends(carrier: &impl Carrier, texts: usize, text: &Outgoing) -> Option<String> {
    let mut last = None;
    for _ in 0..texts {
        last = match carrier.send(text).await {
            Outcome::Accepted { .. } => None,
            Outcome::Failed { code, .. } => Some(code),
        };
    }
    last
}

#[tokio::test]
async fn a_dead_carrier_is_asked_thrice_of_two_hundred_texts() {
    let dead = Counting::failing(FailureClass::CarrierDown);
    let fused = Fused::new(&dead, StillClock::default());
    let told = sends(&fused, 200, &text(CarrierName::Twilio, "AC1")).await;
    assert_eq!((dead.asked(), told.as_deref()), (3, Some(FUSED)));
    let other = sends(&fused, 1, &text(CarrierName::Twilio, "AC2")).await;
    assert_eq!(other.as_deref(), Some("e-42"), "another account has a fuse of its own");
}

#[tokio::test]
async fn a_text_that_is_held_back_goes_to_the_next_carrier() {
    let dead = Counting::failing(FailureClass::CarrierDown);
    let fused = Fused::new(&dead, StillClock::default());
    sends(&fused, 3, &text(CarrierName::Twilio, "AC1")).await;
    let Outcome::Failed { class, .. } = fused.send(&text(CarrierName::Twilio, "AC1")).await else {
        panic!("the fuse is open");
    };
    assert_eq!(class, FailureClass::CarrierDown);
}

#[tokio::test]
async fn one_text_tries_again_and_closes_the_fuse() {
    let carrier = Counting::failing(FailureClass::CarrierDown);
    let clock = Arc::new(StillClock::default());
    let fused = Fused::new(&carrier, Shared(Arc::clone(&clock)));
    let text = text(CarrierName::Twilio, "AC1");
    sends(&fused, 5, &text).await;
    *carrier.fails.lock().unwrap() = None;
    clock.pass(SignedDuration::from_secs(5));
    assert_eq!(sends(&fused, 10, &text).await, None);
    assert_eq!(carrier.asked(), 13);
}

#[tokio::test]
async fn bad_numbers_and_test_mode_open_no_fuse() {
    for (carrier, class) in [
        (CarrierName::Twilio, FailureClass::BadNumber),
        (CarrierName::Sandbox, FailureClass::CarrierDown),
    ] {
        let failing = Counting::failing(class);
        let fused = Fused::new(&failing, StillClock::default());
        sends(&fused, 10, &text(carrier, "AC1")).await;
        assert_eq!(failing.asked(), 10, "{}", carrier.as_str());
    }
}
