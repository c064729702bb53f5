//! Attackers ask for texts whose codes are never typed. They must not choose our carriers.

use crate::world::{Mood, Sender, World};

const MINUTE: i64 = 60;

/// Half an hour of shoppers, then an hour of attack beside them.
fn attacked(attacker: Sender, shoppers: f64, attackers: f64, filtering: bool) -> World {
    let mut world = World::new(2, 23);
    if filtering {
        world.mood(1, Mood::Filtering);
    }
    world.pass(30 * MINUTE, &[(Sender::Shopper, shoppers)]);
    world.pass(60 * MINUTE, &[(Sender::Shopper, shoppers), (attacker, attackers)]);
    world.pass(10 * MINUTE, &[(Sender::Shopper, shoppers)]);
    world
}

#[test]
fn pumping_moves_nothing() {
    for attacker in [Sender::Pumper, Sender::Void] {
        for (shoppers, attackers) in [(1.0, 1.0), (1.0, 10.0), (0.1, 10.0)] {
            let world = attacked(attacker, shoppers, attackers, false);
            assert_eq!(world.story(), "", "{attacker:?} {attackers} to {shoppers}");
        }
    }
}

#[test]
fn a_carrier_that_filters_an_attack_does_not_look_better() {
    for (shoppers, attackers) in [(1.0, 1.0), (1.0, 10.0)] {
        let world = attacked(Sender::Pumper, shoppers, attackers, true);
        assert_eq!(world.story(), "", "{attackers} to {shoppers}");
    }
}

#[test]
fn a_carrier_that_dies_under_attack_is_left_all_the_same() {
    let mut world = World::new(2, 23);
    let senders = [(Sender::Shopper, 1.0), (Sender::Pumper, 10.0)];
    world.pass(10 * MINUTE, &senders);
    world.mood(0, Mood::Silent);
    world.pass(MINUTE, &senders);
    assert_eq!(world.turns(), (1, 0), "{}", world.story());
}
