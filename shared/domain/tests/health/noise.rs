//! Chance, and too little traffic, move nothing.

use doorstep_domain::carrier::FailureClass;

use crate::world::{Mood, Sender, World};

const MINUTE: i64 = 60;

#[test]
fn ten_thousand_minutes_of_noise_cost_at_most_one_step() {
    for (carriers, rate, hundreds) in [(2, 1.0, 100), (3, 0.5, 20)] {
        let mut world = World::new(carriers, 11);
        for _ in 0..hundreds {
            world.pass(100 * MINUTE, &[(Sender::Shopper, rate)]);
            world.firsts.clear();
        }
        assert_eq!(world.turns(), (0, 0), "{}", world.story());
        // A step down, if any, and back up.
        assert!(world.decisions.len() <= 2, "{}", world.story());
        assert!(world.decisions.iter().all(|d| d.to_weight >= 40), "{}", world.story());
    }
}

#[test]
fn too_little_traffic_proves_nothing() {
    for mood in
        [Mood::Refusing(FailureClass::CarrierDown), Mood::Hanging, Mood::Silent, Mood::Lying]
    {
        let mut world = World::new(2, 5);
        world.mood(0, mood);
        // A text every fifty seconds: at most a handful in any window.
        world.pass(600 * MINUTE, &[(Sender::Shopper, 0.02)]);
        assert_eq!(world.story(), "", "{mood:?}");
    }
}

#[test]
fn a_half_bad_carrier_loses_points_and_does_not_swing() {
    let mut world = World::new(2, 5);
    for _ in 0..120 {
        // Down for two seconds of five.
        world.mood(0, Mood::Refusing(FailureClass::CarrierDown));
        world.pass(2, &[(Sender::Shopper, 20.0)]);
        world.mood(0, Mood::Well);
        world.pass(3, &[(Sender::Shopper, 20.0)]);
    }
    assert_eq!(world.turns(), (0, 0), "{}", world.story());
    let weights: Vec<_> = world.decisions.iter().map(|decision| decision.to_weight).collect();
    assert_eq!(weights, [40, 30, 20, 10, 5], "{}", world.story());
}
