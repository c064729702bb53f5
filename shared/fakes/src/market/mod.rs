//! A simulated market: a shop's honest shoppers, and an attacker among them, by the real rules.
//!
//! Sign-ups, resends and verifications go through the domain's own use cases on [`Memory`], with a
//! still clock and dice that repeat themselves. `make attack` prints what came of it; the domain's
//! tests hold its bounds.

mod dice;
mod people;
mod ratios;
mod scenario;
mod tally;

use std::{cmp::Reverse, collections::BTreeMap, collections::BinaryHeap, sync::Arc};

use doorstep_domain::{
    Mode,
    access::Kind,
    carrier::CarrierName,
    guard::{Budget, Effect, Lever, Pool, Refused, Rule, Solution, Subject, Window, credit, solve},
    id::SignupId,
    keys::CodeKeys,
    money::Money,
    phone::Region,
    ports::{Attempts, Clock, HealthBook, Range},
    resend::{Resend, ResendError, resend},
    route::Lane,
    start::{Shop, Start, StartError, start},
    user::Customer,
    verify::{self, verify},
};
use jiff::{SignedDuration, Timestamp};

use self::{dice::Dice, people::Person};
pub use self::{
    people::Party,
    ratios::{RATIOS, Ratio, Ratios},
    scenario::{ABROAD, ATTACK, Attack, BRITAIN, LOOKALIKES, Land, SHOP, Scenario},
    tally::Tally,
};
use crate::{Memory, sample};

/// Running functions, each with blocks of its own.
const FUNCTIONS: u32 = 6;
/// A function ends after so many requests on average, and its blocks with it.
const LIVES: f64 = 400.0;
const DAY: i64 = 86_400_000;

/// What came of a scenario.
#[derive(Debug)]
pub struct Outcome {
    /// By party.
    pub tallies: BTreeMap<Party, Tally>,
    /// How other ratios would have judged the honest traffic.
    pub ratios: Ratios,
}

impl Outcome {
    /// What came of one party's requests.
    #[must_use]
    pub fn of(&self, party: Party) -> Tally {
        self.tallies.get(&party).cloned().unwrap_or_default()
    }
}

/// Plays a scenario.
pub async fn play(scenario: &Scenario, seed: u64) -> Outcome {
    let mut market = Market::open(scenario, seed);
    while let Some(Reverse((at, _, event))) = market.events.pop() {
        let now = market.memory.now().as_millisecond();
        market.memory.clock.pass(SignedDuration::from_millis(market.epoch + at - now));
        market.happens(at, event).await;
    }
    Outcome { tallies: market.tallies, ratios: market.ratios }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrives(Party, u32),
    AsksAgain(usize, usize),
    Types(usize),
}

struct Market {
    scenario: Scenario,
    dice: Dice,
    memory: Memory,
    shop: Shop,
    codes: Arc<CodeKeys>,
    pools: Vec<Pool>,
    /// The beginning of the first day, in milliseconds since 1970.
    epoch: i64,
    events: BinaryHeap<Reverse<(i64, usize, Event)>>,
    people: Vec<(Person, Option<SignupId>)>,
    numbers: Vec<String>,
    measured_from: i64,
    tallies: BTreeMap<Party, Tally>,
    ratios: Ratios,
}

impl Market {
    fn open(scenario: &Scenario, seed: u64) -> Self {
        let (dice, memory) = (Dice::new(seed), Memory::default());
        let last = i64::from(scenario.days - 1) * DAY;
        let attack = scenario.attack;
        let begins = attack.map_or(0, |attack| people::begins(&attack));
        let mut market = Self {
            scenario: *scenario,
            numbers: attack.map(|attack| people::loot(&dice, &attack)).unwrap_or_default(),
            shop: sample::shop(store(scenario), Mode::Live),
            codes: sample::code_keys(Mode::Live),
            pools: (0..FUNCTIONS).map(|_| Pool::default()).collect(),
            // The clock starts at midday.
            epoch: memory.now().as_millisecond() + DAY / 2,
            events: BinaryHeap::new(),
            people: Vec::new(),
            measured_from: if scenario.whole { 0 } else { last + begins },
            tallies: BTreeMap::new(),
            ratios: Ratios::default(),
            dice,
            memory,
        };
        // An attack that begins late ends on the day after the last.
        let days = scenario.days + u32::from(attack.is_some());
        for day in 0..days {
            for at in people::arrivals(&market.dice, scenario, day) {
                market.will(i64::from(day) * DAY + at, Event::Arrives(Party::Shopper, 0));
            }
        }
        let raids = attack.map(|attack| people::raids(&market.dice, &attack)).unwrap_or_default();
        for (turn, at) in (0..).zip(raids) {
            market.will(last + at, Event::Arrives(Party::Attacker, turn));
        }
        market
    }

