//! How the carriers' health and the log of decisions are stored.

use std::collections::BTreeMap;

use doorstep_domain::{
    Fault, Mode,
    decisions::Line,
    health::{Breaker, Counts, Health},
    id::StoreId,
    phone::Region,
    retention::Kind,
    steer::Country,
    store::Store,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Item,
    item::{self, parse, pk, time},
};

const CORRUPT: &str = "a country's health in `state`";
const CORRUPT_LOG: &str = "a line of the log in `state`";
const KEPT: i64 = Kind::Decisions.seconds();

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    l_pk: String,
    l_sk: String,
    carriers: Vec<CarrierRow>,
    batches: Vec<String>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
struct CarrierRow {
    carrier: String,
    resting: u8,
    weight: u8,
    breaker: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    trips: u8,
    blamed: String,
    heard: bool,
    since: i64,
    decided: i64,
    /// By the number of the bucket: drawn, verified, accepted, in time, late, excused, failed.
    buckets: BTreeMap<String, [u32; 7]>,
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    pk: String,
    sk: String,
    at: i64,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signup: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<(u8, u8)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    breaker: Option<String>,
    reason: String,
    text: String,
    ttl: i64,
}

/// All countries belong to the deployment.
const SCOPE: (StoreId, Mode) = (Store::DEPLOYMENT, Mode::Live);

/// The partition of a country.
pub(super) fn country_pk(region: Region) -> String {
    pk(SCOPE, "HLT", region.as_str())
}

/// The list of all countries.
pub(super) fn countries_pk() -> String {
    pk(SCOPE, "HLT", "all")
}

/// The partition of a store's log that a time belongs to.
pub(super) fn log_pk(scope: (StoreId, Mode), at: Timestamp) -> String {
    pk(scope, "DEC", super::attempt_row::day(at))
}

pub(super) fn country_item(country: &Country) -> Result<Item, Fault> {
    item::to_item(&Row {
        pk: country_pk(country.region),
        sk: item::SK.to_owned(),
        l_pk: countries_pk(),
        l_sk: country.region.as_str().to_owned(),
        carriers: country.carriers.iter().map(carrier_row).collect(),
        batches: country.batches.clone(),
        revision: country.revision,
    })
}

pub(super) fn country(item: Item) -> Result<Country, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let region = Region::parse(&row.l_sk).ok_or_else(|| Fault::corrupt(CORRUPT))?;
    let carriers = row.carriers.into_iter().map(|row| health(region, row));
    Ok(Country {
        region,
        carriers: carriers.collect::<Result<_, _>>()?,
        batches: row.batches,
        revision: row.revision,
    })
}

fn carrier_row(health: &Health) -> CarrierRow {
    let until = match health.breaker {
        Breaker::Open { until } => Some(until.as_millisecond()),
        Breaker::Closed | Breaker::HalfOpen => None,
    };
    let counts = |counts: &Counts| {
        let Counts { drawn, verified, accepted, in_time, late, excused, failed } = *counts;
        [drawn, verified, accepted, in_time, late, excused, failed]
    };
    CarrierRow {
        carrier: health.carrier.as_str().to_owned(),
        resting: health.resting,
        weight: health.weight,
        breaker: health.breaker.as_str().to_owned(),
        until,
        trips: health.trips,
        blamed: health.blamed.as_str().to_owned(),
        heard: health.heard,
        since: health.since.as_millisecond(),
        decided: health.decided_at.as_millisecond(),
        buckets: health.buckets.iter().map(|(n, c)| (n.to_string(), counts(c))).collect(),
    }
}

fn health(region: Region, row: CarrierRow) -> Result<Health, Fault> {
    let corrupt = || Fault::corrupt(CORRUPT);
    let breaker = match (row.breaker.as_str(), row.until) {
        ("closed", _) => Breaker::Closed,
        ("half_open", _) => Breaker::HalfOpen,
        ("open", Some(until)) => Breaker::Open { until: time(until)? },
        _ => return Err(corrupt()),
    };
    let bucket = |(number, counts): (String, [u32; 7])| {
        let [drawn, verified, accepted, in_time, late, excused, failed] = counts;
        let counts = Counts { drawn, verified, accepted, in_time, late, excused, failed };
        Ok((parse(&number, CORRUPT)?, counts))
    };
    Ok(Health {
        carrier: parse(&row.carrier, CORRUPT)?,
        region,
        resting: row.resting,
        weight: row.weight,
        breaker,
        trips: row.trips,
        blamed: parse(&row.blamed, CORRUPT)?,
        heard: row.heard,
        since: time(row.since)?,
        decided_at: time(row.decided)?,
        buckets: row.buckets.into_iter().map(bucket).collect::<Result<_, Fault>>()?,
    })
}

pub(super) fn entry_item(entry: &Line) -> Result<Item, Fault> {
    item::to_item(&EntryRow {
        pk: log_pk(entry.scope, entry.at),
        sk: entry.place(),
        at: entry.at.as_millisecond(),
        kind: entry.kind.clone(),
        region: entry.region.map(|region| region.as_str().to_owned()),
        signup: entry.signup.map(|signup| signup.to_string()),
        carrier: entry.carrier.map(|carrier| carrier.as_str().to_owned()),
        weights: entry.weights,
        breaker: entry.breaker.clone(),
        reason: entry.reason.clone(),
        text: entry.text.clone(),
        ttl: entry.at.as_second() + KEPT,
    })
}

pub(super) fn entry(scope: (StoreId, Mode), item: Item) -> Result<Line, Fault> {
    let row: EntryRow = item::from_item(item, CORRUPT_LOG)?;
    let region = |name: String| Region::parse(&name).ok_or_else(|| Fault::corrupt(CORRUPT_LOG));
    Ok(Line {
        scope,
        at: time(row.at)?,
        kind: row.kind,
        region: row.region.map(region).transpose()?,
        signup: row.signup.map(|id| parse(&id, CORRUPT_LOG)).transpose()?,
        carrier: row.carrier.map(|name| parse(&name, CORRUPT_LOG)).transpose()?,
        weights: row.weights,
        breaker: row.breaker,
        reason: row.reason,
        text: row.text,
    })
}

#[cfg(test)]
mod tests {
    use doorstep_domain::{
        carrier::CarrierName,
        health::{RESTING, Sign},
    };

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_country_reads_back_as_it_was_kept() {
        let counts = Counts {
            drawn: 1,
            verified: 2,
            accepted: 3,
            in_time: 4,
            late: 5,
            excused: 6,
            failed: 7,
        };
        let well = Health::new(CarrierName::Eum, Region::GB, 100, at(0));
        let ill = Health {
            resting: RESTING,
            weight: 0,
            breaker: Breaker::Open { until: at(30) },
            trips: 3,
            blamed: Sign::Receipts,
            heard: true,
            since: at(1),
            decided_at: at(2),
            buckets: BTreeMap::from([(360_000_000, counts), (360_000_001, Counts::default())]),
            ..Health::new(CarrierName::Twilio, Region::GB, RESTING, at(0))
        };
        let tried = Health { breaker: Breaker::HalfOpen, ..ill.clone() };
        let kept = Country {
            region: Region::GB,
            carriers: vec![well, ill, tried],
            batches: vec!["a".to_owned()],
            revision: 7,
        };
        assert_eq!(country(country_item(&kept).unwrap()).unwrap(), kept);
    }
}
