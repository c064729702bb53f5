//! Doing what a shopper wishes.

use doorstep_domain::{
    Fault, Mode,
    consent::{self, Door, How},
    guard::Refused,
    ports::{KeyRing, Stores},
    preference::{Choice, Person, Preferences, Wanted, switch_on},
    start::{Shop, StartError},
    store::Store,
};
use doorstep_edge::{
    Call, Problem,
    limits::refused,
    refusals::{key_reused, not_reached, not_ready},
};
use jiff::Timestamp;

use crate::{
    Centre, Ports, language,
    wish::{Change, Wish},
};

/// What was done.
#[derive(Debug)]
pub(crate) struct Done {
    /// When.
    pub(crate) at: Timestamp,
    /// Whether everything was stopped.
    pub(crate) stopped: bool,
    /// What was switched off.
    pub(crate) off: Vec<(String, String)>,
    /// The link that was sent, if something is to be switched on.
    pub(crate) sent: Option<Sent>,
    /// Why no link was sent, if one should have been.
    pub(crate) refused: Option<Problem>,
}

impl Done {
    /// Whether anything ended.
    pub(crate) const fn ended(&self) -> bool {
        self.stopped || !self.off.is_empty()
    }
}

/// A link on its way.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The sign-up's id.
    pub(crate) signup: String,
    /// The digits that its page asks for.
    pub(crate) digits: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// The number, masked.
    pub(crate) phone: String,
}

impl<P: Ports, K: KeyRing> Centre<P, K> {
    /// Does what is wished: first what ends something, so that nothing can keep it from that.
    pub(crate) async fn fulfil(
        &self,
        call: &Call,
        seen: (&Person, &Preferences),
        wish: &Wish,
    ) -> Result<Done, Problem> {
        let (person, found) = seen;
        let now = self.ports.now();
        let at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let off = off(found, wish)?;
        let on = on(found, wish)?;
        let (keys, user) = (&person.keys, &person.user);
        let how = How {
            door: Door::Page,
            name: &format!("preferences {} {}", user.id, at.as_millisecond()),
            at,
            reason: wish.reason.as_deref(),
            actor: None,
            trace: &call.trace,
        };
        if wish.stop_all {
            consent::object(&*self.ports, keys, &keys.phone_index(&user.phone), how).await?;
        } else if !off.is_empty() {
            let off: Vec<_> = off.iter().map(|(what, by)| (what.as_str(), by.as_str())).collect();
            consent::withdraw(&*self.ports, (keys, user.id), &off, how).await?;
        }
        let mut done = Done { at, stopped: wish.stop_all, off, sent: None, refused: None };
        if !on.is_empty() {
            match self.ask_again(call, seen, on).await {
                Ok(sent) => done.sent = Some(sent),
                Err(problem) => done.refused = Some(problem),
            }
        }
        Ok(done)
    }

    /// Sends the link that asks again.
    async fn ask_again(
        &self,
        call: &Call,
        seen: (&Person, &Preferences),
        on: Vec<&Choice>,
    ) -> Result<Sent, Problem> {
        let (person, found) = seen;
        if found.silent {
            let detail =
                "The number was opted out of all texts. A text START to the shop undoes it.";
            return Err(Problem::new(409, "conflict", detail));
        }
        let choices: Option<Vec<_>> = on
            .into_iter()
            .map(|it| Some((it.purpose.clone(), it.channel.clone(), it.offered.clone()?)))
            .collect();
        let Some(choices) = choices else {
            let detail = "The store has no words for this purpose: it cannot be switched on here.";
            return Err(Problem::new(409, "conflict", detail));
        };
        let shop = self.shop(person).await?;
        let wanted = Wanted {
            choices,
            entries: found.history.len(),
            locale: Some(locale(call, seen)),
            live_route: self.live_route.clone(),
            guarded: call.is_limited(shop.keys.scope().1),
            trace: call.trace.clone(),
        };
        let started = switch_on(&*self.ports, &self.pool, (&shop, &person.user), &wanted).await;
        let attempt = started.map_err(|error| problem(error, self.ports.now()))?;
        let digits = doorstep_domain::link::shown(&shop.keys, &attempt)?;
        Ok(Sent {
            signup: attempt.id.to_string(),
            digits: digits.map(|digits| digits.expose().to_owned()).unwrap_or_default(),
            expires_at: attempt.expires_at,
            phone: attempt.phone.masked(),
        })
    }

    /// The store with the deployment, and the keys that both count under.
    async fn shop(&self, person: &Person) -> Result<Shop, Problem> {
        let deployment = Stores::find(&*self.ports, Store::DEPLOYMENT).await?;
        let deployment =
            deployment.ok_or_else(|| Fault::new("read the deployment", "no_deployment"))?;
        let (store, keys) = (person.store.clone(), person.keys.clone());
        let shared = match keys.scope().1 {
            Mode::Live => self.ring.data(&deployment, Mode::Live).await?,
            Mode::Test => keys.clone(),
        };
        Ok(Shop { store, keys, deployment, shared })
    }
}

/// What is to end: what stands, and all that is named. What was never asked for is refused, and what
/// ended already ends again: a sign-up on its way would bring back what ended before it began.
fn off(found: &Preferences, wish: &Wish) -> Result<Vec<(String, String)>, Problem> {
    let pair = |choice: &Choice| (choice.purpose.clone(), choice.channel.clone());
    if wish.stop_all {
        let standing = found.choices.iter().filter(|choice| choice.on);
        return Ok(standing.map(pair).collect());
    }
    Ok(chosen(found, wish, false)?.into_iter().map(pair).collect())
}

/// What does not stand and is wished.
fn on<'a>(found: &'a Preferences, wish: &Wish) -> Result<Vec<&'a Choice>, Problem> {
    let chosen = chosen(found, wish, true)?;
    Ok(chosen.into_iter().filter(|choice| !choice.on).collect())
}

fn chosen<'a>(found: &'a Preferences, wish: &Wish, on: bool) -> Result<Vec<&'a Choice>, Problem> {
    let find = |(at, change): (usize, &Change)| {
        let (purpose, channel) = &change.what;
        let mut all = found.choices.iter();
        all.find(|it| it.purpose == *purpose && it.channel == *channel).ok_or_else(|| {
            let pointer = format!("/consents/{at}/purpose");
            Problem::invalid(&pointer, "must be a purpose and channel that `GET` shows")
        })
    };
    wish.changes.iter().enumerate().filter(|(_, change)| change.on == on).map(find).collect()
}

/// The language of the text, as the shopper was asked last.
fn locale(call: &Call, seen: (&Person, &Preferences)) -> String {
    let asked = seen.1.locale().map(str::to_owned);
    asked.unwrap_or_else(|| language(call, seen).as_str().to_owned())
}

/// Why no link was sent. A page without scripts solves no challenge.
fn problem(error: StartError, now: Timestamp) -> Problem {
    match error {
        StartError::NotReached(error) => not_reached(error, "/consents"),
        StartError::NotReady(missing) => not_ready(&missing),
        StartError::KeyReused | StartError::ReturnUrl | StartError::Purpose(_) => key_reused(),
        StartError::Refused(Refused::Challenge(_) | Refused::Blocked) => {
            let detail = "No text is sent from here at the moment. Sign up at the shop.";
            Problem::new(403, "signup_refused", detail)
        }
        StartError::Refused(why) => refused(why, now),
        StartError::Fault(fault) => fault.into(),
    }
}
