//! `POST /signups`: a storefront sends a phone number.

use std::{net::IpAddr, sync::Arc};

use jiff::Timestamp;

use crate::{
    Fault, Mode,
    access::{KeyId, Kind},
    carrier::Channel,
    code::CodeSeed,
    compose::Words,
    consent::{ConsentAsked, Wording},
    guard::{Admitted, Asked, Left, Pool, Refused, Solution, Spend, admit, question},
    id::SignupId,
    keys::DataKeys,
    phone::{PhoneNumber, Region},
    ports::{Attempts, Chance, Clock, HealthBook, Lags, Phones, Slates, Wordings},
    reach::{self, NotReached},
    return_url,
    route::{self, Lane},
    signup::{Context, Created, LIFE, Method, Purpose, RegistrationAttempt, Send, State},
    store::Store,
    user::Customer,
};

/// A consent as the storefront sends it.
#[derive(Debug, Clone)]
pub struct ConsentGiven {
    /// What was agreed to or refused; its wording is filled in by [`start`].
    pub asked: ConsentAsked,
    /// The words shown, if the shop sent them.
    pub wording: Option<Wording>,
}

/// What the storefront asks for.
#[derive(Debug, Clone)]
pub struct Start {
    /// Test or live.
    pub mode: Mode,
    /// The number as the shopper typed it.
    pub phone: String,
    /// The country of a national number; the store's own when absent.
    pub country: Option<Region>,
    /// The shopper's language; the store's own when absent.
    pub locale: Option<String>,
    /// What the number is for.
    pub purpose: Purpose,
    /// A code or a link.
    pub method: Method,
    /// Where a confirmed link leads back to.
    pub return_url: Option<String>,
    /// A text or a call.
    pub channel: Channel,
    /// What the shop told of the shopper.
    pub customer: Customer,
    /// What the shopper ticked.
    pub consents: Vec<ConsentGiven>,
    /// Where it came from.
    pub context: Context,
    /// The shop's own notes.
    pub metadata: Vec<(String, String)>,
    /// The request's idempotency key.
    pub idempotency_key: String,
    /// The request's body in canonical form.
    pub body: Vec<u8>,
    /// Which kind of key asks.
    pub started_by: Kind,
    /// The carriers of live mode.
    pub live_route: Vec<Lane>,
    /// W3C `traceparent`.
    pub trace: String,
    /// The key that asks.
    pub key: Option<KeyId>,
    /// The shopper's address, which only guards see whole.
    pub source: Option<IpAddr>,
    /// What the shopper's browser solved, if anything.
    pub solution: Option<Solution>,
    /// Whether limits and budgets hold: always in live mode.
    pub guarded: bool,
}

/// A store with its keys, and the deployment with its own.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The store.
    pub store: Arc<Store>,
    /// The store's keys.
    pub keys: Arc<DataKeys>,
    /// The deployment.
    pub deployment: Arc<Store>,
    /// Keys for what is counted over all stores: see [`guard::shared`](crate::guard::shared).
    pub shared: Arc<DataKeys>,
}

/// A sign-up, new or replayed.
#[derive(Debug)]
pub struct Started {
    /// The sign-up as it was when it was started.
    pub attempt: RegistrationAttempt,
    /// What is left of the limits.
    pub left: Vec<Left>,
    /// Whether the same request had started it before.
    pub replayed: bool,
}

