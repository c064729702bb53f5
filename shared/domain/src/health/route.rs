//! The order in which carriers are asked.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{
    Breaker, Health, RESTING,
    state::{KEPT, bucket},
};
use crate::carrier::CarrierName;

/// One text in so many goes to a carrier that is on probation first.
const PROBE: u32 = 10;
/// No more probes until these are judged: at 20 texts a second a tenth would be many.
const PROBES: u32 = 10;

/// An operator's word on a country's carriers (`PUT /routes`). It wins until it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// These, in this order, and no others.
    pub carriers: Vec<CarrierName>,
    /// When health decides again.
    pub until: Timestamp,
    /// When it was set.
    pub since: Timestamp,
}

/// The carriers for one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// In the order in which they are asked.
    pub carriers: Vec<CarrierName>,
    /// Whether chance chose the first among several: only then its text counts for conversion.
    pub drawn: bool,
}

/// How a carrier may be used, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// By its points.
    Weighted(Reverse<u8>),
    /// On probation; whether a probe is wanted.
    Probation(Reverse<bool>),
    /// Open until then: the last resort.
    Open(Timestamp),
}

/// Orders a store's carriers for a country. The first is drawn by weight; a carrier on probation
/// is drawn once in ten; the rest follow by weight, those with an open breaker last. Nobody is
/// dropped, but for a pin. A carrier without health is taken for well. `roll` is uniform chance.
#[must_use]
pub fn route(
    candidates: &[(CarrierName, Option<&Health>)],
    pin: Option<&Pin>,
    roll: u32,
    now: Timestamp,
) -> Route {
    let known = |name: &CarrierName| candidates.iter().any(|(carrier, _)| carrier == name);
    if let Some(pin) = pin.filter(|pin| now < pin.until) {
        let carriers: Vec<_> = pin.carriers.iter().copied().filter(known).collect();
        if !carriers.is_empty() {
            return Route { carriers, drawn: false };
        }
    }
    let standing =
        |(carrier, health): &(CarrierName, Option<&Health>)| (*carrier, Standing::of(*health, now));
    let mut order: Vec<_> = candidates.iter().map(standing).collect();
    order.sort_by_key(|(_, standing)| *standing);
    if let Some(first) = draw(&order, roll) {
        order[..=first].rotate_right(1);
    }
    let carriers: Vec<_> = order.into_iter().map(|(carrier, _)| carrier).collect();
    Route { drawn: carriers.len() > 1, carriers }
}

impl Standing {
    fn of(health: Option<&Health>, now: Timestamp) -> Self {
        let Some(health) = health else { return Self::Weighted(Reverse(RESTING)) };
        match health.breaker {
            Breaker::Closed => Self::Weighted(Reverse(health.weight)),
            Breaker::Open { until } if now < until => Self::Open(until),
            Breaker::Open { until } => Self::Probation(Reverse(asked(health, until) < PROBES)),
            Breaker::HalfOpen => Self::Probation(Reverse(asked(health, health.since) < PROBES)),
        }
    }
}

/// How many texts the carrier was handed since then.
fn asked(health: &Health, since: Timestamp) -> u32 {
    let first = bucket(since);
    let counts = health.counts(first..=first + KEPT);
    counts.accepted + counts.failed
}

