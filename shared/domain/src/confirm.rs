//! `GET` and `POST /l/{token}`: the shopper followed a link.
//!
//! Looking changes nothing, as scanners look at every link before its reader does. Confirming goes
//! as with codes: take the one try, compare in constant time, consume once. What is unknown, used
//! or over is `None` in all cases.

use crate::{
    Fault,
    consent::{self, ConsentAsked, Wording},
    id::UserId,
    link::{self, LinkToken, Match},
    ports::{Attempts, Clock, Confirmations, KeyRing, Stores, Wordings},
    return_url,
    signup::{Method, RegistrationAttempt, State, Tried},
    start::in_milliseconds,
    store::Store,
    user::Verified,
    verify::{self, Done, Proof, Shop, register},
};

/// What [`confirm`] needs.
pub trait Ports: verify::Ports + Confirmations {}
impl<P: verify::Ports + Confirmations> Ports for P {}

/// A link that opens: its shop and its sign-up, pending.
#[derive(Debug)]
pub struct Opened {
    /// The store with its keys.
    pub shop: Shop,
    /// The sign-up.
    pub attempt: RegistrationAttempt,
}

/// Finds what a link is about, if the token is right and its ten minutes are not over. Reads only.
///
/// # Errors
/// When a port is broken.
pub async fn open(
    ports: &(impl Attempts + Stores + Clock),
    ring: &impl KeyRing,
    token: &str,
) -> Result<Option<Opened>, Fault> {
    let Some(token) = LinkToken::parse(token) else { return Ok(None) };
    let (store, mode) = token.scope();
    if store == Store::DEPLOYMENT {
        return Ok(None);
    }
    let Some(store) = Stores::find(ports, store).await? else { return Ok(None) };
    let data = ring.data(&store, mode).await?;
    let Some(attempt) = Attempts::find(ports, &data, token.signup()).await? else {
        return Ok(None);
    };
    let codes = ring.codes(&store, mode).await?;
    let right = codes.link(attempt.id, &attempt.seed);
    let proven = right.is_some_and(|right| right.matches(&token));
    let live = attempt.state == State::Pending && ports.now() < attempt.expires_at;
    let opens = proven && live && attempt.method == Method::Link;
    Ok(opens.then_some(Opened { shop: Shop { store, data, codes }, attempt }))
}

impl Opened {
    /// Whether its one try was taken.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.attempt.tried.is_some()
    }
}

/// What the page shows, and confirming records: each consent that was asked for with the very
/// words that the shopper was shown on the form. One without known words is neither shown nor
/// recorded.
///
/// # Errors
/// When words that were kept are gone, or a port is broken.
pub async fn consents(
    ports: &impl Wordings,
    opened: &Opened,
) -> Result<Vec<(ConsentAsked, Wording)>, Fault> {
    let mut shown = Vec::new();
    for asked in &opened.attempt.consents {
        let Some(hash) = &asked.wording else { continue };
        let words = consent::words(ports, &opened.shop.data, hash).await?;
        let words =
            words.ok_or_else(|| Fault::corrupt("a wording that a sign-up names is gone"))?;
        shown.push((asked.clone(), words));
    }
    Ok(shown)
}

/// Confirms a link with the digits that the shopper typed; `None` when they are wrong, or another
/// call was faster.
///
/// # Errors
/// When a port is broken: the same digits may be sent again.
pub async fn confirm(
    ports: &impl Ports,
    opened: Opened,
    typed: &Match,
) -> Result<Option<Done>, Fault> {
    let Opened { shop, attempt } = opened;
    let (keys, now) = (&shop.data, in_milliseconds(ports.now()));
    if now >= attempt.expires_at {
        return Ok(None);
    }
    let tried = Tried { at: now, what: keys.match_fingerprint(attempt.id, typed) };
    if !ports.try_match(keys, attempt.id, &tried).await? {
        return Ok(None);
    }
    let right = link::shown(keys, &attempt)?;
    if !right.is_some_and(|right| right.matches(typed)) {
        return Ok(None);
    }
    let reserved = UserId::random(ports);
    let user = ports.prove(keys, &attempt.phone_index, reserved).await?;
    let verified = Verified::proven(attempt.phone.clone());
    let id = attempt.id;
    let proof = Proof { verified, user, new: user == reserved, at: now, tries: 0 };
    if let Some(done) = register(ports, &shop, attempt, proof).await? {
        return Ok(Some(done));
    }
    let found = Attempts::find(ports, keys, id).await?;
    if found.is_some_and(|found| found.state == State::Pending) {
        return Err(Fault::new("confirm a link", "contended"));
    }
    Ok(None)
}

/// Where a confirmed shopper goes, if the sign-up said so and the store still lists it.
#[must_use]
pub fn destination<'a>(store: &Store, attempt: &'a RegistrationAttempt) -> Option<&'a str> {
    let listed = store.settings.return_urls.as_deref().unwrap_or_default();
    attempt.return_url.as_deref().filter(|url| return_url::allowed(listed, url))
}
