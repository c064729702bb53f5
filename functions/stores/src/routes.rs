//! Which carriers get a store's texts: pins, weights and breakers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use doorstep_domain::{
    Mode,
    access::Scope,
    carrier::CarrierName,
    decisions::Line,
    health::{Health, Pin},
    open_store::{OpenStoreError, change},
    phone::Region,
    ports::{Backlog, KeyRing, Roots},
    retention::Kind,
    route::{Lane, candidates},
    store::Store,
};
use doorstep_edge::{Answer, Call, Problem, audit, page, tour, views};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{Ports, StoreRoutes, refusal};

/// The longest that a pin may hold.
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a call pins.
struct Wanted {
    region: Region,
    pin: Pin,
}

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    /// Pins a country's carriers. The same again changes nothing, but writes the line of the log
    /// again, at the same place: it is there even if the first time ended in between.
    pub(crate) async fn pin(&self, call: &Call) -> Result<Answer, Problem> {
        let (id, mode) = call.store(Scope::LeversWrite)?;
        if mode == Mode::Test {
            return Err(Problem::forbidden("Routes are live: use a live key."));
        }
        let store = self.find(id).await?;
        let wanted = wanted(call, &candidates(&store, &self.live_route), self.ports.now())?;
        audit::done(&*self.ports, call, Some(id), wanted.region.as_str()).await?;
        let pinned = match self.pinned(&wanted, store).await {
            // The first look may be from a cache, which a conflict empties.
            Err(OpenStoreError::Conflict) => self.pinned(&wanted, self.find(id).await?).await,
            pinned => pinned,
        };
        let (region, pin) = pinned.map_err(refusal)?;
        self.ports.log(&Line::of_pin(id, region, &pin)).await?;
        Ok(Answer::json(200, pin_view(region, &pin)))
    }

    /// The pin as it is now, with the time when it was set first.
    async fn pinned(
        &self,
        Wanted { region, pin }: &Wanted,
        store: Arc<Store>,
    ) -> Result<(Region, Pin), OpenStoreError> {
        let (region, now) = (*region, self.ports.now());
        let mut own = store.own.clone();
        let pins = own.pins.get_or_insert_default();
        pins.retain(|_, pin| now < pin.until);
        let since = pins.get(&region).map_or(pin.since, |known| known.since);
        let same = Pin { since, ..pin.clone() };
        if pins.get(&region) == Some(&same) {
            return Ok((region, same));
        }
        pins.insert(region, pin.clone());
        change(&*self.ports, store.id, own).await.map(|_| (region, pin.clone()))
    }

    /// The pins of a store, and the carriers of each country where texts went.
    pub(crate) async fn routes(&self, call: &Call) -> Result<Answer, Problem> {
        let now = self.ports.now();
        let store = match call.named_store(call.key(Scope::StoresRead)?)? {
            Some(id) => Some(self.find(id).await?),
            None => None,
        };
        let pins = store.as_ref().and_then(|store| store.settings.pins.clone());
        let mut pins = pins.unwrap_or_default();
        pins.retain(|_, pin| now < pin.until);
        let mut regions: BTreeSet<Region> = pins.keys().copied().collect();
        regions.extend(self.ports.countries().await?);
        if let Some(store) = &store {
            regions.retain(|region| store.settings.allows(*region) || pins.contains_key(region));
            regions.extend(store.settings.country);
        }
        let lanes =
            store.map_or_else(|| self.live_route.clone(), |it| candidates(&it, &self.live_route));
        let mut data = Vec::new();
        for region in regions {
            let health = self.ports.glance(region).await?;
            data.push(country(region, &lanes, &health, &pins));
        }
        Ok(Answer::json(200, page::body(data, None)))
    }

    /// The log of the deployment and of a store, or of all stores, newest first.
    pub(crate) async fn decisions(&self, call: &Call) -> Result<Answer, Problem> {
        let key = call.key(Scope::StoresRead)?;
        let mut books = vec![(Store::DEPLOYMENT, Mode::Live)];
        let scope = |store| (store, key.mode);
        match call.named_store(key)? {
            Some(store) => books.push(scope(self.find(store).await?.id)),
            None => books.extend(tour::stores(&*self.ports, None).await?.into_iter().map(scope)),
        }
        let now = self.ports.now();
        let walk = page::range(call, now)?.kept(Kind::Decisions.seconds(), now);
        let (mut range, wanted) = (walk.range.clone(), walk.range.limit);
        // One more than a page, to know whether there is another.
        range.limit = wanted + 1;
        let country = call.query.get("country").map(|name| {
            Region::parse(name)
                .ok_or_else(|| Problem::invalid("?country", "must be two upper-case letters"))
        });
        let country = country.transpose()?;
        let mut lines = Vec::new();
        loop {
            let mut found = Vec::new();
            for book in &books {
                found.extend(self.ports.logged(*book, &range).await?);
            }
            found.sort_by_key(|entry| std::cmp::Reverse(entry.place()));
            found.truncate(range.limit);
            let full = found.len() == range.limit;
            range.cursor = found.last().map(Line::place);
            let of_country = |entry: &Line| country.is_none() || entry.region == country;
            lines.extend(found.into_iter().filter(of_country));
            if lines.len() > wanted || !full {
                break;
            }
        }
        let is_cut = lines.len() > wanted;
        lines.truncate(wanted);
        let next = walk.next(lines.last().filter(|_| is_cut).map(Line::place));
        Ok(Answer::json(200, page::body(lines.iter().map(views::decision), next.as_deref())))
    }
}

