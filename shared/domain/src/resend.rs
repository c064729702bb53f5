//! `POST /signups/{id}/resend`: the same code or link once more.

use jiff::Timestamp;

use crate::{
    Fault,
    carrier::Channel,
    id::SignupId,
    keys::{DataKeys, Fingerprint, RequestKey},
    phone::NumberType,
    ports::{Attempts, Clock},
    signup::{Method, RESENDS, RESENDS_IN_TESTS, RegistrationAttempt, Send, State},
    start::in_milliseconds,
};

/// What the storefront asks for.
#[derive(Debug)]
pub struct Resend {
    /// Which sign-up, as it was read.
    pub attempt: RegistrationAttempt,
    /// The request's idempotency key.
    pub request: RequestKey,
    /// The request's body.
    pub body: Fingerprint,
    /// Whether the number of resends is limited: always in live mode.
    pub limited: bool,
    /// A text or a call; as the sign-up was begun when absent.
    pub channel: Option<Channel>,
}

/// A resend, new or replayed.
#[derive(Debug)]
pub struct Resent {
    /// The sign-up with this resend as its last.
    pub attempt: RegistrationAttempt,
    /// Whether the same request had asked before.
    pub replayed: bool,
}

/// Why nothing was sent again.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// The last text is too fresh.
    #[error("too soon")]
    TooSoon(Timestamp),
    /// The sign-up was resent as often as it may be.
    #[error("no resends left")]
    Limit,
    /// Its code has ended, or ends before a text could arrive.
    #[error("expired")]
    Expired,
    /// It is verified, or locked.
    #[error("not pending")]
    NotPending(State),
    /// The idempotency key came with another body before.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// A link is sent by text, and never read out.
    #[error("a link is not read out")]
    NotSpoken,
    /// A landline takes calls, and no texts.
    #[error("a landline takes no texts")]
    Landline,
    /// It changed in between; ask again.
    #[error("conflict")]
    Conflict,
    /// It is gone.
    #[error("not found")]
    Gone(SignupId),
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Sends the code again, by one conditional write.
///
/// # Errors
/// See [`ResendError`].
pub async fn resend(
    ports: &(impl Attempts + Clock),
    keys: &DataKeys,
    command: Resend,
) -> Result<Resent, ResendError> {
    if let Some(replayed) = replay(&command)? {
        return Ok(replayed);
    }
    let now = in_milliseconds(ports.now());
    allowed(&command, now)?;
    let Resend { mut attempt, request, body, limited, channel } = command;
    // As the sign-up was begun: a call that a timer made is nobody's wish.
    let first = attempt.sends.first().map_or(Channel::Sms, |send| send.channel);
    let asked = Some((request.clone(), body.clone()));
    let send = Send { at: now, request: asked, channel: channel.unwrap_or(first) };
    if ports.resend(keys, &attempt, &send).await? {
        attempt.sends.push(send);
        return Ok(Resent { attempt, replayed: false });
    }
    let id = attempt.id;
    let attempt = ports.find(keys, id).await?.ok_or(ResendError::Gone(id))?;
    // Another request was faster. It may have been this very one.
    let again = Resend { attempt, request, body, limited, channel };
    match replay(&again)? {
        Some(replayed) => Ok(replayed),
        None => Err(allowed(&again, now).err().unwrap_or(ResendError::Conflict)),
    }
}

fn replay(command: &Resend) -> Result<Option<Resent>, ResendError> {
    let asked_before = |send: &Send| send.request.as_ref().is_some_and(|r| r.0 == command.request);
    let Some(at) = command.attempt.sends.iter().position(asked_before) else {
        return Ok(None);
    };
    let same = command.attempt.sends[at].request.as_ref().is_some_and(|r| r.1 == command.body);
    if !same {
        return Err(ResendError::KeyReused);
    }
    Ok(Some(Resent { attempt: command.attempt.clone().as_of(at + 1), replayed: true }))
}

fn allowed(command: &Resend, now: Timestamp) -> Result<(), ResendError> {
    let attempt = &command.attempt;
    if attempt.state != State::Pending {
        return Err(ResendError::NotPending(attempt.state));
    }
    if attempt.method == Method::Link && command.channel == Some(Channel::Voice) {
        return Err(ResendError::NotSpoken);
    }
    // A link whose one try is taken opens no more.
    if now + crate::signup::LAST_SEND > attempt.expires_at || attempt.tried.is_some() {
        return Err(ResendError::Expired);
    }
    let limit = if command.limited { RESENDS } else { RESENDS_IN_TESTS };
    let asked_for = attempt.sends.iter().filter(|send| send.request.is_some()).count();
    if asked_for >= limit || attempt.sends.len() > RESENDS_IN_TESTS {
        return Err(ResendError::Limit);
    }
    if command.channel == Some(Channel::Sms) && attempt.phone.kind() != NumberType::Mobile {
        return Err(ResendError::Landline);
    }
    if now < attempt.next_resend() {
        return Err(ResendError::TooSoon(attempt.next_resend()));
    }
    Ok(())
}
