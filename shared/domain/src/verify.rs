//! `POST /signups/{id}/verify`: the shopper typed a code.
//!
//! Count the try, compare in constant time, consume once: in this order (Ory Kratos).

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Fault, Mode,
    code::Code,
    consent::{ConsentAsked, Door, Event, Linked, OptInConsent, Told, link},
    id::{ConsentId, SignupId, UserId},
    keys::{CodeKeys, DataKeys},
    ports::{Attempts, Chance, Clock, Ledger, Phones, Templates},
    signup::{Method, RegistrationAttempt, State},
    start::in_milliseconds,
    store::{Settings, Store},
    tries::{Counted, Exhausted, PER_SIGNUP, PhoneRecord, Try},
    user::{Registration, Verified},
    welcome::{Welcome, welcome},
};

/// How often a full record is settled before the caller is asked to come again. Whoever loses a
/// race loses it to a counted try, and a record is full after fourteen of them.
const ROUNDS: usize = 16;

/// What [`verify`] needs.
pub trait Ports: Attempts + Phones + Ledger + Templates + Clock + Chance {}
impl<P: Attempts + Phones + Ledger + Templates + Clock + Chance> Ports for P {}

/// A store with its keys: one root for each.
#[derive(Debug)]
pub struct Shop {
    /// The store.
    pub store: Arc<Store>,
    /// For personal data.
    pub data: Arc<DataKeys>,
    /// For codes.
    pub codes: Arc<CodeKeys>,
}

/// A verified sign-up.
#[derive(Debug)]
pub struct Done {
    /// The sign-up.
    pub attempt: RegistrationAttempt,
    /// Whose number it is.
    pub user: UserId,
    /// When it was verified first.
    pub at: Timestamp,
    /// Why the store's welcome text could not be used, if so; without its content.
    pub unwelcome: Option<&'static str>,
}

/// Why the number is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Compared, and wrong.
    #[error("wrong code")]
    Incorrect {
        /// How many tries are left.
        attempts_remaining: u8,
    },
    /// Not compared: no tries left.
    #[error("no tries left")]
    Exhausted(Exhausted),
    /// Not compared: the sign-up sent a link, and has no code.
    #[error("no code")]
    NoCode,
    /// Not compared: its ten minutes are over, or it was used up.
    #[error("expired")]
    Expired,
    /// Too many tries at once: come again.
    #[error("busy")]
    Busy,
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Tries a code on a sign-up.
///
/// # Errors
/// See [`VerifyError`]. Every comparison was counted before it was made.
pub async fn verify(
    ports: &impl Ports,
    shop: &Shop,
    attempt: RegistrationAttempt,
    typed: &Code,
) -> Result<Done, VerifyError> {
    if attempt.method == Method::Link {
        return Err(VerifyError::NoCode);
    }
    let now = in_milliseconds(ports.now());
    if now >= attempt.expires_at {
        return Err(VerifyError::Expired);
    }
    let Counting { number, left, user, new } = match count(ports, &shop.data, &attempt, now).await?
    {
        Ok(counted) => counted,
        Err(Exhausted::Signup) if matches!(attempt.state, State::Verified { .. }) => {
            return Err(VerifyError::Expired);
        }
        Err(exhausted) => return Err(VerifyError::Exhausted(exhausted)),
    };
    let code = shop.codes.code(attempt.id, &attempt.seed);
    let code = code.ok_or_else(|| Fault::corrupt("an attempt's code key version is gone"))?;
    if !code.matches(typed) {
        if left == 0 && attempt.state == State::Pending {
            ports.lock(&shop.data, attempt.id, now).await?;
        }
        return Err(VerifyError::Incorrect { attempts_remaining: left });
    }
    let verified = Verified::proven(attempt.phone.clone());
    consume(ports, shop, attempt, Proof { verified, user, new, at: now, tries: number }).await
}

