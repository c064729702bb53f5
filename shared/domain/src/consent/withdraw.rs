//! The ways out, which all do the same: the ledger gets a withdrawal for what was live, and the
//! next look at it sends nothing.

use jiff::Timestamp;

use super::{
    Door, Event, Linked, OptInConsent,
    ledger::add,
    standing::{live, standing},
};
use crate::{
    Fault,
    id::{ConsentId, UserId},
    keys::{DataKeys, PhoneIndex},
    ports::{Ledger, Phones, Suppressions},
};

/// How somebody left.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// By which door.
    pub door: Door,
    /// The name of the act: the same name makes the same entries, however often it comes.
    pub name: &'a str,
    /// When.
    pub at: Timestamp,
    /// Why, in the shopper's words.
    pub reason: Option<&'a str>,
    /// Who wrote it down.
    pub actor: Option<&'a str>,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: &'a str,
}

/// Takes these purposes, by these channels, back. What was never granted is kept as a refusal; what
/// ended already ends again, against a sign-up that is on its way.
///
/// # Errors
/// When the ledger is broken: nothing was accepted, or all of it.
pub async fn withdraw(
    ports: &impl Ledger,
    (keys, user): (&DataKeys, UserId),
    wanted: &[(&str, &str)],
    how: How<'_>,
) -> Result<Vec<Linked>, Fault> {
    let known = standing(&ports.entries(keys, user).await?);
    let entries: Vec<_> = wanted
        .iter()
        .map(|(purpose, channel)| {
            let of_it = |it: &&super::Standing| it.purpose == *purpose && it.channel == *channel;
            let event = known.iter().find(of_it).map_or(Event::Refused, super::Standing::no);
            entry(keys, user, (event, purpose, channel), how)
        })
        .collect();
    add(ports, (keys, user), &entries, Some(how.trace)).await
}

/// No marketing any more, by any channel: the number says so first, then the ledger. So a crash
/// between the two sends nothing, and the act can be repeated. Codes that the shopper asks for, and
/// what a shop has to tell, still go.
///
/// # Errors
/// When a port is broken: it has to come again.
pub async fn object(
    ports: &(impl Ledger + Phones + Suppressions),
    keys: &DataKeys,
    phone: &PhoneIndex,
    how: How<'_>,
) -> Result<Vec<Linked>, Fault> {
    ports.object(keys, phone, how.at, how.trace).await?;
    let user = Phones::find(ports, keys, phone).await?.user;
    take_all_back(ports, (keys, user), None, how).await
}

/// No text any more, as a carrier would enforce it anyway: STOP, and what a carrier calls an
/// opt-out. START lifts the stop, and brings no consent back. Answers whether it was news.
///
/// # Errors
/// When a port is broken: it has to come again.
pub async fn opt_out(
    ports: &(impl Ledger + Phones + Suppressions),
    keys: &DataKeys,
    phone: &PhoneIndex,
    how: How<'_>,
) -> Result<bool, Fault> {
    let stopped = ports.suppress(keys, phone, how.at, how.trace).await?;
    // No text went already, or a START took back this STOP, which is heard only now: no START gives
    // consent back, nor does a sign-up that began before.
    if !stopped {
        ports.object(keys, phone, how.at, how.trace).await?;
    }
    let user = Phones::find(ports, keys, phone).await?.user;
    take_all_back(ports, (keys, user), Some("sms"), how).await?;
    Ok(stopped)
}

/// What was live by this channel, or by any, before the act.
async fn take_all_back(
    ports: &impl Ledger,
    (keys, user): (&DataKeys, Option<UserId>),
    channel: Option<&str>,
    how: How<'_>,
) -> Result<Vec<Linked>, Fault> {
    let Some(user) = user else { return Ok(Vec::new()) };
    let mut known = ports.entries(keys, user).await?;
    known.retain(|linked| linked.entry.occurred_at <= how.at);
    let channels: Vec<_> = match channel {
        Some(channel) => vec![channel.to_owned()],
        None => standing(&known).into_iter().map(|it| it.channel).collect(),
    };
    let mut entries: Vec<OptInConsent> = Vec::new();
    for channel in &channels {
        for purpose in live(&known, channel, None) {
            let entry = entry(keys, user, (Event::Withdrawn, purpose, channel), how);
            if entries.iter().all(|known| known.id != entry.id) {
                entries.push(entry);
            }
        }
    }
    // The number's own item has told the news.
    add(ports, (keys, user), &entries, None).await
}

fn entry(
    keys: &DataKeys,
    user: UserId,
    (event, purpose, channel): (Event, &str, &str),
    how: How<'_>,
) -> OptInConsent {
    let name = format!("{}/{purpose}/{channel}", how.name);
    let id = ConsentId::from_bits(keys.derived("consent/withdraw", &name));
    OptInConsent {
        reason: how.reason.map(str::to_owned),
        actor: how.actor.map(str::to_owned),
        ..OptInConsent::new(id, user, (event, purpose, channel), (how.door, how.at))
    }
}
