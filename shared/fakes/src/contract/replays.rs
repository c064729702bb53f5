//! What a store of answers promises.

use doorstep_domain::{
    Mode,
    ports::Replays,
    replay::{Begun, KEPT, LOCK, Slot},
};
use jiff::{SignedDuration, Timestamp};

use crate::{sample::fresh_keys, together};

/// The suite.
pub async fn replays(ports: &impl Replays) {
    an_answer_is_found_again_for_a_day(ports).await;
    another_body_is_noticed(ports).await;
    a_refused_call_gives_its_key_back(ports).await;
    a_call_that_died_is_taken_over(ports).await;
    of_calls_at_once_one_runs(ports).await;
}

fn slot(request: &str, body: &str) -> Slot {
    let began = Timestamp::from_second(4_954_478_400).unwrap();
    let (request, body) = (request.to_owned(), body.to_owned());
    Slot { scope: fresh_keys(Mode::Test).scope(), request, body, began }
}

fn later(slot: &Slot, by: SignedDuration) -> Slot {
    Slot { began: slot.began + by, ..slot.clone() }
}

async fn an_answer_is_found_again_for_a_day(ports: &impl Replays) {
    let first = slot("request", "body");
    assert_eq!(ports.begin(&first).await.unwrap(), Begun::Ours);
    ports.keep_answer(&first, b"sealed").await.unwrap();
    let again = later(&first, KEPT - SignedDuration::from_secs(1));
    assert_eq!(ports.begin(&again).await.unwrap(), Begun::Answered(b"sealed".to_vec()));
    assert_eq!(ports.begin(&later(&first, KEPT)).await.unwrap(), Begun::Ours);
}

async fn another_body_is_noticed(ports: &impl Replays) {
    let first = slot("request", "body");
    ports.begin(&first).await.unwrap();
    ports.keep_answer(&first, b"sealed").await.unwrap();
    let other = Slot { body: "other".to_owned(), ..later(&first, LOCK) };
    assert_eq!(ports.begin(&other).await.unwrap(), Begun::OtherBody);
}

async fn a_refused_call_gives_its_key_back(ports: &impl Replays) {
    let first = slot("request", "body");
    ports.begin(&first).await.unwrap();
    ports.release(&first).await.unwrap();
    let corrected =
        Slot { body: "corrected".to_owned(), ..later(&first, SignedDuration::from_secs(1)) };
    assert_eq!(ports.begin(&corrected).await.unwrap(), Begun::Ours);
}

async fn a_call_that_died_is_taken_over(ports: &impl Replays) {
    let first = slot("request", "body");
    ports.begin(&first).await.unwrap();
    let soon = later(&first, SignedDuration::from_secs(1));
    assert_eq!(ports.begin(&soon).await.unwrap(), Begun::Running);
    let second = later(&first, LOCK);
    assert_eq!(ports.begin(&second).await.unwrap(), Begun::Ours);
    ports.keep_answer(&first, b"late").await.unwrap();
    let third = later(&second, SignedDuration::from_secs(1));
    assert_eq!(ports.begin(&third).await.unwrap(), Begun::Running, "the late one kept nothing");
}

async fn of_calls_at_once_one_runs(ports: &impl Replays) {
    let slot = slot("request", "body");
    let begun = together((0..6).map(|_| ports.begin(&slot))).await;
    let ours = begun.into_iter().filter(|begun| *begun.as_ref().unwrap() == Begun::Ours);
    assert_eq!(ours.count(), 1);
}
