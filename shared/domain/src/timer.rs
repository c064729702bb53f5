//! What happens when time passes and nothing else does: a silent carrier is left for the next
//! one, a text becomes a call, a sign-up expires, a letter's hour comes.
//!
//! The event that hands a message to its sender goes to the timers too. They hold it back by its
//! queue's visibility until something is due, look again at what is stored, and do one conditional
//! write. So no timer is ever set that the message was not written with.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault, Mode,
    carrier::{CarrierName, Channel, FailureClass},
    deliver::Dispatch,
    id::SignupId,
    keys::DataKeys,
    lag::{LOOK, Lag, is_claimed},
    message::{About, Happening, Message, MessageStatus},
    ports::{Attempts, Clock, Lags, Messages},
    read,
    signup::{LAST_SEND, Method, RESENDS_IN_TESTS, RegistrationAttempt, Send, State},
    start::in_milliseconds,
    store::Store,
};

/// How a deployment uses timers.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// How long a carrier that reports may be silent after it took a text, before the next one is
    /// asked.
    pub silence: SignedDuration,
}

/// When to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Never: there is nothing to wait for.
    Done,
    /// Then.
    At(Timestamp),
}

/// What [`wake`] needs.
pub trait Ports: Attempts + Messages + Lags + Clock {}
impl<P: Attempts + Messages + Lags + Clock> Ports for P {}

/// Does what is due for this message, and tells when to look again.
///
/// # Errors
/// When a port is broken: the event has to come again.
pub async fn wake(
    ports: &impl Ports,
    store: &Store,
    keys: &DataKeys,
    (dispatch, waits): (&Dispatch, Waits),
) -> Result<Next, Fault> {
    let now = in_milliseconds(ports.now());
    if dispatch.letter {
        return release(ports, keys, dispatch, now).await;
    }
    let (signup, send) = dispatch.message.signup();
    let Some(attempt) = Attempts::find(ports, keys, signup).await? else {
        return Ok(Next::Done);
    };
    if attempt.state != State::Pending {
        return Ok(Next::Done);
    }
    if now >= attempt.expires_at {
        expire(ports, keys, signup, send).await?;
        return Ok(Next::Done);
    }
    let messages = read::messages(ports, keys, &attempt).await?;
    let Some(message) = messages.get(usize::from(send)) else {
        return Err(Fault::corrupt("a timer of a message that nobody sent"));
    };
    let asked = attempt.sends.get(usize::from(send)).map_or(attempt.created_at, |send| send.at);
    let lag = Lag::of(message, asked, now);
    tell_lag(ports, keys.scope().1, (message, asked, lag)).await?;
    let silence = silence(&attempt, message, waits);
    if let Some(next) = silence.filter(|due| *due <= now).and(next_carrier(&attempt, message)) {
        ports.hand_on(keys, message, (next, &attempt.trace), &silent(message, now)).await?;
        return Ok(Next::At(now + waits.silence));
    }
    let call = call(&attempt, &messages, store);
    if call.is_some_and(|due| due <= now) {
        let send = Send { at: now, request: None, channel: Channel::Voice };
        ports.resend(keys, &attempt, &send).await?;
        return Ok(Next::At(attempt.expires_at));
    }
    // One timer tells of the expiry: that of the first hand-over.
    let expiry = (send == 0).then_some(attempt.expires_at);
    let look = lag.map(|_| now + LOOK);
    let soonest =
        [silence.filter(|due| *due > now), call, expiry, look].into_iter().flatten().min();
    Ok(soonest.map_or(Next::Done, Next::At))
}

/// Tells of a text that waits for a sender; of one that does not, if others do.
async fn tell_lag(
    ports: &impl Ports,
    mode: Mode,
    (message, asked, lag): (&Message, Timestamp, Option<Lag>),
) -> Result<(), Fault> {
    let all = (Store::DEPLOYMENT, mode);
    if let Some(lag) = lag {
        return ports.note_lag(all, lag).await;
    }
    let waiting = ports.lag(all).await?;
    if is_claimed(message) && waiting.is_some_and(|lag| lag.is_news(asked, ports.now())) {
        return ports.note_flow(all, asked).await;
    }
    Ok(())
}

/// A letter that waited goes to the senders.
async fn release(
    ports: &impl Messages,
    keys: &DataKeys,
    dispatch: &Dispatch,
    now: Timestamp,
) -> Result<Next, Fault> {
    let Some(message) = ports.find(keys, &[dispatch.message]).await?.pop() else {
        return Ok(Next::Done);
    };
    let About::Letter(letter) = &message.about else { return Ok(Next::Done) };
    match letter.send_after.filter(|due| *due > now) {
        Some(due) => Ok(Next::At(due)),
        None if message.status == MessageStatus::Queued && letter.send_after.is_some() => {
            ports.release(keys, &message).await?;
            Ok(Next::Done)
        }
        None => Ok(Next::Done),
    }
}

async fn expire(
    ports: &impl Attempts,
    keys: &DataKeys,
    signup: SignupId,
    send: u8,
) -> Result<(), Fault> {
    if send == 0 { ports.expire(keys, signup).await } else { Ok(()) }
}

/// Until when a carrier that took the text may say nothing; `None` when its silence means nothing,
/// or nobody else could be asked.
fn silence(attempt: &RegistrationAttempt, message: &Message, waits: Waits) -> Option<Timestamp> {
    // A call rings and is answered in its own time, and must not ring twice.
    let waiting = message.channel == Channel::Sms && !message.status.is_final();
    let next = next_carrier(attempt, message)?;
    let taken = message.history.iter().rev().find(|h| h.status == MessageStatus::Sent);
    let since = taken.or(message.history.first())?.at;
    let due = since + waits.silence;
    let reports = taken.and_then(|h| h.carrier).is_none_or(CarrierName::tells_soon);
    let in_time = attempt.expires_at.duration_since(due) >= LAST_SEND;
    (waiting && reports && in_time && !next.is_sandbox()).then_some(due)
}

fn next_carrier(attempt: &RegistrationAttempt, message: &Message) -> Option<CarrierName> {
    let route = attempt.route_of(message.id.signup().1);
    route.get(usize::from(message.leg) + 1).copied()
}

fn silent(message: &Message, at: Timestamp) -> Happening {
    let carrier = message.history.iter().rev().find_map(|happening| happening.carrier);
    let class = Some(FailureClass::Unknown);
    let code = Some("silent".to_owned());
    Happening { status: MessageStatus::Queued, at, carrier, class, code }
}

/// When a text that nobody confirmed becomes a call; `None` when the store did not turn that on,
/// a text arrived, there was a call already, or it is a link, which nobody could write down.
pub(crate) fn call(
    attempt: &RegistrationAttempt,
    messages: &[Message],
    store: &Store,
) -> Option<Timestamp> {
    let after = SignedDuration::from_secs(store.settings.voice_after_seconds?.into());
    if attempt.method == Method::Link {
        return None;
    }
    let called = attempt.sends.iter().any(|send| send.channel == Channel::Voice);
    let arrived = messages.iter().any(|message| message.status == MessageStatus::Delivered);
    let able = attempt.route.iter().any(|carrier| carrier.calls());
    let due = attempt.sends.last()?.at + after;
    let in_time = attempt.expires_at.duration_since(due) >= LAST_SEND;
    let room = attempt.sends.len() <= RESENDS_IN_TESTS;
    (!called && !arrived && able && in_time && room).then_some(due)
}