/// Why no sign-up was started. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store may not send to the number.
    #[error(transparent)]
    NotReached(#[from] NotReached),
    /// The store lacks settings that its texts need, or a carrier.
    #[error("the store is not ready")]
    NotReady(Vec<&'static str>),
    /// The store does not name the purpose of a yes in its settings, by its place among the consents.
    #[error("not a purpose of the store")]
    Purpose(usize),
    /// The store does not list where the link would lead back to.
    #[error("the return URL is not listed")]
    ReturnUrl,
    /// The idempotency key came with another body before.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// The guards refuse it.
    #[error("refused by the guards")]
    Refused(Refused),
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What [`start`] needs.
pub trait Ports:
    Attempts + Phones + Wordings + HealthBook + Slates + Lags + Clock + Chance
{
}
impl<P> Ports for P where
    P: Attempts + Phones + Wordings + HealthBook + Slates + Lags + Clock + Chance
{
}

/// Starts a sign-up, or finds the one that the same request started.
///
/// # Errors
/// See [`StartError`]. A refused call leaves its idempotency key usable.
pub async fn start(
    ports: &impl Ports,
    pool: &Pool,
    shop: &Shop,
    command: Start,
) -> Result<Started, StartError> {
    let (keys, id) = (&shop.keys, shop.keys.signup_id(&command.idempotency_key));
    let typed = (command.phone.as_str(), command.country);
    let phone = reach::number(&shop.store.settings, typed, command.mode, command.channel);
    let asked = match &phone {
        Ok(phone) if command.guarded => Some(asked(shop, &command, phone, (id, ports.now()))),
        _ => None,
    };
    let (known, looked) = match &asked {
        Some(asked) => {
            let mut looked = question(asked).look(ports, Some((keys, id))).await?;
            (looked.attempt.take(), Some(looked))
        }
        None => (Attempts::find(ports, keys, id).await?, None),
    };
    if let Some(known) = known {
        return replay(keys, known, &command);
    }
    fits(&shop.store, &command)?;
    if let Some(closed) = closed(ports, shop).await? {
        return Err(StartError::Refused(closed));
    }
    let phone = phone.clone()?;
    let admitted = match asked.zip(looked) {
        Some((asked, looked)) => admit(ports, pool, &asked, looked).await?,
        None => Ok(Admitted::default()),
    };
    let Admitted { assessment, left } = admitted.map_err(StartError::Refused)?;
    let command = with_wordings(command, &shop.store);
    let mut attempt = open(ports, shop, &command, phone).await?;
    attempt.reasons = assessment.reasons.iter().map(|it| (it.rule, it.points)).collect();
    for wording in command.consents.iter().filter_map(|consent| consent.wording.as_ref()) {
        ports.keep(keys, &wording.hash(), wording).await?;
    }
    // For test mode's inbox.
    if command.mode == Mode::Test {
        ports.remember(keys, &attempt.phone_index, attempt.id).await?;
    }
    match ports.create(keys, &attempt).await? {
        Created::New => Ok(Started { attempt, left, replayed: false }),
        Created::Exists(known) if known.body == attempt.body => {
            Ok(Started { attempt: known.as_of(1), left, replayed: true })
        }
        Created::Exists(_) => Err(StartError::KeyReused),
    }
}

/// Whether the store's settings allow what is asked for.
fn fits(store: &Store, command: &Start) -> Result<(), StartError> {
    let missing = route::missing((store, command.mode), &command.live_route);
    if !missing.is_empty() {
        return Err(StartError::NotReady(missing));
    }
    if let Some(index) = unnamed(store, &command.consents) {
        return Err(StartError::Purpose(index));
    }
    let listed = store.settings.return_urls.as_deref().unwrap_or_default();
    match &command.return_url {
        Some(url) if !return_url::allowed(listed, url) => Err(StartError::ReturnUrl),
        _ => Ok(()),
    }
}

/// The first yes to a purpose that the store does not name, where it names any. A no is always taken.
fn unnamed(store: &Store, consents: &[ConsentGiven]) -> Option<usize> {
    let purposes = store.settings.purposes.as_ref()?;
    consents
        .iter()
        .position(|ConsentGiven { asked, .. }| asked.granted && !purposes.contains(&asked.purpose))
}

/// Why a store takes nothing, if it does not: somebody paused it, or its texts wait too long.
///
/// # Errors
/// When a port is broken.
pub(crate) async fn closed(
    ports: &(impl Lags + Clock),
    shop: &Shop,
) -> Result<Option<Refused>, Fault> {
    let (settings, mode) = (&shop.store.settings, shop.keys.scope().1);
    if let Some(pause) = settings.pause(mode) {
        return Ok(Some(Refused::Paused(pause.reason.clone())));
    }
    let lag = ports.lag((Store::DEPLOYMENT, mode)).await?;
    Ok(lag.and_then(|lag| lag.closes(settings, ports.now())).map(Refused::Busy))
}

fn asked<'a>(
    shop: &'a Shop,
    command: &'a Start,
    phone: &'a PhoneNumber,
    (id, at): (SignupId, Timestamp),
) -> Asked<'a> {
    let (context, locale) = (&command.context, locale(command, &shop.store));
    let words = Words { method: command.method, purpose: command.purpose, locale };
    Asked {
        spend: Spend {
            store: &shop.store,
            deployment: &shop.deployment,
            mode: command.mode,
            key: command.key.as_ref(),
            to: phone,
            channel: command.channel,
            cost: words.cost(&shop.store, phone, command.channel),
            code: true,
            at,
        },
        keys: &shop.keys,
        shared: &shop.shared,
        signup: (id, 0),
        source: command.source,
        session: context.session_id.as_deref(),
        solution: command.solution.as_ref(),
    }
}

