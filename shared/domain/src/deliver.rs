//! A sender's work: claim a message, hand it to a carrier, write down what it said.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault, Mode,
    carrier::{CarrierName, Content, FailureClass, Outcome, Outgoing, Remedy},
    id::{SignupId, StoreId},
    keys::{CodeKeys, DataKeys},
    message::{Claim, Claimed, Happening, Message, MessageStatus, Step},
    ports::{Attempts, Carrier, Clock, Messages},
    signup::{LAST_SEND, RegistrationAttempt, State},
    store::Store,
    template::verification_text,
};

/// How long a claim holds: longer than a sender may run, shorter than its queue's visibility.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(15);
/// Pause before a throttled carrier is asked again.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(2);

/// What the topic says: a message waits for this carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    /// Whose.
    pub store: StoreId,
    /// Test or live.
    pub mode: Mode,
    /// Which sign-up.
    pub signup: SignupId,
    /// Which of its messages.
    pub send: u8,
    /// Which carrier of the route, from 0.
    pub leg: u8,
}

/// What became of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Nothing more to do with it: sent, handed on, ended, or overtaken.
    Done,
    /// It has to come again: another sender holds the claim, or the carrier is throttling.
    Again(SignedDuration),
}

/// What [`deliver`] needs.
pub trait Ports: Attempts + Messages + Clock {}
impl<P: Attempts + Messages + Clock> Ports for P {}

/// The keys of the store.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// For personal data.
    pub data: &'a DataKeys,
    /// For codes.
    pub codes: &'a CodeKeys,
}

/// Delivers one message by one carrier.
///
/// # Errors
/// Only when a port is broken: the dispatch has to come again. A carrier's failure is a fact.
pub async fn deliver(
    ports: &impl Ports,
    carrier: &impl Carrier,
    store: &Store,
    keys: Keys<'_>,
    dispatch: &Dispatch,
) -> Result<Delivered, Fault> {
    let Some(attempt) = Attempts::find(ports, keys.data, dispatch.signup).await? else {
        return Ok(Delivered::Done);
    };
    let Some(name) = attempt.route.get(usize::from(dispatch.leg)).copied() else {
        return Err(Fault::corrupt("a dispatch names a carrier beyond its route"));
    };
    let now = ports.now();
    let claim = Claim {
        id: dispatch.signup.message(dispatch.send),
        signup: dispatch.signup,
        leg: dispatch.leg,
        carrier: name,
        at: now,
        until: now + CLAIM,
        trace: attempt.trace.clone(),
    };
    let message = match ports.claim(keys.data, &claim).await? {
        Claimed::Yes(message) => message,
        Claimed::Held => return Ok(Delivered::Again(CLAIM)),
        Claimed::Done => return Ok(Delivered::Done),
    };
    let outcome = match outgoing(store, keys, &attempt, &message, name, now)? {
        Ok(text) => carrier.send(&text).await,
        Err(outcome) => outcome,
    };
    let step = next(&attempt, &message, name, outcome, ports.now());
    ports.settle(keys.data, &message, &step).await?;
    Ok(if matches!(step, Step::Again(_)) { Delivered::Again(PAUSE) } else { Delivered::Done })
}

/// The text, or why it must not go out any more.
fn outgoing(
    store: &Store,
    keys: Keys<'_>,
    attempt: &RegistrationAttempt,
    message: &Message,
    carrier: CarrierName,
    now: Timestamp,
) -> Result<Result<Outgoing, Outcome>, Fault> {
    let validity = attempt.expires_at.duration_since(now);
    if attempt.state != State::Pending || validity < LAST_SEND {
        let code = if attempt.state == State::Pending { "too_late" } else { "not_needed" };
        return Ok(Err(Outcome::Failed { class: FailureClass::Expired, code: code.to_owned() }));
    }
    let Some((name, host)) = store.settings.text_identity() else {
        let code = "store_not_ready".to_owned();
        return Ok(Err(Outcome::Failed { class: FailureClass::Policy, code }));
    };
    let code = keys.codes.code(attempt.id, &attempt.seed);
    let code = code.ok_or_else(|| Fault::corrupt("an attempt's code key version is gone"))?;
    Ok(Ok(Outgoing {
        message: message.id,
        scope: keys.data.scope(),
        to: attempt.phone.clone(),
        content: Content::Text(verification_text(name, host, &code)),
        sender: store.settings.sender_id.clone(),
        account: None,
        validity,
        carrier,
        take: message.take,
    }))
}

/// What follows from a carrier's answer.
fn next(
    attempt: &RegistrationAttempt,
    message: &Message,
    carrier: CarrierName,
    outcome: Outcome,
    at: Timestamp,
) -> Step {
    let happening =
        |status, class, code| Happening { status, at, carrier: Some(carrier), class, code };
    let (class, code) = match outcome {
        Outcome::Accepted { carrier_message_id } => {
            let happening = happening(MessageStatus::Sent, None, None);
            return Step::Sent { carrier_message_id, happening };
        }
        Outcome::Failed { class, code } => (class, Some(code)),
    };
    let following = attempt.route.get(usize::from(message.leg) + 1).copied();
    let in_time = attempt.expires_at.duration_since(at) >= LAST_SEND;
    match (class.remedy(message.take), following) {
        (Remedy::Again, _) if in_time => {
            Step::Again(happening(MessageStatus::Queued, Some(class), code))
        }
        (Remedy::NextCarrier, Some(next)) if in_time => Step::NextCarrier {
            happening: happening(MessageStatus::Queued, Some(class), code),
            carrier: next,
        },
        // With nobody else to ask in time, a text that may be on its way waits for its receipt.
        (Remedy::NextCarrier, _) if class == FailureClass::MaybeSent => Step::Sent {
            carrier_message_id: String::new(),
            happening: happening(MessageStatus::Sent, Some(class), code),
        },
        _ => Step::End(happening(end_of(class), Some(class), code)),
    }
}

/// The status in which a message ends that no carrier took.
fn end_of(class: FailureClass) -> MessageStatus {
    match class {
        FailureClass::Expired => MessageStatus::Expired,
        FailureClass::BadNumber | FailureClass::HandsetAbsent => MessageStatus::Undelivered,
        _ => MessageStatus::Failed,
    }
}
