//! What several functions tell of a sign-up.

use doorstep_domain::{
    carrier::{CarrierName, FailureClass},
    consent::ConsentAsked,
    decisions::Line,
    health::{Breaker, Health},
    id::{ConsentId, UserId},
    message::Happening,
    money::Money,
    route::Lane,
    signup::{RegistrationAttempt, State},
    verify::given,
};
use serde_json::{Map, Value, json};

/// What a verified sign-up adds: `user`, `verified_at` and `consents`; nothing before.
#[must_use]
pub fn verified(attempt: &RegistrationAttempt) -> Map<String, Value> {
    let State::Verified { at, user, .. } = attempt.state else { return Map::new() };
    let consents: Vec<_> = given(attempt).map(consent).collect();
    Map::from_iter([
        ("user".to_owned(), owner(attempt, user)),
        ("verified_at".to_owned(), json!(at.to_string())),
        ("consents".to_owned(), json!(consents)),
    ])
}

fn owner(attempt: &RegistrationAttempt, user: UserId) -> Value {
    let mut owner = json!({"id": user.to_string()});
    if let Some(external_id) = &attempt.customer.external_id {
        owner["external_id"] = json!(external_id);
    }
    owner
}

fn consent((id, asked): (ConsentId, &ConsentAsked)) -> Value {
    json!({
        "id": id.to_string(),
        "purpose": asked.purpose,
        "channel": asked.channel,
        "granted": asked.granted,
        "wording_version": asked.wording_version,
    })
}

/// How a carrier does in a country: its points now and at rest, and its breaker. One that nothing
/// is known of is well.
#[must_use]
pub fn carrier_health(lane: Lane, known: Option<&Health>) -> Value {
    let mut health = known.cloned();
    if let Some(health) = &mut health {
        health.rest_at(lane.resting);
    }
    let breaker = health.as_ref().map_or(Breaker::Closed, |health| health.breaker);
    let mut view = json!({
        "carrier": lane.carrier.as_str(),
        "weight": health.as_ref().map_or(lane.resting, |health| health.weight),
        "resting_weight": lane.resting,
        "breaker": breaker.as_str(),
    });
    if let Breaker::Open { until } = breaker {
        view["until"] = json!(until.to_string());
    }
    view
}

/// A line of the log of decisions; what does not apply is left out.
#[must_use]
pub fn decision(entry: &Line) -> Value {
    let optional = [
        ("country", entry.region.map(|region| json!(region.as_str()))),
        ("carrier", entry.carrier.map(|carrier| json!(carrier.as_str()))),
        ("signup_id", entry.signup.map(|signup| json!(signup.to_string()))),
        ("from_weight", entry.weights.map(|(from, _)| json!(from))),
        ("to_weight", entry.weights.map(|(_, to)| json!(to))),
        ("breaker", entry.breaker.as_ref().map(|breaker| json!(breaker))),
    ];
    let mut line = json!({
        "at": entry.at.to_string(),
        "kind": entry.kind,
        "reason": entry.reason,
        "text": entry.text,
    });
    for (name, value) in optional {
        if let Some(value) = value {
            line[name] = value;
        }
    }
    line
}

/// An amount with its currency.
#[must_use]
pub fn money(money: Money) -> Value {
    json!({"amount": money.amount(), "currency": money.currency()})
}

/// Something that is allowed and not advised.
#[must_use]
pub fn warning(code: &str, detail: &str) -> Value {
    json!({"code": code, "detail": detail})
}

/// One line of a message's history; what is not known is left out.
#[must_use]
pub fn happening(happening: &Happening) -> Value {
    let optional = [
        ("carrier", happening.carrier.map(CarrierName::as_str)),
        ("class", happening.class.map(FailureClass::as_str)),
        ("code", happening.code.as_deref()),
    ];
    let mut line = json!({"status": happening.status.as_str(), "at": happening.at.to_string()});
    for (name, value) in optional {
        if let Some(value) = value {
            line[name] = json!(value);
        }
    }
    line
}
