//! Folds what was seen of carriers into their health, and decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    Fault,
    decisions::Line,
    health::{Decision, Health, Observation, decide},
    phone::Region,
    ports::{Clock, HealthBook},
    route::Lane,
    watch::{Noticed, Typed},
};

/// Batches that a country remembers, so that each counts once. A stream has few shards, and each
/// repeats its newest batch only.
const REMEMBERED: usize = 16;
/// How often a country is read again when another was faster.
const ROUNDS: usize = 8;

/// The health of a country's carriers: they are compared with each other, so that they are kept
/// together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    /// Which one.
    pub region: Region,
    /// Its carriers.
    pub carriers: Vec<Health>,
    /// The newest batches that were folded, oldest first.
    pub batches: Vec<String>,
    /// Goes up with each change, from 0.
    pub revision: u64,
}

/// Folds a batch, named by its first event, and decides. A batch that comes twice counts once.
///
/// # Errors
/// When a port is broken: the batch has to come again.
pub async fn fold(
    ports: &(impl HealthBook + Clock),
    batch: &str,
    noticed: Vec<Noticed>,
    lanes: &[Lane],
) -> Result<Vec<Decision>, Fault> {
    let mut seen: BTreeMap<Region, Vec<Observation>> = BTreeMap::new();
    for one in observations(ports, noticed).await? {
        seen.entry(one.region).or_default().push(one);
    }
    let mut decisions = Vec::new();
    for (region, seen) in seen {
        decisions.extend(turn(ports, region, Some((batch, &seen)), lanes).await?);
    }
    Ok(decisions)
}

/// Decides in all countries: time alone ends back-offs and silences.
///
/// # Errors
/// When a port is broken.
pub async fn look(
    ports: &(impl HealthBook + Clock),
    lanes: &[Lane],
) -> Result<Vec<Decision>, Fault> {
    let mut decisions = Vec::new();
    for region in ports.countries().await? {
        decisions.extend(turn(ports, region, None, lanes).await?);
    }
    Ok(decisions)
}

/// What was seen, with the typed codes' texts read.
async fn observations(
    ports: &impl HealthBook,
    noticed: Vec<Noticed>,
) -> Result<Vec<Observation>, Fault> {
    let (mut seen, mut typed) = (Vec::new(), Vec::new());
    for one in noticed {
        match one {
            Noticed::Seen(one) => seen.push(one),
            Noticed::Typed(one) => typed.push(one),
        }
    }
    let first = |one: &Typed| (one.store, one.signup.message(0));
    let wanted: BTreeSet<_> = typed.iter().map(first).collect();
    let texts = ports.texts(&wanted.into_iter().collect::<Vec<_>>()).await?;
    seen.extend(typed.iter().filter_map(|one| one.of(texts.get(&first(one))?)));
    Ok(seen)
}

async fn turn(
    ports: &(impl HealthBook + Clock),
    region: Region,
    batch: Option<(&str, &[Observation])>,
    lanes: &[Lane],
) -> Result<Vec<Decision>, Fault> {
    for _ in 0..ROUNDS {
        let found = ports.country(region).await?;
        let known = found.is_some();
        let before = found.unwrap_or_else(|| Country::new(region));
        let mut country = before.clone();
        if let Some((id, seen)) = batch
            && !country.count(id, seen)
        {
            return Ok(Vec::new());
        }
        let decisions = country.decide(ports.now(), lanes);
        if country == before {
            return Ok(decisions);
        }
        country.revision += u64::from(known);
        let entries: Vec<_> = decisions.iter().map(Line::of).collect();
        if ports.advance(&country, &entries).await? {
            return Ok(decisions);
        }
    }
    Err(Fault::new("a country's health changed too often", "busy"))
}

impl Country {
    /// A country that nothing is known of.
    #[must_use]
    pub const fn new(region: Region) -> Self {
        Self { region, carriers: Vec::new(), batches: Vec::new(), revision: 0 }
    }

    /// Counts a batch; `false` when it was counted before.
    fn count(&mut self, batch: &str, seen: &[Observation]) -> bool {
        if self.batches.iter().any(|known| known == batch) {
            return false;
        }
        self.batches.push(batch.to_owned());
        let old = self.batches.len().saturating_sub(REMEMBERED);
        self.batches.drain(..old);
        for one in seen {
            if !self.carriers.iter().any(|health| health.carrier == one.carrier) {
                self.carriers.push(Health::new(one.carrier, self.region, 0, first(seen, one)));
            }
        }
        for health in &mut self.carriers {
            health.fold(seen);
        }
        true
    }

    fn decide(&mut self, now: Timestamp, lanes: &[Lane]) -> Vec<Decision> {
        for health in &mut self.carriers {
            health.rest_at(Lane::resting(lanes, health.carrier));
        }
        decide(now, &mut self.carriers)
    }
}

/// When this carrier's first text was sent.
fn first(seen: &[Observation], one: &Observation) -> Timestamp {
    let of_carrier = seen.iter().filter(|other| other.carrier == one.carrier);
    of_carrier.map(|other| other.sent_at).min().unwrap_or(one.sent_at)
}