    fn will(&mut self, at: i64, event: Event) {
        let turn = self.events.len() + self.people.len();
        self.events.push(Reverse((at, turn, event)));
    }

    async fn happens(&mut self, at: i64, event: Event) {
        if self.measured_from > 0 && at > self.measured_from + DAY {
            return;
        }
        if self.dice.falls(1.0 / LIVES) {
            let ends = self.dice.below(FUNCTIONS) as usize;
            self.pools[ends] = Pool::default();
        }
        match event {
            Event::Arrives(party, turn) => self.arrives(at, party, turn).await,
            Event::AsksAgain(who, time) => self.asks_again(at, who, time).await,
            Event::Types(who) => self.types(at, who).await,
        }
    }

    async fn arrives(&mut self, at: i64, party: Party, turn: u32) {
        let person = match (party, &self.scenario.attack) {
            (Party::Attacker, Some(attack)) => {
                people::raider(&self.dice, attack, &self.numbers, turn)
            }
            _ => people::shopper(&self.dice, &self.scenario),
        };
        let who = self.people.len();
        let (signup, challenged, refused) = self.signs_up(&person, who).await;
        if let Some(tally) = self.tally(at, party) {
            tally.signups += 1;
            count(&mut tally.challenged, challenged);
            count(&mut tally.refused, refused);
        }
        if let Some((_, region)) = signup {
            self.sent(at, party, region);
            if let Some(after) = person.types_after {
                self.will(at + after, Event::Types(who));
            }
            if let Some(after) = person.asks_again.first() {
                self.will(at + after, Event::AsksAgain(who, 0));
            }
        }
        self.people.push((person, signup.map(|(id, _)| id)));
    }

