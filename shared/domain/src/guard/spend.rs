//! Counting a send, and its money, before it is made.

use jiff::Timestamp;

use super::{
    Refused,
    book::{Book, Cap, Unit},
    budget::{self, Budget},
    limits::{Effect, Left, Levers, Observed, Rule, Standing},
    pool::{BLOCK, Block, BlockKey, Caps, Pool},
    risk::Pressure,
    slate::{Replaced, Slate, SlateKey, SlateKind},
};
use crate::{
    Fault, Mode,
    access::KeyId,
    carrier::Channel,
    decisions::Line,
    id::StoreId,
    money::Money,
    phone::{PhoneNumber, Region},
    ports::{HealthBook, Slates},
    store::Store,
};

/// Of what may still go unverified a block takes this part at most: what functions hold counts as
/// sent, and a shop that begins has little.
const PART: u32 = 3;
/// How often a record is changed again that others changed in between: so many may come at once.
pub(super) const ROUNDS: usize = 40;

/// A send that is about to be made.
#[derive(Debug, Clone, Copy)]
pub struct Spend<'a> {
    /// Whose.
    pub store: &'a Store,
    /// The deployment, whose budget is for all stores.
    pub deployment: &'a Store,
    /// Test or live.
    pub mode: Mode,
    /// The key that asks, if one does.
    pub key: Option<&'a KeyId>,
    /// To whom.
    pub to: &'a PhoneNumber,
    /// A text or a call.
    pub channel: Channel,
    /// What it will cost at most.
    pub cost: Money,
    /// Whether somebody is to type its code: then it counts as unverified until they do.
    pub code: bool,
    /// Now.
    pub at: Timestamp,
}

/// A send that was counted.
#[derive(Debug)]
pub struct Grant {
    key: BlockKey,
    taken: Timestamp,
    /// How many texts of its country nobody verified, as far as that matters.
    pub pressure: Pressure,
    /// What is left of the limits.
    pub left: Vec<Left>,
}

impl Grant {
    /// Gives the send back to the pool that it came from: it is not made.
    pub fn give_back(&self, pool: &Pool) {
        pool.put_back(&self.key, self.taken);
    }
}

/// What spending needs.
pub trait Ports: Slates + HealthBook {}
impl<P: Slates + HealthBook> Ports for P {}

/// Counts a send under the limits and budgets of its store and the deployment, mostly out of a
/// block that this function holds.
///
/// # Errors
/// When a port is broken: then nothing may be sent.
pub async fn spend(
    ports: &impl Ports,
    pool: &Pool,
    spend: &Spend<'_>,
) -> Result<Result<Grant, Refused>, Fault> {
    if let Some(pause) = spend.store.settings.pause(spend.mode) {
        return Ok(Err(Refused::Paused(pause.reason.clone())));
    }
    let caps = caps(spend);
    let key = block_key(spend, &caps);
    if let Some(block) = pool.take(&key, spend.at) {
        return Ok(Ok(grant(key, &block)));
    }
    let stale = pool.stale(&key, spend.at);
    match lease(ports, spend, caps, &stale).await? {
        Err(refused) => Ok(Err(refused)),
        Ok(mut block) => {
            block.left -= 1;
            let granted = grant(key.clone(), &block);
            pool.put(key, block);
            Ok(Ok(granted))
        }
    }
}

/// The key of the book of a store, or of the deployment.
#[must_use]
pub fn book_key(scope: (StoreId, Mode)) -> SlateKey {
    SlateKey { scope, kind: SlateKind::Book, id: "-".to_owned() }
}

fn grant(key: BlockKey, block: &Block) -> Grant {
    let left = |left: &Left| Left { remaining: left.remaining + block.left, ..left.clone() };
    let left = block.limits.iter().map(left).collect();
    Grant { key, taken: block.taken, pressure: block.pressure, left }
}

