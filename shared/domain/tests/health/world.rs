//! Shoppers, attackers and carriers in simulated time.

use std::{cmp::Reverse, collections::BinaryHeap};

use doorstep_domain::{
    carrier::{CarrierName, FailureClass, Remedy},
    health::{Breaker, Decision, Health, Observation, RESTING, decide, route},
    phone::Region,
    ports::Chance,
};
use doorstep_fakes::Seeded;
use jiff::Timestamp;

/// How a carrier behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// 1 % refused, 95 % of the rest delivered within 8 s.
    Well,
    /// Refuses every text at once, with this class.
    Refusing(FailureClass),
    /// Answers after 4 s that nobody knows, and delivers nothing.
    Hanging,
    /// Accepts, and that is the last that is heard.
    Silent,
    /// Delivers after 30 s.
    Slow,
    /// Delivers every third text after 30 s.
    Sluggish,
    /// Accepts, delivers nothing, and says that it did.
    Lying,
    /// Well, but its receipts never reach us.
    Mute,
    /// Well, but blocks an attacker's texts.
    Filtering,
}

/// Who asks for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// 85 % type the code.
    Shopper,
    /// Never types the code; the text is delivered, and somebody is paid for it.
    Pumper,
    /// Never types the code; the number swallows the text.
    Void,
}

/// The carriers of one country and all that happens to them.
pub(crate) struct World {
    /// The time, in milliseconds.
    pub(crate) now: i64,
    /// All records.
    pub(crate) decisions: Vec<Decision>,
    /// The carriers' healths, as stored.
    pub(crate) healths: Vec<Health>,
    moods: Vec<Mood>,
    chance: Seeded,
    /// What `signup` sees: a copy of at most 10 s.
    cached: Vec<Health>,
    /// What was seen and is still under way to the fold: when, which, and when it happened.
    underway: BinaryHeap<Reverse<(i64, String, i64)>>,
    /// Which carrier each text went to first, by second.
    pub(crate) firsts: Vec<(i64, CarrierName)>,
}

const CARRIERS: [CarrierName; 3] = [CarrierName::Eum, CarrierName::Sns, CarrierName::Sandbox];
/// From the event to the fold: a queue and a stream; milliseconds.
const WAY: i64 = 3_000;
/// How often `decide` runs, and how old the routes may be, in milliseconds.
const TICK: i64 = 10_000;

pub(crate) fn at(millis: i64) -> Timestamp {
    // Seven seconds off, so that ticks and buckets do not fall together.
    Timestamp::from_millisecond(1_800_000_007_000 + millis).unwrap()
}

impl World {
    /// So many carriers, all well.
    pub(crate) fn new(carriers: usize, seed: u64) -> Self {
        let health = |name: &CarrierName| Health::new(*name, Region::GB, RESTING, at(0));
        let healths: Vec<_> = CARRIERS[..carriers].iter().map(health).collect();
        Self {
            now: 0,
            decisions: Vec::new(),
            cached: healths.clone(),
            healths,
            moods: vec![Mood::Well; carriers],
            chance: Seeded::new(seed),
            underway: BinaryHeap::new(),
            firsts: Vec::new(),
        }
    }

    /// Changes a carrier's mood.
    pub(crate) fn mood(&mut self, carrier: usize, mood: Mood) {
        self.moods[carrier] = mood;
    }