/// A counted try.
struct Counting {
    /// Which of the sign-up's tries it is.
    number: u8,
    /// How many are left after it.
    left: u8,
    /// The user for whom the phone's id is reserved.
    user: UserId,
    /// Whether the id was made for this try.
    new: bool,
}

/// Counts the try, settling a full record as often as others are faster.
async fn count(
    ports: &impl Ports,
    keys: &DataKeys,
    attempt: &RegistrationAttempt,
    now: Timestamp,
) -> Result<Result<Counting, Exhausted>, VerifyError> {
    let this = Try { signup: attempt.id, at: now };
    let reserved = UserId::random(ports);
    let mut limit = match attempt.state {
        State::Verified { .. } => {
            attempt.try_limit(&Phones::find(ports, keys, &attempt.phone_index).await?)
        }
        State::Pending | State::Locked { .. } => PER_SIGNUP,
    };
    for _ in 0..ROUNDS {
        match ports.count(keys, &attempt.phone_index, &this, limit, reserved).await? {
            Counted::Yes { number, user } => {
                let (left, new) = (limit.saturating_sub(number), user == reserved);
                return Ok(Ok(Counting { number, left, user, new }));
            }
            Counted::No(full) => {
                if full.tries_of(attempt.id) >= attempt.try_limit(&full) {
                    return Ok(Err(Exhausted::Signup));
                }
                let settled = full.settle(&successes(ports, keys, &full).await?, now);
                limit = attempt.try_limit(&settled);
                if let Some(exhausted) = settled.exhausted(attempt.id, limit) {
                    return Ok(Err(exhausted));
                }
                ports.settle(keys, &attempt.phone_index, (&full, &settled)).await?;
            }
        }
    }
    Err(VerifyError::Busy)
}

/// The tries of a record that verified their sign-up.
async fn successes(
    ports: &impl Attempts,
    keys: &DataKeys,
    record: &PhoneRecord,
) -> Result<Vec<Try>, Fault> {
    let mut signups: Vec<SignupId> = record.tries.iter().map(|t| t.signup).collect();
    signups.sort_unstable();
    signups.dedup();
    let mut successes = Vec::new();
    for signup in signups {
        let found = ports.find(keys, signup).await?;
        if let Some(State::Verified { at, .. }) = found.map(|attempt| attempt.state) {
            successes.push(Try { signup, at });
        }
    }
    Ok(successes)
}

/// What a right code or link proves.
pub(crate) struct Proof {
    pub(crate) verified: Verified,
    pub(crate) user: UserId,
    /// Whether the id was made for this proof: nothing of theirs can be known yet.
    pub(crate) new: bool,
    pub(crate) at: Timestamp,
    pub(crate) tries: u8,
}

/// Uses the sign-up up: once. A second right code finds what the first one made.
async fn consume(
    ports: &impl Ports,
    shop: &Shop,
    attempt: RegistrationAttempt,
    proof: Proof,
) -> Result<Done, VerifyError> {
    if let State::Verified { at, user, .. } = attempt.state {
        return Ok(Done { attempt, user, at, unwelcome: None });
    }
    let id = attempt.id;
    if let Some(done) = register(ports, shop, attempt, proof).await? {
        return Ok(done);
    }
    match Attempts::find(ports, &shop.data, id).await? {
        Some(found) => match found.state {
            State::Verified { at, user, .. } => {
                Ok(Done { attempt: found, user, at, unwelcome: None })
            }
            State::Locked { .. } => Err(VerifyError::Exhausted(Exhausted::Signup)),
            State::Pending => Err(VerifyError::Busy),
        },
        None => Err(VerifyError::Expired),
    }
}

/// How often another entry of the same shopper may be faster.
const ENTRIES: usize = 4;

