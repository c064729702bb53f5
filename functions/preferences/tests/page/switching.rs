//! What a post changes.

use doorstep_domain::{
    Mode,
    confirm::{confirm, open},
    consent::{Door, Event},
    link::Match,
    ports::{Attempts, Stores},
    signup::Method,
};
use doorstep_fakes::{Ring, sample};
use jiff::SignedDuration;

use crate::world::{World, html, store};

#[tokio::test]
async fn one_post_stops_everything_at_once_and_says_when() {
    let world = World::new().await;
    let told = world.presses("stop_all=true&reason=Too+many").await;
    assert_eq!(told.status, 200);
    let text = html(&told);
    assert!(text.contains("role=\"status\"><p><strong>Everything is stopped</strong>"), "{text}");
    assert!(text.contains("<title>Everything is stopped</title>"), "{text}");
    assert!(text.contains("(Europe/London)"), "{text}");
    assert!(!text.contains("name=\"off\""), "{text}");
    assert!(world.live().await.is_empty());
    let last = world.entries().await.pop().unwrap().entry;
    assert_eq!((last.event, last.door), (Event::Withdrawn, Door::Page));
    assert_eq!(last.reason.as_deref(), Some("Too many"));
}

#[tokio::test]
async fn one_purpose_is_switched_off_and_the_others_stay() {
    let world = World::of(store(), |mut call| {
        call.consents.push(sample::consent("surveys"));
        call
    });
    let world = world.await;
    assert_eq!(world.live().await, ["offers", "surveys"]);
    let told = world.presses("reason=&off=offers%2Fsms").await;
    assert!(html(&told).contains("<strong>Switched off:</strong> <bdi>Offers (SMS)</bdi>"));
    assert_eq!(world.live().await, ["surveys"]);
    assert_eq!(world.entries().await.pop().unwrap().entry.reason, None);
}

#[tokio::test]
async fn a_code_that_is_typed_later_brings_nothing_back() {
    for off in ["offers", "surveys"] {
        let world = World::new().await;
        let pressed = format!("off={off}%2Fsms");
        let first = world.presses(&pressed).await;
        world.ports().clock.pass(SignedDuration::from_secs(60));
        let begun = world.starts("two", sample::consent(off)).await;
        world.ports().clock.pass(SignedDuration::from_secs(60));
        let again = world.presses(&pressed).await;
        assert_eq!((first.status, again.status), (200, 200));
        assert!(html(&again).contains("<strong>Switched off:</strong>"));
        world.types(begun).await;
        assert!(!world.live().await.iter().any(|live| live == off), "{off}");
        let stopped = world.presses("stop_all=true").await;
        assert!(html(&stopped).contains("Everything is stopped"), "it is so");
    }
}

#[tokio::test]
async fn what_nobody_offers_cannot_be_named() {
    let world = World::new().await;
    for body in [
        r#"{"consents":[{"purpose":"other","channel":"sms","granted":false}]}"#,
        r#"{"consents":[{"purpose":"offers","channel":"email","granted":true}]}"#,
    ] {
        let refused = world.posts(body).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (400, "invalid_member"), "{body}");
        assert_eq!(refused.errors[0].pointer, "/consents/0/purpose");
    }
    let news = r#"{"consents":[{"purpose":"news","channel":"sms","granted":true}]}"#;
    assert_eq!(world.posts(news).await.unwrap_err().status, 409, "it has no words");
    assert_eq!((world.entries().await.len(), world.ports().signups()), (1, 1));
}

#[tokio::test]
async fn switching_on_grants_nothing_and_sends_a_link_that_asks_again() {
    let world = World::new().await;
    let _ = world.presses("stop_all=true").await;
    world.ports().clock.pass(SignedDuration::from_secs(60));
    let told = world.posts(r#"{"consents":[{"purpose":"offers","channel":"sms","granted":true}]}"#);
    let told = told.await.unwrap().body.unwrap();
    assert!(world.live().await.is_empty(), "nothing is granted yet");
    let sent = &told["changed"]["signup"];
    let keys = sample::data_keys(Mode::Test);
    let id = sent["id"].as_str().unwrap().parse().unwrap();
    let attempt = Attempts::find(world.ports(), &keys, id).await.unwrap().unwrap();
    assert_eq!(attempt.method, Method::Link);
    assert_eq!(attempt.phone.expose(), "+447700900123", "their own number, and no other");

    let codes = sample::code_keys(Mode::Test);
    let token = codes.link(attempt.id, &attempt.seed).unwrap().expose();
    let opened = open(world.ports(), &Ring, &token).await.unwrap().unwrap();
    let digits = Match::parse(sent["match"].as_str().unwrap()).unwrap();
    assert!(confirm(world.ports(), opened, &digits).await.unwrap().is_some());
    assert_eq!(world.live().await, ["offers"]);
    let last = world.entries().await.pop().unwrap().entry;
    assert_eq!((last.event, last.door), (Event::Granted, Door::Link));
    assert_eq!(last.user, world.user);
}

#[tokio::test]
async fn a_wish_that_is_sent_again_sends_no_second_text_while_its_link_opens() {
    let world = World::new().await;
    let wish = r#"{"consents":[{"purpose":"surveys","channel":"sms","granted":true}]}"#;
    let sent = async || world.posts(wish).await.unwrap().body.unwrap()["changed"]["signup"].clone();
    let first = sent().await;
    assert_eq!(sent().await, first);
    assert_eq!(world.ports().signups(), 2, "the first sign-up, and one link");
    let page = world.presses("on=surveys%2Fsms").await;
    assert!(html(&page).contains(&format!("<bdi>{}</bdi></p>", first["match"].as_str().unwrap())));

    // Wrong digits use the link up.
    let keys = sample::data_keys(Mode::Test);
    let id = first["id"].as_str().unwrap().parse().unwrap();
    let attempt = Attempts::find(world.ports(), &keys, id).await.unwrap().unwrap();
    let codes = sample::code_keys(Mode::Test);
    let token = codes.link(attempt.id, &attempt.seed).unwrap().expose();
    let opened = open(world.ports(), &Ring, &token).await.unwrap().unwrap();
    let wrong = if first["match"] == "00" { "01" } else { "00" };
    assert!(confirm(world.ports(), opened, &Match::parse(wrong).unwrap()).await.unwrap().is_none());
    let second = sent().await;
    assert_ne!(second["id"], first["id"]);
    world.ports().clock.pass(SignedDuration::from_mins(11));
    assert_ne!(sent().await["id"], second["id"], "its ten minutes are over");
    assert_eq!(world.live().await, ["offers"]);
}

#[tokio::test]
async fn a_pause_of_the_shop_lets_everybody_out_and_nobody_in() {
    let mut paused = store();
    paused.revision = 1;
    paused.own.pauses = Some(vec![doorstep_domain::guard::Pause {
        scope: Mode::Test,
        reason: "maintenance".to_owned(),
        since: jiff::Timestamp::UNIX_EPOCH,
    }]);
    let world = World::new().await;
    world.ports().save(&paused).await.unwrap();
    let told = world.presses("on=surveys%2Fsms").await;
    assert_eq!(told.status, 503);
    assert!(html(&told).contains("We cannot send you a text at the moment."));
    assert_eq!(world.presses("off=offers%2Fsms").await.status, 200);
    assert!(world.live().await.is_empty());
}
