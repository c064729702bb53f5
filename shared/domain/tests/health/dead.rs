//! A carrier dies, and comes back.

use doorstep_domain::{carrier::FailureClass, health::Breaker};

use crate::world::{Mood, Sender, World};

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

/// A death, at so many texts a second, of one of so many carriers.
#[derive(Debug, Clone, Copy)]
struct Case {
    mood: Mood,
    rate: f64,
    carriers: usize,
    seed: u64,
}

impl Case {
    const fn new(mood: Mood, rate: f64) -> Self {
        Self { mood, rate, carriers: 2, seed: 7 }
    }

    /// All deaths, rates and numbers of carriers, each with chance of its own.
    fn all() -> impl Iterator<Item = Self> {
        let rates = || [1.0, 5.0, 20.0].into_iter().flat_map(|rate| [(rate, 2), (rate, 3)]);
        let cases = DEATHS.into_iter().flat_map(move |mood| rates().map(move |rate| (mood, rate)));
        (100..).zip(cases).map(|(seed, (mood, (rate, carriers)))| Self {
            mood,
            rate,
            carriers,
            seed,
        })
    }

    /// Five minutes well, then the first carrier dead for so many seconds.
    fn dead_for(self, seconds: i64) -> World {
        let mut world = World::new(self.carriers, self.seed);
        // Deaths fall at any second of a bucket.
        self.pass(&mut world, 5 * MINUTE + i64::try_from(self.seed % 10).unwrap());
        assert_eq!(world.story(), "", "well");
        world.mood(0, self.mood);
        self.pass(&mut world, seconds);
        world
    }

    fn pass(self, world: &mut World, seconds: i64) {
        world.pass(seconds, &[(Sender::Shopper, self.rate)]);
    }
}

#[test]
fn traffic_moves_away_from_a_dead_carrier_within_a_minute() {
    for case in Case::all() {
        // Silence takes 20 s to be silence: a text every three seconds then proves little sooner.
        let faint = case.rate < 5.0 && matches!(case.mood, Mood::Silent | Mood::Slow);
        let world = case.dead_for(if faint { 80 } else { MINUTE });
        assert_eq!(world.turns(), (1, 0), "{case:?}\n{}", world.story());
        assert_eq!(world.healths[1].breaker, Breaker::Closed, "{case:?}");
    }
}

#[test]
fn it_is_back_within_seven_minutes_and_at_rest_within_fifteen_without_flapping() {
    for case in Case::all() {
        let mut world = case.dead_for(10 * MINUTE);
        assert!(world.share(0, 8 * MINUTE) <= 5, "{case:?}\n{}", world.story());
        world.mood(0, Mood::Well);
        case.pass(&mut world, 7 * MINUTE);
        assert_eq!(world.turns(), (1, 1), "{case:?}\n{}", world.story());
        case.pass(&mut world, 8 * MINUTE);
        assert_eq!(world.turns(), (1, 1), "one way and back: {case:?}\n{}", world.story());
        assert!(world.at_rest(), "{case:?}\n{}", world.story());
    }
}

#[test]
fn after_a_short_outage_it_is_back_within_four_minutes() {
    for case in Case::all() {
        let mut world = case.dead_for(90);
        world.mood(0, Mood::Well);
        case.pass(&mut world, 4 * MINUTE);
        assert_eq!(world.turns(), (1, 1), "{case:?}\n{}", world.story());
    }
}

#[test]
fn a_carrier_that_lies_about_receipts_is_found_out_by_its_codes() {
    for rate in [1.0, 5.0, 20.0] {
        let case = Case::new(Mood::Lying, rate);
        let mut world = case.dead_for(6 * MINUTE);
        assert!(world.share(0, MINUTE) <= 25, "{rate}/s\n{}", world.story());
        assert_eq!(world.turns(), (0, 0), "codes alone open no breaker");
        world.mood(0, Mood::Well);
        case.pass(&mut world, 20 * MINUTE);
        assert!(world.at_rest(), "{rate}/s\n{}", world.story());
    }
}

#[test]
fn missing_receipts_alone_move_nothing_while_codes_come() {
    for rate in [5.0, 20.0] {
        let world = Case::new(Mood::Mute, rate).dead_for(60 * MINUTE);
        assert_eq!(world.story(), "", "{rate}/s");
    }
}

#[test]
fn a_carrier_with_late_texts_loses_points_though_its_codes_come() {
    let case = Case::new(Mood::Sluggish, 5.0);
    let mut world = case.dead_for(8 * MINUTE);
    assert_eq!((world.turns(), world.healths[0].weight), ((0, 0), 5), "{}", world.story());
    world.mood(0, Mood::Well);
    case.pass(&mut world, 15 * MINUTE);
    assert!(world.at_rest(), "{}", world.story());
    let ups = world.decisions.iter().map(|decision| decision.from_weight < decision.to_weight);
    assert!(ups.is_sorted(), "first down, then up: {}", world.story());
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
    let case = Case::new(Mood::Refusing(FailureClass::CarrierDown), 5.0);
    let mut world = case.dead_for(100);
    world.mood(0, Mood::Well);
    case.pass(&mut world, 5 * MINUTE);
    insta::assert_snapshot!(world.story(), @"
    320 s: eum in GB from 50 to 0 points, open: 8 of 8 texts failed in 10 s; by other carriers 0 of 14
    350 s: eum in GB from 0 to 0 points, half_open: the back-off is over: a few texts will try it
    370 s: eum in GB from 0 to 0 points, open: tried again: 6 of 6 texts failed in 25 s; by other carriers 0 of 86
    430 s: eum in GB from 0 to 0 points, half_open: the back-off is over: a few texts will try it
    450 s: eum in GB from 0 to 10 points, closed: tried again: only 0 of 11 texts failed in 25 s; by other carriers 1 of 103
    490 s: eum in GB from 10 to 20 points, closed: only 1 of 51 texts failed in 120 s; by other carriers 1 of 265
    530 s: eum in GB from 20 to 30 points, closed: only 1 of 118 texts failed in 120 s; by other carriers 6 of 424
    570 s: eum in GB from 30 to 40 points, closed: only 2 of 182 texts failed in 120 s; by other carriers 5 of 437
    610 s: eum in GB from 40 to 50 points, closed: only 2 of 238 texts failed in 120 s; by other carriers 4 of 376
    ");
}