    /// Lets `seconds` pass with so many texts a second of each sender.
    pub(crate) fn pass(&mut self, seconds: i64, senders: &[(Sender, f64)]) {
        let end = self.now + seconds * 1_000;
        let mut next: Vec<f64> = senders.iter().map(|(_, rate)| self.pause(*rate)).collect();
        let start = self.now;
        while self.now < end {
            self.now += 1_000;
            for (index, (sender, rate)) in senders.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "a simulation of hours")]
                let elapsed = (self.now - start) as f64 / 1_000.0;
                while next[index] < elapsed {
                    next[index] += self.pause(*rate);
                    self.text(*sender);
                }
            }
            if self.now % TICK == 0 {
                self.tick();
            }
        }
    }

    /// The share of first tries that a carrier had in the last seconds, in percent.
    pub(crate) fn share(&self, carrier: usize, seconds: i64) -> usize {
        let since = self.now - seconds * 1_000;
        let recent = || self.firsts.iter().rev().take_while(|(at, _)| *at > since);
        let mine = recent().filter(|(_, name)| *name == CARRIERS[carrier]).count();
        100 * mine / recent().count().max(1)
    }

    /// How often a carrier's breaker opened from closed, and how often it closed.
    pub(crate) fn turns(&self) -> (usize, usize) {
        let mut turns = (0, 0);
        for decision in &self.decisions {
            match decision.breaker {
                Breaker::Open { .. } if decision.from_weight > 0 => turns.0 += 1,
                Breaker::Closed if decision.from_weight == 0 => turns.1 += 1,
                _ => {}
            }
        }
        turns
    }

    /// Whether all carriers have their resting weight.
    pub(crate) fn at_rest(&self) -> bool {
        self.healths.iter().all(|health| health.weight == health.resting)
    }

    /// The records as people read them.
    pub(crate) fn story(&self) -> String {
        let line = |decision: &Decision| {
            format!("{} s: {decision}\n", decision.at.duration_since(at(0)).as_secs())
        };
        self.decisions.iter().map(line).collect()
    }

    fn tick(&mut self) {
        while let Some(Reverse((due, text, happened))) = self.underway.peek() {
            if *due > self.now {
                break;
            }
            let seen = Observation::parse(text, at(*happened)).unwrap();
            for health in &mut self.healths {
                health.fold(&[seen]);
            }
            self.underway.pop();
        }
        self.decisions.extend(decide(at(self.now), &mut self.healths));
        self.cached.clone_from(&self.healths);
    }

    /// One text: its route, at most two carriers, and what is seen of it.
    fn text(&mut self, sender: Sender) {
        let candidates: Vec<_> = self.cached.iter().map(|h| (h.carrier, Some(h))).collect();
        let route = route(&candidates, None, self.roll(), at(self.now));
        self.firsts.push((self.now, route.carriers[0]));
        let mut sent = self.now;
        for (leg, carrier) in route.carriers.iter().take(2).enumerate() {
            let index = CARRIERS.iter().position(|name| name == carrier).unwrap();
            let drawn = if leg == 0 && route.drawn { "/drawn" } else { "" };
            let (answer, remedy, pause) = self.answer(index, sender);
            sent += pause;
            self.see(index, &format!("{answer}{drawn}"), sent);
            match remedy {
                None => return self.deliver(index, sender, sent, leg == 0),
                Some(Remedy::Stop) => return,
                Some(_) => {}
            }
        }
    }

    /// What the carrier answers, what follows if it failed, and how long it took.
    fn answer(&self, carrier: usize, sender: Sender) -> (String, Option<Remedy>, i64) {
        let refused = |class: FailureClass, pause| {
            (format!("refused/{}", class.as_str()), Some(class.remedy(3)), pause)
        };
        match self.moods[carrier] {
            Mood::Refusing(class) => refused(class, 100),
            Mood::Hanging => refused(FailureClass::MaybeSent, 4_000),
            Mood::Filtering if sender != Sender::Shopper => refused(FailureClass::Policy, 100),
            _ if self.percent() < 1.0 => refused(FailureClass::CarrierDown, 100),
            _ => ("accepted".to_owned(), None, 100),
        }
    }

    /// What becomes of an accepted text.
    fn deliver(&mut self, carrier: usize, sender: Sender, sent: i64, drawn: bool) {
        let mood = self.moods[carrier];
        let slow = mood == Mood::Slow || mood == Mood::Sluggish && self.percent() < 33.3;
        let after = if slow { 30_000 } else { 1_000 + self.up_to(7_000) };
        let arrives = self.percent() < 95.0 && sender != Sender::Void;
        let told = match mood {
            Mood::Silent | Mood::Mute => false,
            Mood::Lying => true,
            _ => arrives,
        };
        if told {
            self.see_later(carrier, "delivered", sent, after);
        } else if mood != Mood::Silent && mood != Mood::Mute && self.percent() < 40.0 {
            self.see_later(carrier, "undelivered/unknown", sent, after);
        }
        let read = arrives && !matches!(mood, Mood::Silent | Mood::Lying);
        if read && drawn && sender == Sender::Shopper && self.percent() < 85.0 {
            let typed = 4_000 + self.up_to(20_000) + self.up_to(20_000);
            self.see_later(carrier, "verified", sent, after + typed);
        }
    }

    fn see(&mut self, carrier: usize, what: &str, happened: i64) {
        let text = format!("{}/GB/{what}", CARRIERS[carrier].as_str());
        self.underway.push(Reverse((happened + WAY, text, happened)));
    }

    fn see_later(&mut self, carrier: usize, what: &str, sent: i64, after: i64) {
        self.see(carrier, &format!("{what}/{after}"), sent + after);
    }

    fn roll(&self) -> u32 {
        let mut bytes = [0; 4];
        self.chance.fill(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    fn percent(&self) -> f64 {
        f64::from(self.roll()) / f64::from(u32::MAX) * 100.0
    }

    fn up_to(&self, millis: i64) -> i64 {
        i64::from(self.roll()) * millis / i64::from(u32::MAX)
    }

    /// Seconds to the next text of a Poisson stream.
    fn pause(&self, rate: f64) -> f64 {
        -(1.0 - self.percent() / 100.0).max(1e-9).ln() / rate
    }
}