/// The budgets of a store in this mode: its own, and the usual ones of what it set none for.
#[must_use]
pub fn budgets_of(store: &Store, mode: Mode) -> Vec<Budget> {
    let usual = if store.id == Store::DEPLOYMENT {
        budget::usual_of_a_deployment
    } else {
        budget::usual_of_a_store
    };
    let own = store.own.budgets.iter().flatten().filter(|budget| budget.scope == mode);
    let mut all: Vec<_> = own.cloned().collect();
    let unset = |usual: &Budget| !all.iter().any(|own| own.counter() == usual.counter());
    let usual: Vec<_> = usual(mode).into_iter().filter(unset).collect();
    all.extend(usual);
    all
}

fn caps(spend: &Spend<'_>) -> Caps {
    let Spend { store, to, channel, cost, .. } = spend;
    let region = to.region();
    let mut limits = vec![("*".to_owned(), Rule::StoreHour), ("*".to_owned(), Rule::StoreDay)];
    limits.extend(spend.key.map(|key| (format!("k:{key}"), Rule::KeyHour)));
    let home = region == store.settings.country.unwrap_or(Region::GB);
    let country = if home { Rule::CountryHour } else { Rule::AbroadHour };
    limits.push((format!("c:{}", region.as_str()), country));
    let levers = Levers::of(store, spend.mode);
    let limit = |(subject, rule)| limit_cap(levers.standing(rule, spend.at), subject);
    let counted = limits.into_iter().map(limit);
    let of = |store: &Store| {
        let all = budgets_of(store, spend.mode);
        let covers = |budget: &Budget| budget.subject.covers(to.expose(), region, *channel);
        let caps = all.iter().filter(|budget| covers(budget)).map(|budget| budget.cap(*cost));
        caps.collect::<Vec<_>>()
    };
    Caps { store: counted.chain(of(store)).collect(), deployment: of(spend.deployment) }
}

fn limit_cap(standing: Standing, subject: String) -> Cap {
    let Standing { rule, value, effect } = standing;
    let (counter, observed) = ((subject, Unit::Sends, rule.window()), effect == Effect::Observe);
    Cap { counter, most: value.into(), each: 1, name: rule.as_str().to_owned(), observed }
}

fn block_key(spend: &Spend<'_>, caps: &Caps) -> BlockKey {
    let all = caps.store.iter().chain(&caps.deployment);
    let each = all.map(|cap| {
        let (subject, _, window) = &cap.counter;
        let effect = if cap.observed { " observed" } else { "" };
        (format!("{} {subject} {}{effect}", cap.name, window.as_str()), cap.most, cap.each)
    });
    let code = (format!("code {}", spend.code), 0, 0);
    BlockKey {
        scope: (spend.store.id, spend.mode),
        region: spend.to.region(),
        caps: each.chain([code]).collect(),
    }
}

