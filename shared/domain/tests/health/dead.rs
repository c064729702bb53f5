//! A carrier dies, and comes back.

use doorstep_domain::{carrier::FailureClass, health::Breaker};

use crate::world::{Mood, Sender, World, at};

/// Every way to be dead that shows in errors or receipts.
const DEATHS: [Mood; 7] = [
    Mood::Refusing(FailureClass::CarrierDown),
    Mood::Refusing(FailureClass::Throttled),
    Mood::Refusing(FailureClass::Configuration),
    Mood::Refusing(FailureClass::Unknown),
    Mood::Hanging,
    Mood::Silent,
    Mood::Slow,
];
const MINUTE: i64 = 60;

/// Five minutes well, then the first carrier dead for a while.
fn dying(mood: Mood, rate: f64, carriers: usize, dead: i64) -> World {
    let mut world = World::new(carriers, 7);
    world.pass(5 * MINUTE + 3, &[(Sender::Shopper, rate)]);
    assert_eq!(world.decisions, [], "well");
    world.mood(0, mood);
    world.pass(dead, &[(Sender::Shopper, rate)]);
    world
}

fn every_case(test: impl Fn(Mood, f64, usize)) {
    for mood in DEATHS {
        for rate in [1.0, 5.0, 20.0] {
            for carriers in [2, 3] {
                test(mood, rate, carriers);
            }
        }
    }
}

#[test]
fn traffic_moves_away_from_a_dead_carrier_within_a_minute() {
    every_case(|mood, rate, carriers| {
        let world = dying(mood, rate, carriers, MINUTE);
        let told = format!("{mood:?} {rate}/s {carriers}\n{}", world.story());
        assert!(
            matches!(world.healths[0].breaker, Breaker::Open { .. } | Breaker::HalfOpen),
            "{told}"
        );
        assert_eq!(world.healths[1].breaker, Breaker::Closed, "{told}");
    });
}

#[test]
fn it_comes_back_within_ten_minutes_without_flapping() {
    every_case(|mood, rate, carriers| {
        let mut world = dying(mood, rate, carriers, 10 * MINUTE);
        assert!(world.share(0, 8 * MINUTE) <= 5, "{mood:?} {rate}/s\n{}", world.story());
        world.mood(0, Mood::Well);
        world.pass(10 * MINUTE, &[(Sender::Shopper, rate)]);
        let told = format!("{mood:?} {rate}/s {carriers}\n{}", world.story());
        assert_eq!(world.turns(0), (1, 1), "one way and back: {told}");
        assert!(world.healths.iter().all(|health| health.weight == 50), "{told}");
    });
}

#[test]
fn after_a_short_outage_it_is_back_within_six_minutes() {
    every_case(|mood, rate, carriers| {
        let mut world = dying(mood, rate, carriers, 90);
        world.mood(0, Mood::Well);
        world.pass(6 * MINUTE, &[(Sender::Shopper, rate)]);
        let told = format!("{mood:?} {rate}/s {carriers}\n{}", world.story());
        assert_eq!(world.turns(0), (1, 1), "one way and back: {told}");
        assert!(world.healths[0].weight >= 40, "{told}");
    });
}

#[test]
fn a_carrier_that_lies_about_receipts_is_found_out_by_its_codes() {
    for rate in [1.0, 5.0, 20.0] {
        let mut world = dying(Mood::Lying, rate, 2, 5 * MINUTE);
        assert!(world.share(0, MINUTE) <= 25, "{rate}/s\n{}", world.story());
        assert_eq!(world.turns(0), (0, 0), "codes alone open no breaker");
        world.mood(0, Mood::Well);
        world.pass(20 * MINUTE, &[(Sender::Shopper, rate)]);
        assert_eq!(world.healths[0].weight, 50, "{rate}/s\n{}", world.story());
    }
}

#[test]
fn missing_receipts_alone_move_nothing_while_codes_come() {
    let world = dying(Mood::Mute, 20.0, 2, 30 * MINUTE);
    assert_eq!(world.story(), "");
}

#[test]
fn when_all_are_dead_nobody_is_left_with_nothing() {
    for mood in DEATHS {
        let mut world = World::new(3, 7);
        world.pass(5 * MINUTE, &[(Sender::Shopper, 5.0)]);
        for carrier in 0..3 {
            world.mood(carrier, mood);
        }
        world.pass(30 * MINUTE, &[(Sender::Shopper, 5.0)]);
        assert_eq!(world.story(), "", "{mood:?}");
    }
}

#[test]
fn when_they_die_one_after_the_other_the_last_one_stays() {
    let mut world = World::new(3, 7);
    for carrier in 0..3 {
        world.pass(5 * MINUTE, &[(Sender::Shopper, 5.0)]);
        world.mood(carrier, Mood::Refusing(FailureClass::CarrierDown));
    }
    world.pass(30 * MINUTE, &[(Sender::Shopper, 5.0)]);
    assert_eq!(world.healths[2].breaker, Breaker::Closed, "{}", world.story());
    world.mood(1, Mood::Well);
    world.pass(10 * MINUTE, &[(Sender::Shopper, 5.0)]);
    assert!(world.share(1, MINUTE) > 90, "the first to recover takes over: {}", world.story());
}

#[test]
fn its_records_tell_the_story() {
    let mut world = dying(Mood::Refusing(FailureClass::CarrierDown), 5.0, 2, 100);
    world.mood(0, Mood::Well);
    world.pass(5 * MINUTE, &[(Sender::Shopper, 5.0)]);
    assert!(world.decisions.iter().all(|decision| decision.at > at(303_000)));
    insta::assert_snapshot!(world.story(), @"");
}
