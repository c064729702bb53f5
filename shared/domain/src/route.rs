//! Which carriers get a message, in which order.

use std::sync::Arc;

use crate::{
    Fault, Mode,
    carrier::CarrierName,
    health::{self, Health, RESTING, Route},
    phone::Region,
    ports::{Chance, Clock, HealthBook},
    store::Store,
};

/// A carrier of live mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// Which one.
    pub carrier: CarrierName,
    /// Its points when all is well, 0–100, relative to the others. With 0 it stands by for
    /// failover.
    pub resting: u8,
}

impl From<CarrierName> for Lane {
    fn from(carrier: CarrierName) -> Self {
        Self { carrier, resting: RESTING }
    }
}

impl Lane {
    /// The points of this carrier at rest: what its lane says, or the usual ones.
    #[must_use]
    pub fn resting(lanes: &[Self], carrier: CarrierName) -> u8 {
        lanes.iter().find(|lane| lane.carrier == carrier).map_or(RESTING, |lane| lane.resting)
    }
}

/// Chooses the carriers for one message of this store to this country, by the store's pin or by
/// the carriers' health. With a single carrier, nothing is read; and a broken book costs a choice
/// by health, never a message.
///
/// # Errors
/// When the store has no carrier.
pub async fn choose(
    ports: &(impl HealthBook + Clock + Chance),
    store: &Store,
    region: Region,
    live: &[Lane],
) -> Result<Route, Fault> {
    let lanes = candidates(store, live);
    let known = match lanes.len() {
        0 => return Err(Fault::new("live mode has no carrier", "no_carrier")),
        1 => Arc::default(),
        _ => ports.glance(region).await.unwrap_or_default(),
    };
    let now = ports.now();
    let healths: Vec<_> = lanes.iter().map(|lane| health(*lane, region, &known, now)).collect();
    let candidates: Vec<_> = healths.iter().map(|health| (health.carrier, Some(health))).collect();
    let pin = store.settings.pins.as_ref().and_then(|pins| pins.get(&region));
    Ok(health::route(&candidates, pin, roll(ports), now))
}

/// Test mode goes to the sandbox alone.
#[must_use]
pub fn sandbox() -> Route {
    Route { carriers: vec![CarrierName::Sandbox, CarrierName::Sandbox2], drawn: false }
}

/// The carriers that a store can use: those of the deployment's route, and those where it has an
/// account of its own.
#[must_use]
pub fn candidates(store: &Store, live: &[Lane]) -> Vec<Lane> {
    let named = |carrier| live.iter().any(|lane| lane.carrier == carrier);
    let own = store.own_accounts().map(|(carrier, _)| carrier).filter(|own| !named(*own));
    let lanes = live.iter().copied().chain(own.map(Lane::from));
    lanes.filter(|lane| usable(store, lane.carrier)).collect()
}

/// What a store still needs before it can send in this mode.
#[must_use]
pub fn missing((store, mode): (&Store, Mode), live: &[Lane]) -> Vec<&'static str> {
    let mut missing = store.settings.missing();
    if mode == Mode::Live && candidates(store, live).is_empty() {
        missing.push("carrier");
    }
    missing
}

/// Whether a store's live messages can go by this carrier: if it needs an account, the store or
/// the deployment has one.
fn usable(store: &Store, carrier: CarrierName) -> bool {
    let open = !carrier.needs_account() || store.accounts.contains_key(&carrier);
    open && !carrier.is_sandbox()
}

/// What is known of a carrier, at the rest that its lane says.
fn health(lane: Lane, region: Region, known: &[Health], now: jiff::Timestamp) -> Health {
    let known = known.iter().find(|health| health.carrier == lane.carrier).cloned();
    let mut health = known.unwrap_or_else(|| Health::new(lane.carrier, region, lane.resting, now));
    health.rest_at(lane.resting);
    health
}

fn roll(chance: &impl Chance) -> u32 {
    let mut bytes = [0; 4];
    chance.fill(&mut bytes);
    u32::from_be_bytes(bytes)
}

/// The route of one message in this mode.
///
/// # Errors
/// As [`choose`].
pub async fn of_mode(
    ports: &(impl HealthBook + Clock + Chance),
    (store, mode): (&Store, Mode),
    region: Region,
    live: &[Lane],
) -> Result<Route, Fault> {
    match mode {
        Mode::Test => Ok(sandbox()),
        Mode::Live => choose(ports, store, region, live).await,
    }
}