/// Which of the ordered carriers goes first.
fn draw(order: &[(CarrierName, Standing)], roll: u32) -> Option<usize> {
    let (probe, roll) = (roll.is_multiple_of(PROBE), roll / PROBE);
    let wanted = |(_, standing): &(_, Standing)| *standing == Standing::Probation(Reverse(true));
    if probe && let Some(first) = order.iter().position(wanted) {
        return Some(first);
    }
    let weight = |(_, standing): &(_, Standing)| match standing {
        Standing::Weighted(Reverse(points)) => u32::from(*points),
        Standing::Probation(_) | Standing::Open(_) => 0,
    };
    let mut left = roll.checked_rem(order.iter().map(weight).sum())?;
    order.iter().position(|entry| {
        let mine = weight(entry);
        let drawn = left < mine;
        left = left.saturating_sub(mine);
        drawn
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        carrier::CarrierName::{Eum, Sandbox, Sandbox2, Sns},
        phone::Region,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn health(carrier: CarrierName, weight: u8, breaker: Breaker) -> Health {
        Health { weight, breaker, ..Health::new(carrier, Region::GB, RESTING, at(-600)) }
    }

    fn all(healths: &[Health]) -> Vec<(CarrierName, Option<&Health>)> {
        healths.iter().map(|health| (health.carrier, Some(health))).collect()
    }

    /// How often each carrier comes first in a thousand even rolls.
    fn firsts(healths: &[Health], carrier: CarrierName) -> usize {
        let first = |roll: &u32| route(&all(healths), None, *roll, at(0)).carriers[0] == carrier;
        (0..1000).filter(first).count()
    }

    #[test]
    fn the_first_is_drawn_by_weight() {
        let healths = [health(Eum, 60, Breaker::Closed), health(Sns, 40, Breaker::Closed)];
        assert_eq!((firsts(&healths, Eum), firsts(&healths, Sns)), (600, 400));
    }

    #[test]
    fn an_open_breaker_is_the_last_resort_and_probation_gets_a_tenth() {
        let open = health(Eum, 0, Breaker::Open { until: at(1) });
        let healths =
            [open, health(Sns, 5, Breaker::Closed), health(Sandbox, 0, Breaker::HalfOpen)];
        assert_eq!(firsts(&healths, Eum), 0);
        assert_eq!(firsts(&healths, Sandbox), 100);
        assert_eq!(route(&all(&healths), None, 1, at(0)).carriers, [Sns, Sandbox, Eum]);
    }

    #[test]
    fn a_back_off_ends_by_itself() {
        let healths =
            [health(Eum, 0, Breaker::Open { until: at(0) }), health(Sns, 50, Breaker::Closed)];
        assert_eq!(firsts(&healths, Eum), 100);
    }

    #[test]
    fn ten_probes_are_enough_until_they_are_judged() {
        let mut probed = health(Eum, 0, Breaker::HalfOpen);
        for _ in 0..PROBES {
            let healths = [probed.clone(), health(Sns, 50, Breaker::Closed)];
            assert_eq!(firsts(&healths, Eum), 100);
            let counts = probed.buckets.entry(bucket(at(0) - SignedDuration::from_mins(5)));
            counts.or_default().accepted += 1;
        }
        assert_eq!(firsts(&[probed, health(Sns, 50, Breaker::Closed)], Eum), 0);
    }

    #[test]
    fn a_pin_wins_while_it_lives() {
        let healths =
            [health(Eum, 0, Breaker::Open { until: at(9) }), health(Sns, 9, Breaker::Closed)];
        let pin = |carriers: &[_], until| Pin {
            carriers: carriers.to_vec(),
            until: at(until),
            since: at(0),
        };
        for (pin, expected, drawn) in [
            (pin(&[Eum], 1), vec![Eum], false),
            (pin(&[Eum, Sns], 1), vec![Eum, Sns], false),
            (pin(&[Eum], 0), vec![Sns, Eum], true),
            (pin(&[Sandbox], 1), vec![Sns, Eum], true),
            (pin(&[], 1), vec![Sns, Eum], true),
        ] {
            let route = route(&all(&healths), Some(&pin), 1, at(0));
            assert_eq!((route.carriers, route.drawn), (expected, drawn), "{pin:?}");
        }
    }

    #[test]
    fn a_lone_carrier_is_not_drawn() {
        let lone = route(&[(Eum, None)], None, 7, at(0));
        assert_eq!(lone, Route { carriers: vec![Eum], drawn: false });
        assert_eq!(route(&[], None, 7, at(0)).carriers, []);
    }

    fn any_health() -> impl Strategy<Value = Option<(u8, Breaker)>> {
        let breaker = prop_oneof![
            Just(Breaker::Closed),
            Just(Breaker::HalfOpen),
            (-60..60_i64).prop_map(|s| Breaker::Open { until: at(s) }),
        ];
        prop::option::of((0..=100_u8, breaker))
    }

    proptest! {
        /// However ill, no carrier is dropped, and none is asked twice.
        #[test]
        fn a_route_is_a_permutation_of_its_candidates(
            states in prop::collection::vec(any_health(), 0..=4),
            roll in any::<u32>(),
        ) {
            let names = [Eum, Sns, Sandbox, Sandbox2];
            let healths: Vec<_> = names.iter().zip(states).map(|(name, state)| {
                (*name, state.map(|(weight, breaker)| health(*name, weight, breaker)))
            }).collect();
            let candidates: Vec<_> = healths.iter().map(|(n, h)| (*n, h.as_ref())).collect();
            let first = route(&candidates, None, roll, at(0));
            prop_assert_eq!(&first, &route(&candidates, None, roll, at(0)));
            let mut carriers = first.carriers;
            carriers.sort_unstable();
            let mut expected: Vec<_> = candidates.iter().map(|(name, _)| *name).collect();
            expected.sort_unstable();
            prop_assert_eq!(carriers, expected);
        }
    }
}