fn replay(
    keys: &DataKeys,
    known: RegistrationAttempt,
    command: &Start,
) -> Result<Started, StartError> {
    if known.body == keys.fingerprint("POST /signups", &command.body) {
        Ok(Started { attempt: known.as_of(1), left: Vec::new(), replayed: true })
    } else {
        Err(StartError::KeyReused)
    }
}

/// Fills in the words of a wording version that the store has in its settings.
fn with_wordings(mut command: Start, store: &Store) -> Start {
    for consent in &mut command.consents {
        let known = || store.settings.wording(&consent.asked.wording_version);
        consent.wording = consent.wording.take().or_else(|| Some(Wording(known()?.to_owned())));
    }
    command
}

/// The language of a sign-up: the shopper's, else the store's.
fn locale<'a>(command: &'a Start, store: &'a Store) -> &'a str {
    let locale = command.locale.as_ref().or(store.settings.locale.as_ref());
    locale.map_or("en-GB", String::as_str)
}

/// Makes the attempt in memory.
async fn open(
    ports: &(impl HealthBook + Clock + Chance),
    shop: &Shop,
    command: &Start,
    phone: PhoneNumber,
) -> Result<RegistrationAttempt, StartError> {
    let (store, keys) = (&shop.store, &shop.keys);
    let (scope, lanes) = ((&**store, command.mode), &command.live_route);
    let route = route::of_mode(ports, scope, phone.region(), lanes).await?;
    let now = in_milliseconds(ports.now());
    let asked = command.consents.iter().map(|consent| ConsentAsked {
        wording: consent.wording.as_ref().map(Wording::hash),
        ..consent.asked.clone()
    });
    Ok(RegistrationAttempt {
        id: keys.signup_id(&command.idempotency_key),
        body: keys.fingerprint("POST /signups", &command.body),
        phone_index: keys.phone_index(&phone),
        external_index: command.customer.external_id.as_deref().map(|id| keys.external_index(id)),
        seed: CodeSeed::random(store.code_version(command.mode), ports),
        phone,
        purpose: command.purpose,
        method: command.method,
        return_url: command.return_url.clone(),
        locale: locale(command, store).to_owned(),
        consents: asked.collect(),
        customer: command.customer.clone(),
        context: command.context.clone(),
        source: command.source.map(|ip| keys.source_index(ip)),
        reasons: Vec::new(),
        metadata: command.metadata.clone(),
        started_by: command.started_by,
        route: route.carriers,
        drawn: route.drawn,
        sends: vec![Send { at: now, request: None, channel: command.channel }],
        created_at: now,
        expires_at: now + LIFE,
        state: State::Pending,
        tried: None,
        trace: command.trace.clone(),
    })
}

/// Times are kept to the millisecond, as they are stored.
pub(crate) fn in_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
