//! `POST /signups/{id}/resend`: the same code or link once more.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::{
    Fault,
    access::KeyId,
    carrier::Channel,
    compose::Words,
    guard::{self, Asked, Left, Pool, Refused, Solution, Spend, admit, question},
    id::SignupId,
    keys::{Fingerprint, RequestKey},
    phone::NumberType,
    ports::{Attempts, Clock},
    signup::{Method, RESENDS, RESENDS_IN_TESTS, RegistrationAttempt, Send, State},
    start::{Shop, in_milliseconds},
};

/// What the storefront asks for.
#[derive(Debug, Clone)]
pub struct Resend {
    /// Which sign-up, as it was read.
    pub attempt: RegistrationAttempt,
    /// The request's idempotency key.
    pub request: RequestKey,
    /// The request's body.
    pub body: Fingerprint,
    /// Whether the number of resends is limited, and guards hold: always in live mode.
    pub limited: bool,
    /// A text or a call; as the sign-up was begun when absent.
    pub channel: Option<Channel>,
    /// The key that asks.
    pub key: Option<KeyId>,
    /// The shopper's address, if known.
    pub source: Option<IpAddr>,
    /// What the shopper's browser solved, if anything.
    pub solution: Option<Solution>,
}

/// A resend, new or replayed.
#[derive(Debug)]
pub struct Resent {
    /// The sign-up with this resend as its last.
    pub attempt: RegistrationAttempt,
    /// What is left of the limits.
    pub left: Vec<Left>,
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
    /// The guards refuse it.
    #[error("refused by the guards")]
    Refused(Refused),
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

/// What [`resend`] needs.
pub trait Ports: Attempts + guard::SpendPorts + Clock {}
impl<P: Attempts + guard::SpendPorts + Clock> Ports for P {}

/// Sends the code again, by one conditional write.
///
/// # Errors
/// See [`ResendError`].
pub async fn resend(
    ports: &impl Ports,
    pool: &Pool,
    shop: &Shop,
    command: Resend,
) -> Result<Resent, ResendError> {
    if let Some(replayed) = replay(&command)? {
        return Ok(replayed);
    }
    let now = in_milliseconds(ports.now());
    allowed(&command, now)?;
    // As the sign-up was begun: a call that a timer made is nobody's wish.
    let first = command.attempt.sends.first().map_or(Channel::Sms, |send| send.channel);
    let channel = command.channel.unwrap_or(first);
    let left = if command.limited {
        guarded(ports, pool, shop, (&command, channel, now)).await?
    } else {
        Vec::new()
    };
    let asked = Some((command.request.clone(), command.body.clone()));
    let send = Send { at: now, request: asked, channel };
    if ports.resend(&shop.keys, &command.attempt, &send).await? {
        let mut attempt = command.attempt;
        attempt.sends.push(send);
        return Ok(Resent { attempt, left, replayed: false });
    }
    let id = command.attempt.id;
    let attempt = ports.find(&shop.keys, id).await?.ok_or(ResendError::Gone(id))?;
    // Another request was faster. It may have been this very one.
    let again = Resend { attempt, ..command };
    match replay(&again)? {
        Some(replayed) => Ok(replayed),
        None => Err(allowed(&again, now).err().unwrap_or(ResendError::Conflict)),
    }
}

/// Counts the send with the guards.
async fn guarded(
    ports: &impl Ports,
    pool: &Pool,
    shop: &Shop,
    (command, channel, at): (&Resend, Channel, Timestamp),
) -> Result<Vec<Left>, ResendError> {
    let attempt = &command.attempt;
    let asked = Asked {
        spend: Spend {
            store: &shop.store,
            deployment: &shop.deployment,
            mode: shop.keys.scope().1,
            key: command.key.as_ref(),
            to: &attempt.phone,
            channel,
            cost: Words::of(attempt).cost(&shop.store, &attempt.phone, channel),
            code: true,
            at,
        },
        keys: &shop.keys,
        shared: &shop.shared,
        signup: (attempt.id, u8::try_from(attempt.sends.len()).unwrap_or(u8::MAX)),
        source: command.source,
        session: None,
        solution: command.solution.as_ref(),
    };
    let looked = question(&asked).look(ports, None).await?;
    let admitted = admit(ports, pool, &asked, looked).await?;
    Ok(admitted.map_err(ResendError::Refused)?.left)
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
    let attempt = command.attempt.clone().as_of(at + 1);
    Ok(Some(Resent { attempt, left: Vec::new(), replayed: true }))
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