/// Takes a block out of both books: the store's first. What only the store's book gave is lost to
/// it until the window ends: early, never late.
async fn lease(
    ports: &impl Ports,
    spend: &Spend<'_>,
    caps: Caps,
    stale: &[Block],
) -> Result<Result<Block, Refused>, Fault> {
    let region = spend.to.region();
    let scopes = [(spend.store.id, spend.mode), (Store::DEPLOYMENT, spend.mode)];
    let keys = scopes.map(book_key);
    let (_, slates) = ports.look(None, &keys).await?;
    let [of_store, of_all]: [Slate; 2] = slates.try_into().map_err(|_| super::pack::corrupt())?;
    let (mut pressure, mut limits) = (Pressure::default(), Vec::new());
    let taken = change(ports, (&keys[0], of_store), (spend, &caps.store), |book| {
        for block in stale {
            book.give_back(&block.caps.store, block.left, block.taken);
            if block.code {
                book.traffic_mut(block.region).unsend(block.left, block.taken);
            }
        }
        let room = Pressure::of(&book.traffic(region), region, spend.at).room();
        let wanted = if spend.code { (room / PART).clamp(1, BLOCK) } else { BLOCK };
        let fits = book.fits(&caps.store, wanted, spend.at).map_err(Cap::clone)?;
        let passed = book.take(&caps.store, fits, spend.at);
        if spend.code {
            book.traffic_mut(region).send(fits, spend.at);
        }
        pressure = Pressure::of(&book.traffic(region), region, spend.at);
        limits = caps.store.iter().filter_map(|cap| left(book, cap, spend.at)).collect();
        Ok((fits, passed))
    });
    let fits = match taken.await? {
        Ok(fits) => fits,
        Err(refused) => return Ok(Err(refused)),
    };
    let taken = change(ports, (&keys[1], of_all), (spend, &caps.deployment), |book| {
        for block in stale {
            book.give_back(&block.caps.deployment, block.left, block.taken);
        }
        let fits = book.fits(&caps.deployment, fits, spend.at).map_err(Cap::clone)?;
        Ok((fits, book.take(&caps.deployment, fits, spend.at)))
    });
    let (taken_at, code) = (spend.at, spend.code);
    Ok(taken.await?.map(|left| Block {
        left,
        taken: taken_at,
        region,
        code,
        caps,
        pressure,
        limits,
    }))
}

fn left(book: &Book, cap: &Cap, at: Timestamp) -> Option<Left> {
    let rule: Rule = cap.name.parse().ok().filter(|_| !cap.observed)?;
    let most = u32::try_from(cap.most).unwrap_or(u32::MAX);
    let used = u32::try_from(book.used(&cap.counter, at)).unwrap_or(u32::MAX);
    let until = cap.counter.2.end(at);
    Some(Left { rule, quota: most, remaining: most.saturating_sub(used), until })
}

fn observed(cap: &Cap) -> Option<Observed> {
    let quota = u32::try_from(cap.most).unwrap_or(u32::MAX);
    Some(Observed { rule: cap.name.parse().ok()?, quota })
}

/// Changes a book, again when another was faster, and tells which budgets passed a threshold, and
/// which limits would have refused if they did not observe: once for each block.
async fn change(
    ports: &impl Ports,
    (key, mut slate): (&SlateKey, Slate),
    (spend, caps): (&Spend<'_>, &[Cap]),
    mut take: impl FnMut(&mut Book) -> Result<(u32, Vec<(Cap, u8)>), Cap>,
) -> Result<Result<u32, Refused>, Fault> {
    for _ in 0..ROUNDS {
        let mut book = Book::parse(&slate.bytes)?;
        let (fits, mut passed) = match take(&mut book) {
            Ok(taken) => taken,
            Err(cap) => return Ok(Err(refused(&cap, spend.at))),
        };
        passed.retain(|(cap, _)| cap.counter.1 == Unit::Nanos);
        let news = (!passed.is_empty()).then_some("budget.threshold");
        let next = slate.next(book.to_bytes(spend.at), Book::until(spend.at));
        match ports.replace(key, &next, news).await? {
            Replaced::Yes => {
                for (cap, percent) in &passed {
                    ports.log(&Line::of_budget(key.scope, cap, *percent, spend.at)).await?;
                }
                let beyond: Vec<_> = book.beyond(caps, spend.at).filter_map(observed).collect();
                if !beyond.is_empty() {
                    ports.log(&Line::of_observed((spend, None), &beyond)).await?;
                }
                return Ok(Ok(fits));
            }
            Replaced::Conflict(known) => slate = known,
        }
    }
    Ok(Err(Refused::Contended))
}

fn refused(cap: &Cap, at: Timestamp) -> Refused {
    let until = cap.counter.2.end(at);
    match cap.name.parse::<Rule>() {
        Ok(rule) => {
            let quota = u32::try_from(cap.most).unwrap_or(u32::MAX);
            Refused::Limit(Left { rule, quota, remaining: 0, until })
        }
        Err(_) => Refused::Budget { name: cap.name.clone(), until },
    }
}