    /// Signs up, and solves what has to be solved: the sign-up, which rule asked for a challenge,
    /// and which one refused.
    async fn signs_up(
        &self,
        person: &Person,
        who: usize,
    ) -> (Option<(SignupId, Region)>, Option<String>, Option<String>) {
        let (mut solution, mut challenged) = (None, None);
        loop {
            let command = command(person, who, solution.take());
            match start(&self.memory, self.pool(), &self.shop, command).await {
                Ok(started) => {
                    let attempt = started.attempt;
                    return (Some((attempt.id, attempt.phone.region())), challenged, None);
                }
                Err(StartError::Refused(Refused::Challenge(task))) if challenged.is_none() => {
                    challenged = Some(self.why().await);
                    if !person.solves {
                        return (None, challenged.clone(), challenged);
                    }
                    solution = Some(Solution::Work(solve(&task.work)));
                }
                Err(StartError::Refused(refused)) => {
                    return (None, challenged, Some(self.name(&refused).await));
                }
                Err(StartError::NotReached(reason)) => {
                    return (None, challenged, Some(reason.to_string()));
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    async fn asks_again(&mut self, at: i64, who: usize, time: usize) {
        let (person, Some(id)) = self.people[who].clone() else { return };
        let (mut solution, mut sent) = (None, None);
        for _ in 0..2 {
            let known = Attempts::find(&self.memory, &self.shop.keys, id).await.unwrap();
            let command = again(known.unwrap(), &person, (time, solution.take()), &self.shop);
            match resend(&self.memory, self.pool(), &self.shop, command).await {
                Ok(resent) => {
                    sent = Some(resent.attempt.phone.region());
                    break;
                }
                Err(ResendError::Refused(Refused::Challenge(task))) if person.solves => {
                    solution = Some(Solution::Work(solve(&task.work)));
                }
                Err(ResendError::NotPending(_) | ResendError::Expired) => return,
                Err(_) => break,
            }
        }
        match sent {
            Some(region) => self.sent(at, person.party, region),
            None => {
                if let Some(tally) = self.tally(at, person.party) {
                    tally.resends_refused += 1;
                }
            }
        }
        if let Some(after) = person.asks_again.get(time + 1).filter(|_| sent.is_some()) {
            self.will(at + after, Event::AsksAgain(who, time + 1));
        }
    }

    async fn types(&mut self, at: i64, who: usize) {
        let (person, Some(id)) = self.people[who].clone() else { return };
        let attempt = Attempts::find(&self.memory, &self.shop.keys, id).await.unwrap().unwrap();
        let (texts, region) = (attempt.sends.len(), attempt.phone.region());
        let code = self.codes.code(id, &attempt.seed).unwrap();
        let shop = verify::Shop {
            store: Arc::clone(&self.shop.store),
            data: Arc::clone(&self.shop.keys),
            codes: Arc::clone(&self.codes),
        };
        let Ok(done) = verify(&self.memory, &shop, attempt, &code).await else { return };
        let Shop { keys, shared, .. } = &self.shop;
        credit(&self.memory, keys, shared, &done.attempt).await.unwrap();
        if region == Region::GB {
            self.ratios.verified(texts, self.memory.now());
        }
        if let Some(tally) = self.tally(at, person.party) {
            tally.verified += 1;
        }
    }

    fn sent(&mut self, at: i64, party: Party, region: Region) {
        if region == Region::GB {
            self.ratios.sent(self.memory.now());
        }
        if let Some(tally) = self.tally(at, party) {
            tally.text(region);
        }
    }

    fn pool(&self) -> &Pool {
        &self.pools[self.dice.below(FUNCTIONS) as usize]
    }

    fn tally(&mut self, at: i64, party: Party) -> Option<&mut Tally> {
        let measured = at >= self.measured_from;
        measured.then(|| self.tallies.entry(party).or_default())
    }

    /// The rule that said most against the newest send, as the log has it.
    async fn why(&self) -> String {
        let now = self.memory.now();
        let later = now + SignedDuration::from_secs(1);
        let range = Range { from: now, to: later, limit: 1, cursor: None };
        let lines = self.memory.logged(self.shop.keys.scope(), &range).await.unwrap();
        lines.first().map(|line| line.reason.clone()).unwrap_or_default()
    }

    async fn name(&self, refused: &Refused) -> String {
        match refused {
            Refused::Limit(left) => left.rule.as_str().to_owned(),
            Refused::Budget { name, .. } => name.clone(),
            Refused::Blocked | Refused::Challenge(_) => self.why().await,
            Refused::Paused(_) => "paused".to_owned(),
            Refused::Busy(_) => "busy".to_owned(),
            Refused::Contended => "contended".to_owned(),
        }
    }
}

fn count(by: &mut BTreeMap<String, u32>, rule: Option<String>) {
    if let Some(rule) = rule {
        *by.entry(rule).or_default() += 1;
    }
}

/// The store: as it comes, but for a proof of work that costs the simulation no time.
fn store(scenario: &Scenario) -> doorstep_domain::store::Store {
    let mut store = sample::store();
    let easy = Lever {
        scope: Mode::Live,
        rule: Rule::ProofOfWork,
        value: Some(1),
        effect: Effect::Enforce,
        from: None,
        until: Timestamp::MAX,
    };
    store.settings.levers = Some(vec![easy]);
    // Who sends so much has set budgets.
    let budget = |window| Budget {
        scope: Mode::Live,
        subject: Subject::All,
        window,
        amount: Money::pounds(1_000_000_000_000),
    };
    store.own.budgets = (scenario.monthly > 100_000.0).then(|| Window::ALL.map(budget).to_vec());
    if !scenario.abroad.is_empty() {
        let abroad = scenario.abroad.iter().filter_map(|land| Region::parse(land.region));
        store.settings.allowed_countries = Some(abroad.chain([Region::GB]).collect());
    }
    store
}

fn command(person: &Person, who: usize, solution: Option<Solution>) -> Start {
    Start {
        mode: Mode::Live,
        customer: Customer::default(),
        consents: Vec::new(),
        metadata: Vec::new(),
        started_by: Kind::Publishable,
        live_route: vec![Lane::from(CarrierName::Eum)],
        source: Some(person.source),
        solution,
        guarded: true,
        ..sample::start(&person.number, &who.to_string())
    }
}

fn again(
    attempt: doorstep_domain::signup::RegistrationAttempt,
    person: &Person,
    (time, solution): (usize, Option<Solution>),
    shop: &Shop,
) -> Resend {
    let call = "POST /signups/{id}/resend";
    Resend {
        attempt,
        request: shop.keys.request_key(call, &time.to_string()),
        body: shop.keys.fingerprint(call, b""),
        limited: true,
        channel: None,
        key: None,
        source: Some(person.source),
        solution,
    }
}
