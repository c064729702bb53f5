//! A store tells what one of its users said. A no is always taken; a yes, unless there is a no.

use crate::{
    Fault,
    consent::{Event, OptInConsent, Standing, live, record, standing},
    id::UserId,
    keys::DataKeys,
    ports::{Ledger, Phones, Wordings},
    said::{Said, Scribe, Wrong},
    user::User,
};

/// Why something that a store tells is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// What is wrong, by its place in the list; nothing is written down.
    #[error("what is told is wrong")]
    Wrong(Vec<(usize, Wrong)>),
    /// The shopper said no to these before, by their place in the list: only they can say yes
    /// again. What the list says no to is written down.
    #[error("the shopper said no before")]
    SaidNo(Vec<usize>),
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What a call needs of storage.
pub trait Ports: Ledger + Phones + Wordings {}
impl<P: Ledger + Phones + Wordings> Ports for P {}

/// Writes down what a store tells of a user, and answers what holds then.
///
/// # Errors
/// See [`TellError`].
pub async fn tell(
    ports: &impl Ports,
    scribe: &Scribe<'_>,
    user: &User,
    (said, trace): (&[Said], &str),
) -> Result<Vec<Standing>, TellError> {
    let of = (scribe.keys, user.id);
    let known = standing(&ports.entries(of.0, of.1).await?);
    let wrong = wrongs(scribe, said, &known);
    if !wrong.is_empty() {
        return Err(TellError::Wrong(wrong));
    }
    let noes = said.iter().filter_map(|said| no(scribe, user.id, said, &known));
    record(ports, of, noes.collect(), trace).await?;
    let barred = barred(ports, of.0, user, (said, &known)).await?;
    if !barred.is_empty() {
        return Err(TellError::SaidNo(barred));
    }
    keep(ports, scribe, said).await?;
    let yeses = said.iter().filter(|said| said.granted);
    let yeses = yeses.map(|said| scribe.entry(user.id, Event::Granted, said, ""));
    record(ports, of, yeses.collect(), trace).await?;
    let holds = standing(&ports.entries(of.0, of.1).await?);
    // A no may have come while this was written.
    let lost = (0..).zip(said).filter(|(_, said)| said.granted && !is_granted(&holds, said));
    let lost: Vec<_> = lost.map(|(index, _)| index).collect();
    if lost.is_empty() { Ok(holds) } else { Err(TellError::SaidNo(lost)) }
}

/// Keeps the words of each yes.
///
/// # Errors
/// When a port is broken.
pub(crate) async fn keep(
    ports: &impl Wordings,
    scribe: &Scribe<'_>,
    said: impl IntoIterator<Item = &Said>,
) -> Result<(), Fault> {
    for said in said {
        if let Some(words) = said.words(&scribe.store.settings) {
            ports.keep(scribe.keys, &words.hash(), &words).await?;
        }
    }
    Ok(())
}

fn of_it<'a>(known: &'a [Standing], said: &Said) -> Option<&'a Standing> {
    known.iter().find(|it| it.purpose == said.purpose && it.channel == said.channel)
}

fn is_granted(known: &[Standing], said: &Said) -> bool {
    of_it(known, said).is_some_and(|it| it.state == Event::Granted)
}

/// What is wrong. What was once agreed to can be taken back, whatever the store's settings are by
/// now.
fn wrongs(scribe: &Scribe<'_>, said: &[Said], known: &[Standing]) -> Vec<(usize, Wrong)> {
    let mut wrongs = Vec::new();
    for (index, one) in said.iter().enumerate() {
        let mut of_one = one.wrongs(&scribe.store.settings, scribe.now);
        if !one.granted && of_it(known, one).is_some() {
            of_one.retain(|wrong| !["purpose", "channel"].contains(&wrong.member));
        }
        let before = &said[..index];
        if before.iter().any(|it| it.purpose == one.purpose && it.channel == one.channel) {
            let detail = "must be named once for each channel";
            of_one.push(Wrong { member: "purpose", detail });
        }
        wrongs.extend(of_one.into_iter().map(|wrong| (index, wrong)));
    }
    wrongs
}

/// The entry of a no. What held is taken back from now on: at once, whenever the shopper is said to
/// have asked for it. What ended already ends again, against a sign-up that is on its way; but for a
/// no that was said before that end.
fn no(scribe: &Scribe<'_>, user: UserId, said: &Said, known: &[Standing]) -> Option<OptInConsent> {
    if said.granted {
        return None;
    }
    let Some(held) = of_it(known, said) else {
        return Some(scribe.entry(user, Event::Refused, said, ""));
    };
    let now = scribe.now.max(held.since);
    let older = said.occurred_at.is_some_and(|at| at <= held.since);
    if older && held.state != Event::Granted {
        return None;
    }
    let back = Said { occurred_at: None, ..said.clone() };
    let scribe = Scribe { now, ..*scribe };
    Some(scribe.entry(user, held.no(), &back, &held.entry.to_string()))
}

/// What may not be agreed to in the shopper's name.
async fn barred(
    ports: &impl Phones,
    keys: &DataKeys,
    user: &User,
    (said, known): (&[Said], &[Standing]),
) -> Result<Vec<usize>, Fault> {
    let number = Phones::find(ports, keys, &keys.phone_index(&user.phone)).await?;
    let objected = number.objected.or(number.suppressed).is_some();
    let barred = (0..).zip(said).filter(|(_, said)| {
        let held = of_it(known, said);
        let silent = held.is_none() && !objected;
        said.granted && !silent && held.is_none_or(|held| held.state != Event::Granted)
    });
    Ok(barred.map(|(index, _)| index).collect())
}

/// Which of a user's standings marketing may go by, as things are.
///
/// # Errors
/// When a port is broken.
pub async fn may_be_used(
    ports: &(impl Ledger + Phones),
    keys: &DataKeys,
    user: &User,
) -> Result<Held, Fault> {
    let entries = ports.entries(keys, user.id).await?;
    let number = Phones::find(ports, keys, &keys.phone_index(&user.phone)).await?;
    let standings = standing(&entries).into_iter().map(|it| {
        let silent = it.channel == "sms" && number.suppressed.is_some();
        let live = live(&entries, &it.channel, number.objected).contains(&it.purpose.as_str());
        (it, live && !silent)
    });
    let standings = standings.collect();
    Ok(Held { standings, entries })
}

/// What is held of the consent of somebody who was erased: evidence of what it was. `None` when the
/// ledger has no such user, or does not end with an erasure.
///
/// # Errors
/// When a port is broken.
pub async fn ended(
    ports: &impl Ledger,
    keys: &DataKeys,
    user: UserId,
) -> Result<Option<Held>, Fault> {
    let entries = ports.entries(keys, user).await?;
    if !entries.iter().any(|linked| linked.entry.event == Event::Erased) {
        return Ok(None);
    }
    let standings = standing(&entries).into_iter().map(|it| (it, false)).collect();
    Ok(Some(Held { standings, entries }))
}

/// What is held of a user's consent.
#[derive(Debug)]
pub struct Held {
    /// What holds, and whether marketing may go by it.
    pub standings: Vec<(Standing, bool)>,
    /// Every entry.
    pub entries: Vec<crate::consent::Linked>,
}
