//! The carriers' health, kept by country, and the log of decisions.

use doorstep_domain::{
    Mode,
    carrier::CarrierName,
    decisions::Line,
    health::{Health, RESTING},
    id::StoreId,
    message::MessageStatus,
    phone::Region,
    ports::{HealthBook, Messages, Range},
    steer::Country,
};

use super::{
    at,
    messages::{SIGNUP, claim, claimed, happening, sent},
    seconds,
};
use crate::{
    sample::{fresh_store, keys_of},
    together,
};

/// What [`HealthBook`] promises.
pub async fn health_book(ports: &(impl HealthBook + Messages)) {
    a_country_is_kept_by_revision(ports).await;
    of_writers_at_once_one_wins(ports).await;
    the_log_is_newest_first_and_each_store_s_own(ports).await;
    a_decision_that_is_logged_again_stands_once(ports).await;
    texts_tell_what_happened_to_them(ports).await;
}

/// A country that no phone number has (user-assigned codes of ISO 3166-1), as it is now.
async fn nowhere(ports: &impl HealthBook, code: &str) -> Country {
    let region = Region::parse(code).unwrap();
    match ports.country(region).await.unwrap() {
        Some(known) => Country { revision: known.revision + 1, ..known },
        None => Country::new(region),
    }
}

/// A carrier at rest: nobody decides anything about it.
fn resting(region: Region) -> Health {
    Health::new(CarrierName::Smpp, region, RESTING, at(0))
}

async fn a_country_is_kept_by_revision(ports: &impl HealthBook) {
    let mut country = nowhere(ports, "QX").await;
    country.carriers = vec![resting(country.region)];
    country.batches = vec!["one".to_owned(), "two".to_owned()];
    assert!(ports.advance(&country, &[]).await.unwrap());
    assert_eq!(ports.country(country.region).await.unwrap().as_ref(), Some(&country));
    assert_eq!(*ports.glance(country.region).await.unwrap(), country.carriers);
    assert!(ports.countries().await.unwrap().contains(&country.region));
    let entry = entry(fresh_store(), 0, CarrierName::Eum);
    let stale = Country { batches: Vec::new(), ..country.clone() };
    let refused = ports.advance(&stale, std::slice::from_ref(&entry)).await.unwrap();
    assert!(!refused, "the revision was there");
    assert_eq!(ports.country(country.region).await.unwrap(), Some(country));
    assert_eq!(ports.logged(entry.scope, &range(10, None)).await.unwrap(), []);
}

async fn of_writers_at_once_one_wins(ports: &impl HealthBook) {
    let country = nowhere(ports, "QZ").await;
    let kept = together((0..4).map(|_| ports.advance(&country, &[]))).await;
    assert_eq!(kept.iter().filter(|kept| **kept == Ok(true)).count(), 1);
}

fn entry(store: StoreId, after: i64, carrier: CarrierName) -> Line {
    Line {
        scope: (store, Mode::Live),
        at: at(0) + seconds(after),
        kind: "route".to_owned(),
        region: Some(Region::GB),
        signup: None,
        carrier: Some(carrier),
        weights: Some((50, 0)),
        breaker: Some("open".to_owned()),
        reason: "failing".to_owned(),
        text: "it failed".to_owned(),
    }
}

/// The five days after midday.
fn range(limit: usize, cursor: Option<String>) -> Range {
    Range { from: at(0), to: at(0) + seconds(5 * 86_400), limit, cursor }
}

async fn the_log_is_newest_first_and_each_store_s_own(ports: &impl HealthBook) {
    let (store, other) = (fresh_store(), fresh_store());
    let bare = Line {
        region: None,
        carrier: None,
        weights: None,
        breaker: None,
        ..entry(store, 90_000, CarrierName::Eum)
    };
    let days = [0, 1, 86_000].map(|after| entry(store, after, CarrierName::Eum));
    let mut lines = vec![bare, days[2].clone(), days[1].clone(), days[0].clone()];
    lines.insert(2, entry(store, 1, CarrierName::Twilio));
    for line in &lines {
        ports.log(line).await.unwrap();
    }
    ports.log(&entry(other, 2, CarrierName::Eum)).await.unwrap();
    ports.log(&entry(store, -1, CarrierName::Eum)).await.unwrap();
    assert_eq!(ports.logged((store, Mode::Live), &range(10, None)).await.unwrap(), lines);
    for size in 1..=4 {
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let page = ports.logged((store, Mode::Live), &range(size, cursor)).await.unwrap();
            let Some(last) = page.last() else { break };
            cursor = Some(last.place());
            pages.extend(page);
        }
        assert_eq!(pages, lines, "by {size}");
    }
}

async fn a_decision_that_is_logged_again_stands_once(ports: &impl HealthBook) {
    let line = entry(fresh_store(), 0, CarrierName::Eum);
    for _ in 0..2 {
        ports.log(&line).await.unwrap();
    }
    assert_eq!(ports.logged(line.scope, &range(10, None)).await.unwrap(), [line]);
}

async fn texts_tell_what_happened_to_them(ports: &(impl HealthBook + Messages)) {
    let store = fresh_store();
    let (live, test) = (keys_of(store, Mode::Live), keys_of(store, Mode::Test));
    let ours = claimed(ports, &live, &claim(0, 0)).await;
    ports.settle(&live, &ours, &sent(1), None).await.unwrap();
    claimed(ports, &test, &claim(0, 0)).await;
    let wanted = [(store, SIGNUP.message(0)), (store, SIGNUP.message(1))];
    let told = ports.texts(&wanted).await.unwrap();
    assert_eq!(told.len(), 1, "what is not there is left out");
    let first = &told[&wanted[0]];
    assert_eq!(first.history, [happening(MessageStatus::Sent, 1)]);
    assert_eq!(first.leg, 0);
    assert!(ports.texts(&[]).await.unwrap().is_empty());
}
