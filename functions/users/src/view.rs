//! Users and their consents as JSON.

use doorstep_domain::{
    consent::{Event, Linked, OptInConsent, Sale, Standing, Wording},
    id::UserId,
    tell::Held,
    tries::PhoneRecord,
    user::User,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A user; what the store did not tell is left out.
pub(crate) fn user(user: &User, number: &PhoneRecord, held: &Held) -> Value {
    let mut customer = json!({});
    let told = &user.customer;
    for (name, value) in
        [("external_id", &told.external_id), ("name", &told.name), ("email", &told.email)]
    {
        if let Some(value) = value {
            customer[name] = json!(value);
        }
    }
    json!({
        "id": user.id.to_string(),
        "phone": user.phone.expose(),
        "verified_at": time(user.verified_at),
        "first_verified_at": time(user.first_verified_at),
        "customer": customer,
        "suppressed": suppressed(number),
        "consents": held.standings.iter().map(standing).collect::<Value>(),
    })
}

/// Since when nothing goes to a number, or no marketing.
fn suppressed(number: &PhoneRecord) -> Value {
    let all = number.suppressed.map(|since| ("everything", since));
    let marketing = number.objected.map(|since| ("marketing", since));
    let told = |(what, since): (&str, Timestamp)| json!({"since": since.to_string(), "what": what});
    all.or(marketing).map_or(Value::Null, told)
}

/// What holds for a purpose by a channel, and whether marketing may go by it.
pub(crate) fn standing((standing, live): &(Standing, bool)) -> Value {
    json!({
        "purpose": standing.purpose,
        "channel": standing.channel,
        "state": standing.state.as_str(),
        "basis": standing.basis.as_str(),
        "since": standing.since.to_string(),
        "withdrawn_at": time(standing.withdrawn_at),
        "entry": standing.entry.to_string(),
        "live": live,
    })
}

/// Who agreed: the whole number only for those who may see numbers, and none of somebody who was
/// erased.
pub(crate) fn who(id: UserId, user: Option<&User>, with_phone: bool) -> Value {
    let mut who = json!({"user_id": id.to_string()});
    if let Some(User { phone, .. }) = user {
        let shown = if with_phone { phone.expose().to_owned() } else { phone.masked() };
        who["phone"] = json!(shown);
    }
    who
}

/// An entry of somebody who was erased: not where they were, nor what anybody wrote about them.
pub(crate) fn evidence(mut entry: Value) -> Value {
    if let Some(how) = entry["how"].as_object_mut() {
        for personal in ["page_url", "ip_network", "reason"] {
            how.remove(personal);
        }
    }
    entry
}

/// An entry as the ICO asks: who, when, told what, how, withdrawn when.
pub(crate) fn entry(
    linked: &Linked,
    all: &[Linked],
    (who, words): (&Value, Option<&Wording>),
) -> Value {
    let entry = &linked.entry;
    json!({
        "id": entry.id.to_string(),
        "number": linked.seq,
        "event": entry.event.as_str(),
        "purpose": entry.purpose,
        "channel": entry.channel,
        "basis": entry.basis.as_str(),
        "who": who,
        "when": {
            "occurred_at": entry.occurred_at.to_string(),
            "recorded_at": entry.recorded_at.to_string(),
        },
        "told": told(entry, words),
        "how": how(entry),
        "withdrawn_at": time(withdrawn(entry, all)),
    })
}

fn told(entry: &OptInConsent, words: Option<&Wording>) -> Value {
    let Some(told) = &entry.told else { return Value::Null };
    json!({
        "wording_version": told.wording_version,
        "wording_hash": told.wording.as_ref().map(|hash| &hash.0),
        "wording": words.map(|words| &words.0),
        "controllers": told.controllers,
        "privacy_url": told.privacy_url,
    })
}

fn how(entry: &OptInConsent) -> Value {
    let mut how = json!({"method": entry.door.as_str(), "proven": entry.door.is_proven()});
    let optional = [
        ("signup_id", entry.signup.map(|signup| json!(signup.to_string()))),
        ("page_url", entry.page_url.as_ref().map(|url| json!(url))),
        ("locale", entry.locale.as_ref().map(|locale| json!(locale))),
        ("ip_network", entry.ip_network.as_ref().map(|network| json!(network))),
        ("sale", entry.sale.as_ref().map(sale)),
        ("reason", entry.reason.as_ref().map(|reason| json!(reason))),
        ("actor", entry.actor.as_ref().map(|actor| json!(actor))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            how[name] = value;
        }
    }
    how
}

fn sale(sale: &Sale) -> Value {
    let kind = if sale.negotiation { "negotiation" } else { "sale" };
    json!({"kind": kind, "reference": sale.reference, "opt_out_offered": true})
}

/// When a yes was taken back: by the first no after it, for the same or for everything.
fn withdrawn(entry: &OptInConsent, all: &[Linked]) -> Option<Timestamp> {
    let noes = all.iter().map(|linked| &linked.entry).filter(|no| {
        let same = no.purpose == entry.purpose && no.channel == entry.channel;
        no.event == Event::Erased || (no.event != Event::Granted && same)
    });
    let after = noes.map(|no| no.occurred_at).filter(|at| *at >= entry.occurred_at).min();
    after.filter(|_| entry.event == Event::Granted)
}

fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| json!(at.to_string()))
}
