//! What happened to a sign-up, and why.

use jiff::Timestamp;

use super::Overview;
use crate::{
    Fault,
    carrier::CarrierName,
    compose::Words,
    decisions::Line,
    guard::Rule,
    id::MessageId,
    keys::DataKeys,
    message::{Happening, Message},
    money::Money,
    ports::{HealthBook, Range},
    signup::{LIFE, RegistrationAttempt, SignupStatus, State},
    tries::PER_SIGNUP,
};

/// Lines of the log that are read at once.
const AT_ONCE: usize = 500;

/// One line of a sign-up's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What, such as `signup.started` or `message.sent`.
    pub what: String,
    /// Which message, if it is about one.
    pub message: Option<MessageId>,
    /// What else is known of it.
    pub detail: Detail,
}

/// What is known of a line beside time and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// A rule of risk had something against it, with so many points.
    Risk(Rule, u32),
    /// The carriers that a message goes by, in order; whether chance chose the first by their
    /// health; and what is likely to be paid.
    Route(Vec<CarrierName>, bool, Money),
    /// So many tries of its code were left.
    Left(u8),
    /// What became of a message; what it cost, at its last line.
    Message(Happening, Option<Money>),
    /// What was decided, for people.
    Decision(Box<Line>),
}

/// The lines of the log that name a sign-up: the guards write them while it lives.
///
/// # Errors
/// When the port is broken.
pub async fn lines(
    ports: &impl HealthBook,
    keys: &DataKeys,
    attempt: &RegistrationAttempt,
) -> Result<Vec<Line>, Fault> {
    let (from, to) = (attempt.created_at - LIFE, attempt.expires_at + LIFE);
    let mut range = Range { from, to, limit: AT_ONCE, cursor: None };
    let mut lines = Vec::new();
    loop {
        let page = ports.logged(keys.scope(), &range).await?;
        range.cursor = page.last().filter(|_| page.len() == range.limit).map(Line::place);
        lines.extend(page.into_iter().filter(|line| line.signup == Some(attempt.id)));
        if range.cursor.is_none() {
            return Ok(lines);
        }
    }
}

/// What happened to a sign-up, oldest first, with the lines of the log that name it.
#[must_use]
pub fn timeline(overview: &Overview<'_>, lines: Vec<Line>, now: Timestamp) -> Vec<Event> {
    let attempt = &overview.attempt;
    let decided = lines.into_iter().map(|line| {
        let what = format!("decision.{}", line.kind);
        Event { at: line.at, what, message: None, detail: Detail::Decision(Box::new(line)) }
    });
    let mut events = vec![plain(attempt.created_at, "signup.started")];
    let risk = |(rule, points): &_| Event {
        detail: Detail::Risk(*rule, *points),
        ..plain(attempt.created_at, "risk.weighed")
    };
    events.extend(attempt.reasons.iter().map(risk));
    events.extend(decided);
    events.extend(attempt.sends.iter().skip(1).map(|send| plain(send.at, "signup.resent")));
    events.extend(routes(overview));
    events.extend(tries(overview));
    events.extend(overview.messages.iter().flat_map(happenings));
    events.extend(end(overview, now));
    events.sort_by_key(|event| event.at);
    events
}

fn plain(at: Timestamp, what: &str) -> Event {
    Event { at, what: what.to_owned(), message: None, detail: Detail::None }
}

/// Who is asked to bring each message.
fn routes<'a>(overview: &'a Overview<'_>) -> impl Iterator<Item = Event> + 'a {
    let attempt = &overview.attempt;
    (0..).zip(&attempt.sends).map(move |(number, send)| {
        let cost = Words::of(attempt).cost(overview.store, &attempt.phone, send.channel);
        let drawn = number == 0 && attempt.drawn;
        let message = Some(attempt.id.message(number));
        let detail = Detail::Route(attempt.route_of(number), drawn, cost);
        Event { message, detail, ..plain(send.at, "route.chosen") }
    })
}

/// The tries of code and match. A right code, and what comes after it, takes none away.
fn tries<'a>(overview: &'a Overview<'_>) -> impl Iterator<Item = Event> + 'a {
    let attempt = &overview.attempt;
    let verified = match attempt.state {
        State::Verified { at, .. } => at,
        State::Pending | State::Locked { .. } => Timestamp::MAX,
    };
    let own = overview.phone.tries.iter().filter(|t| t.signup == attempt.id);
    let codes = (1..).zip(own).map(move |(number, t)| {
        let left = Detail::Left(PER_SIGNUP.saturating_sub(number));
        let detail = if t.at < verified { left } else { Detail::None };
        Event { detail, ..plain(t.at, "code.tried") }
    });
    let matched = overview
        .tried
        .map(|(at, right)| plain(at, if right { "link.confirmed" } else { "link.match_wrong" }));
    codes.chain(matched)
}

/// How it ended, if it did.
fn end(overview: &Overview<'_>, now: Timestamp) -> Option<Event> {
    let attempt = &overview.attempt;
    let last_try = overview.phone.tries.iter().rfind(|t| t.signup == attempt.id);
    match (overview.status(now), attempt.state) {
        (_, State::Verified { at, .. }) => Some(plain(at, "signup.verified")),
        (_, State::Locked { at }) => Some(plain(at, "signup.locked")),
        (SignupStatus::Locked, _) => last_try.map(|t| plain(t.at, "signup.locked")),
        (SignupStatus::Failed, _) => overview.failed_at(now).map(|at| plain(at, "signup.failed")),
        (SignupStatus::Expired, _) => Some(plain(attempt.expires_at, "signup.expired")),
        _ => None,
    }
}

fn happenings(message: &Message) -> impl Iterator<Item = Event> + '_ {
    let last = message.history.len().saturating_sub(1);
    message.history.iter().enumerate().map(move |(place, happening)| Event {
        at: happening.at,
        what: format!("message.{}", happening.status.as_str()),
        message: Some(message.id),
        detail: Detail::Message(happening.clone(), message.price.filter(|_| place == last)),
    })
}