/// In one transaction: verified, registered, consents in the ledger, welcome written. `None` when
/// the sign-up is not pending any more, or was just changing.
pub(crate) async fn register(
    ports: &impl Ports,
    shop: &Shop,
    mut attempt: RegistrationAttempt,
    proof: Proof,
) -> Result<Option<Done>, Fault> {
    let keys = &shop.data;
    let Proof { verified, user, new, at, tries } = proof;
    let customer = attempt.customer.clone();
    let said = welcome(ports, (&shop.store, keys), &attempt, (user, at)).await?;
    let (welcome, unwelcome) = match said {
        Welcome::Nothing => (None, None),
        Welcome::Letter(id, letter) => (Some((id, letter)), None),
        Welcome::Unfit(reason) => (None, Some(reason)),
    };
    if let (Some((id, _)), Mode::Test) = (&welcome, keys.scope().1) {
        ports.remember_letter(keys, &attempt.phone_index, *id).await?;
    }
    let (signup, drawn) = (attempt.id, attempt.drawn_carrier());
    let registration = Registration { signup, user, verified, customer, at, welcome, tries, drawn };
    let entries = consents(&shop.store.settings, &attempt, (user, at));
    if enter(ports, keys, (&registration, new), entries).await? {
        attempt.state = State::Verified { at, user, tries };
        return Ok(Some(Done { attempt, user, at, unwelcome }));
    }
    Ok(None)
}

/// Registers with these entries behind those that the shopper has, if there are any: what they
/// said before is read only then, and of somebody new once another call was faster. Not for a user
/// who is being erased: whoever tries again is somebody new.
async fn enter(
    ports: &impl Ports,
    keys: &DataKeys,
    (registration, new): (&Registration, bool),
    entries: Vec<OptInConsent>,
) -> Result<bool, Fault> {
    if entries.is_empty() {
        return ports.register(keys, registration, &[]).await;
    }
    for round in 0..ENTRIES {
        let unread = new && round == 0;
        let known =
            if unread { Vec::new() } else { ports.entries(keys, registration.user).await? };
        if known.iter().any(|linked| linked.entry.event == Event::Erased) {
            return Ok(false);
        }
        let linked: Vec<Linked> = link(keys, &known, entries.clone());
        if linked.is_empty() || ports.register(keys, registration, &linked).await? {
            return Ok(!linked.is_empty());
        }
        let found = Attempts::find(ports, keys, registration.signup).await?;
        if found.is_none_or(|found| found.state != State::Pending) {
            return Ok(false);
        }
    }
    Ok(false)
}

/// What a sign-up says of consents, and under which ids. A link says what its page showed: that of
/// which the words are known.
pub fn given(attempt: &RegistrationAttempt) -> impl Iterator<Item = (ConsentId, &ConsentAsked)> {
    let shown = |asked: &ConsentAsked| attempt.method == Method::Code || asked.wording.is_some();
    let all = (0..).zip(&attempt.consents).filter(move |(_, asked)| shown(asked));
    all.map(|(index, asked)| (attempt.id.consent(index), asked))
}

/// The ledger entries that a sign-up gives once its number is proven. With a code the shopper agreed
/// where the sign-up began, and a no that came since is newer; a link asks when it is confirmed.
#[must_use]
pub fn consents(
    settings: &Settings,
    attempt: &RegistrationAttempt,
    (user, at): (UserId, Timestamp),
) -> Vec<OptInConsent> {
    let (door, occurred_at) = match attempt.method {
        Method::Code => (Door::Code, attempt.created_at),
        Method::Link => (Door::Link, at),
    };
    given(attempt)
        .map(|(id, asked)| {
            let event = if asked.granted { Event::Granted } else { Event::Refused };
            let what = (event, asked.purpose.as_str(), asked.channel.as_str());
            OptInConsent {
                told: Some(Told {
                    wording_version: asked.wording_version.clone(),
                    wording: asked.wording.clone(),
                    controllers: settings.controllers(),
                    privacy_url: settings.privacy_url.clone(),
                }),
                signup: Some(attempt.id),
                page_url: attempt.context.page_url.clone(),
                locale: Some(attempt.locale.clone()),
                ip_network: attempt.context.ip_network.clone(),
                occurred_at,
                ..OptInConsent::new(id, user, what, (door, at))
            }
        })
        .collect()
}
