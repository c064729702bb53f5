//! What the shop sees of a sign-up.

use doorstep_domain::{
    carrier::Channel,
    link::Match,
    message::{Happening, Message},
    money::Money,
    read::{Detail, Event, Overview},
    signup::{RegistrationAttempt, SignupStatus},
    tries::PER_SIGNUP,
};
use doorstep_edge::views;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The answer to `POST /signups`: what was true when it was started, so that a replay is the same.
///
/// A link has its five tries of a code, as the contract wants a number here and none is ever used.
pub(crate) fn started(
    attempt: &RegistrationAttempt,
    (secret, shown): (Option<String>, Option<Match>),
) -> Value {
    let first = RegistrationAttempt::resend_after(1, attempt.created_at);
    let mut body = common(attempt, SignupStatus::Pending, first);
    body["attempts_remaining"] = json!(PER_SIGNUP);
    if let Some(secret) = secret {
        body["attempt_secret"] = json!(secret);
    }
    if let Some(shown) = shown {
        body["match"] = json!(shown.expose());
    }
    body
}

/// The answer to a resend: what was true when it was asked for, so that a replay is the same.
pub(crate) fn resent(attempt: &RegistrationAttempt) -> Value {
    common(attempt, SignupStatus::Pending, attempt.next_resend())
}

/// A sign-up with what became of it; the number only for who may see numbers.
pub(crate) fn overview(overview: &Overview<'_>, with_phone: bool, now: Timestamp) -> Value {
    let attempt = &overview.attempt;
    let mut body = common(attempt, overview.status(now), attempt.next_resend());
    body["store_id"] = json!(overview.store.id.to_string());
    body["attempts_remaining"] = json!(attempt.attempts_remaining(&overview.phone));
    if let Some(message) = overview.newest() {
        body["message"] = message_of(message);
    }
    if let Some(shown) = overview.to_show(now) {
        body["match"] = json!(shown.expose());
    }
    let verified = views::verified(attempt);
    if with_phone && !verified.is_empty() {
        body["phone"] = json!(attempt.phone.expose());
    }
    for (name, value) in verified {
        body[name] = value;
    }
    body
}

fn message_of(message: &Message) -> Value {
    json!({"id": message.id.to_string(), "status": message.status.as_str()})
}

fn common(attempt: &RegistrationAttempt, status: SignupStatus, resend_after: Timestamp) -> Value {
    let channel = attempt.sends.last().map_or(Channel::Sms, |send| send.channel);
    let mut body = json!({
        "id": attempt.id.to_string(),
        "status": status.as_str(),
        "purpose": attempt.purpose.as_str(),
        "method": attempt.method.as_str(),
        "channel": channel.as_str(),
        "phone": attempt.phone.masked(),
        "created_at": attempt.created_at.to_string(),
        "expires_at": attempt.expires_at.to_string(),
        "resend_after": resend_after.to_string(),
    });
    if !attempt.metadata.is_empty() {
        let metadata = attempt.metadata.iter().map(|(name, value)| (name.clone(), json!(value)));
        body["metadata"] = metadata.collect::<Map<_, _>>().into();
    }
    body
}

/// One line of the timeline; what is not known is left out.
pub(crate) fn event(event: &Event) -> Value {
    let mut line = match &event.detail {
        Detail::None => json!({}),
        Detail::Risk(rule, points) => json!({"rule": rule.as_str(), "points": points}),
        Detail::Route(carriers, drawn, cost) => json!({
            "carriers": carriers.iter().map(|carrier| carrier.as_str()).collect::<Value>(),
            "by_health": drawn,
            "estimated_cost": views::money(*cost),
        }),
        Detail::Left(tries) => json!({"attempts_remaining": tries}),
        Detail::Message(happening, price) => told(happening, *price),
        Detail::Decision(decision) => views::decision(decision),
    };
    line["at"] = json!(event.at.to_string());
    line["type"] = json!(event.what);
    if let Some(message) = event.message {
        line["message_id"] = json!(message.to_string());
    }
    line
}

fn told(happening: &Happening, price: Option<Money>) -> Value {
    let mut line = views::happening(happening);
    if let Some(price) = price {
        line["price"] = views::money(price);
    }
    line
}