fn wanted(call: &Call, usable: &[Lane], now: Timestamp) -> Result<Wanted, Problem> {
    let mut body = call.json()?;
    for name in ["country", "until"] {
        if !body.has_value(name) {
            body.wrong(name, "is required");
        }
    }
    let region = body.parsed("country", "two upper-case letters", Region::parse);
    let names = body.texts("carriers", 8, 16).unwrap_or_default();
    let known = |name: &String| {
        let carrier: CarrierName = name.parse().ok()?;
        usable.iter().any(|lane| lane.carrier == carrier).then_some(carrier)
    };
    let carriers: Vec<_> = names.iter().map_while(known).collect();
    let different: BTreeSet<_> = carriers.iter().collect();
    if names.is_empty() || different.len() != names.len() {
        body.wrong("carriers", "must be carriers that this store can use, each once");
    }
    let due = |text: &str| {
        let until: Timestamp = text.parse().ok()?;
        (now < until && until <= now + LONGEST).then_some(until)
    };
    let until = body.parsed("until", "an RFC 3339 time in the next 30 days", due);
    body.finish()?;
    let until = until.unwrap_or(now);
    // As they are stored.
    let whole = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
    let (until, since) = (whole(until), whole(now));
    let region = region.ok_or_else(|| Problem::invalid("/country", "is required"))?;
    Ok(Wanted { region, pin: Pin { carriers, until, since } })
}

fn pin_view(region: Region, pin: &Pin) -> Value {
    let carriers: Vec<_> = pin.carriers.iter().map(|carrier| carrier.as_str()).collect();
    let until = pin.until.to_string();
    json!({"country": region.as_str(), "carriers": carriers, "until": until})
}

fn country(
    region: Region,
    lanes: &[Lane],
    health: &[Health],
    pins: &BTreeMap<Region, Pin>,
) -> Value {
    let carriers: Vec<_> = lanes
        .iter()
        .map(|lane| {
            let known = health.iter().find(|health| health.carrier == lane.carrier);
            views::carrier_health(*lane, known)
        })
        .collect();
    let mut view = json!({"country": region.as_str(), "carriers": carriers});
    if let Some(pin) = pins.get(&region) {
        view["pin"] = pin_view(region, pin);
    }
    view
}
