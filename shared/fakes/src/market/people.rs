//! Who comes to a simulated shop: when, from where, with which number.

use std::net::IpAddr;

use doorstep_domain::{
    Mode,
    phone::{NumberType, PhoneNumber},
};

use super::{
    dice::Dice,
    scenario::{Attack, BRITAIN, Land, Scenario},
};

/// Texts by the hour of the day, of a thousand: quiet nights, and an evening when people shop.
const SHAPE: [f64; 24] = [
    10.0, 6.0, 4.0, 3.0, 4.0, 8.0, 18.0, 32.0, 44.0, 52.0, 55.0, 56.0, 60.0, 58.0, 55.0, 54.0,
    56.0, 60.0, 66.0, 76.0, 84.0, 72.0, 47.0, 20.0,
];
/// Texts of the week's days, relative to each other.
const WEEK: [f64; 7] = [0.95, 0.95, 0.97, 1.0, 1.05, 1.1, 0.98];
/// Addresses of carriers' gateways, each of which a part of all mobile shoppers shares.
const GATEWAYS: u32 = 30;

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A shopper.
    Shopper,
    /// An attacker.
    Attacker,
}

/// Somebody who signs up.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) party: Party,
    pub(super) number: String,
    pub(super) source: IpAddr,
    /// Whether, and after how many milliseconds, they type the code.
    pub(super) types_after: Option<i64>,
    /// After how many milliseconds they ask for it again, each counted from the text before.
    pub(super) asks_again: Vec<i64>,
    pub(super) solves: bool,
}

/// When a shop's shoppers come on this day, in milliseconds from its beginning.
pub(super) fn arrivals(dice: &Dice, scenario: &Scenario, day: u32) -> Vec<i64> {
    let of_a_week = WEEK[(day % 7) as usize];
    let daily = scenario.monthly / 30.0 / 1.08 * of_a_week;
    let mut times = Vec::new();
    for (hour, share) in (0_u32..).zip(SHAPE) {
        let sale = day + 1 == scenario.days && scenario.sale == Some(hour);
        let mean = daily * share / 1_000.0 * if sale { 10.0 } else { 1.0 };
        let many = dice.round((mean + dice.normal() * mean.sqrt()).max(0.0));
        times.extend(
            (0..many).map(|_| i64::from(hour) * 3_600_000 + i64::from(dice.below(3_600_000))),
        );
    }
    times
}

/// When an attack begins, in milliseconds from the beginning of its day.
pub(super) fn begins(attack: &Attack) -> i64 {
    millis(attack.from * 3_600.0)
}

/// When an attacker's requests come, in milliseconds from the beginning of its day.
pub(super) fn raids(dice: &Dice, attack: &Attack) -> Vec<i64> {
    let at = |part: f64| millis((attack.from + part * attack.hours) * 3_600.0);
    (0..attack.signups).map(|_| at(dice.part())).collect()
}

/// A shopper: a number of their own, and mostly an address too.
pub(super) fn shopper(dice: &Dice, scenario: &Scenario) -> Person {
    let abroad = !scenario.abroad.is_empty() && dice.falls(0.05);
    let number = if abroad { mobile(dice, scenario.abroad) } else { british(dice) };
    let converts = dice.falls(scenario.conversion);
    let delay = (3.2 + 0.7 * dice.normal()).exp().clamp(8.0, 400.0);
    let again = if converts { 0.06 } else { 0.18 };
    let times = if dice.falls(again) { 1 + usize::from(dice.falls(0.25)) } else { 0 };
    // Who asks for another text has none to type the code from before.
    let delay = delay + [0.0, 45.0, 145.0][times];
    Person {
        party: Party::Shopper,
        number,
        source: address(dice),
        types_after: converts.then(|| millis(delay)),
        asks_again: [40_000, 90_000][..times].to_vec(),
        solves: scenario.solving,
    }
}

/// An attacker's next sign-up, with one of its numbers.
pub(super) fn raider(dice: &Dice, attack: &Attack, numbers: &[String], turn: u32) -> Person {
    let number = numbers[(turn / attack.uses) as usize % numbers.len()].clone();
    let delays: [i64; 3] = [31_000, 61_000, 121_000];
    Person {
        party: Party::Attacker,
        number,
        source: proxy(dice, turn),
        types_after: dice.falls(attack.verified).then_some(20_000),
        asks_again: delays[..attack.resends as usize].to_vec(),
        solves: attack.solving,
    }
}

/// The attacker's numbers, spread evenly over its ranges.
pub(super) fn loot(dice: &Dice, attack: &Attack) -> Vec<String> {
    let range = |n: u32| {
        let land = attack.lands[n as usize % attack.lands.len()];
        loop {
            let range = format!("{}{}", land.head, dice.digits(land.rest - 4));
            if land.region != "GB" || attack.lands.len() > 1 || is_mobile(&format!("{range}0000")) {
                return range;
            }
        }
    };
    let ranges: Vec<_> = (0..attack.ranges).map(range).collect();
    let many = (attack.signups / attack.uses) as usize;
    let number = |range: &String| format!("{range}{}", dice.digits(4));
    ranges.iter().cycle().take(many).map(number).collect()
}

/// A British mobile. Newer ranges have more of them: a tenth of the ranges a fifth of the numbers.
fn british(dice: &Dice) -> String {
    loop {
        let range = 30_000 + dice.round(dice.part().powf(1.5) * 69_999.0);
        let number = format!("+447{range}{}", dice.digits(4));
        if is_mobile(&number) {
            return number;
        }
    }
}

fn mobile(dice: &Dice, lands: &[Land]) -> String {
    let many = u32::try_from(lands.len()).unwrap_or(u32::MAX);
    let Land { head, rest, .. } = lands[dice.below(many) as usize];
    format!("{head}{}", dice.digits(rest))
}

fn is_mobile(number: &str) -> bool {
    let parsed = PhoneNumber::parse(number, None, Mode::Live);
    let in_britain = |it: &PhoneNumber| it.region().as_str() == BRITAIN[0].region;
    parsed.is_ok_and(|it| in_britain(&it) && it.kind() == NumberType::Mobile)
}

/// A quarter come through a carrier's gateway, a quarter by IPv6, the others from home.
fn address(dice: &Dice) -> IpAddr {
    match dice.below(4) {
        0 => IpAddr::from([100, 64, 0, u8::try_from(dice.below(GATEWAYS)).unwrap_or_default()]),
        1 => IpAddr::from([0x2a00, 0x23c0, hextet(dice), hextet(dice), 0, 0, 0, hextet(dice)]),
        _ => IpAddr::from(dice.bits().to_be_bytes()),
    }
}

/// Another address each time: of a home, or a /64 of a host that has many.
fn proxy(dice: &Dice, turn: u32) -> IpAddr {
    if turn.is_multiple_of(2) {
        return IpAddr::from(dice.bits().to_be_bytes());
    }
    let net = u16::try_from(turn & 0xffff).unwrap_or_default();
    IpAddr::from([0x2001, 0xdb8, 1, net, 0, 0, 0, hextet(dice)])
}

fn hextet(dice: &Dice) -> u16 {
    u16::try_from(dice.below(1 << 16)).unwrap_or_default()
}

fn millis(seconds: f64) -> i64 {
    let whole = std::time::Duration::from_secs_f64(seconds.max(0.0)).as_millis();
    i64::try_from(whole).unwrap_or(i64::MAX)
}
