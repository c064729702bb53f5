//! Reading a sign-up: the attempt, its phone's tries, its messages.

mod timeline;

use jiff::{SignedDuration, Timestamp};

pub use self::timeline::{Detail, Event, lines, timeline};
use crate::{
    Fault,
    id::SignupId,
    keys::DataKeys,
    link::{self, Match},
    message::{About, Happening, Message, MessageStatus},
    ports::{Attempts, Messages, Phones},
    signup::{RegistrationAttempt, SignupStatus, State},
    store::Store,
    timer,
    tries::PhoneRecord,
};

/// A sign-up with what became of it.
#[derive(Debug)]
pub struct Overview<'a> {
    /// Whose it is.
    pub store: &'a Store,
    /// The sign-up.
    pub attempt: RegistrationAttempt,
    /// What is known of its phone.
    pub phone: PhoneRecord,
    /// What its link asks for.
    pub shown: Option<Match>,
    /// When the match of its link was tried, and whether the digits were right.
    pub tried: Option<(Timestamp, bool)>,
    /// Its messages, one per send; those that no sender has claimed yet are queued.
    pub messages: Vec<Message>,
}

impl Overview<'_> {
    /// What the shop sees. A sign-up without tries is locked, even if the write that says so was
    /// lost; one that failed does not expire.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> SignupStatus {
        match self.attempt.state {
            State::Verified { .. } => SignupStatus::Verified,
            State::Locked { .. } => SignupStatus::Locked,
            State::Pending if self.failed_at(now).is_some() => SignupStatus::Failed,
            State::Pending if now >= self.attempt.expires_at => SignupStatus::Expired,
            State::Pending if self.attempt.attempts_remaining(&self.phone) == 0 => {
                SignupStatus::Locked
            }
            State::Pending => SignupStatus::Pending,
        }
    }

    /// When the last carrier gave up, if nothing arrived, nothing is on its way, and no call is to
    /// come. What gives up after the code's end changes nothing any more.
    #[must_use]
    pub fn failed_at(&self, now: Timestamp) -> Option<Timestamp> {
        let open = |message: &Message| {
            !message.status.is_final() || message.status == MessageStatus::Delivered
        };
        let call = timer::call(&self.attempt, &self.messages, self.store);
        let to_come = call.is_some() && now < self.attempt.expires_at;
        let gave_up = self.messages.iter().filter_map(Message::gave_up).max()?;
        let ended = gave_up < self.attempt.expires_at;
        (ended && !to_come && !self.messages.iter().any(open)).then_some(gave_up)
    }

    /// The newest message.
    #[must_use]
    pub fn newest(&self) -> Option<&Message> {
        self.messages.last()
    }

    /// The digits to show, as long as somebody may type them.
    #[must_use]
    pub fn to_show(&self, now: Timestamp) -> Option<&Match> {
        let open = self.attempt.state == State::Pending && now < self.attempt.expires_at;
        self.shown.as_ref().filter(|_| open && self.tried.is_none())
    }
}

/// Reads a sign-up.
///
/// # Errors
/// When a port is broken.
pub async fn read<'a>(
    ports: &(impl Attempts + Phones + Messages),
    (store, keys): (&'a Store, &DataKeys),
    id: SignupId,
) -> Result<Option<Overview<'a>>, Fault> {
    let Some(attempt) = Attempts::find(ports, keys, id).await? else {
        return Ok(None);
    };
    let phone = Phones::find(ports, keys, &attempt.phone_index).await?;
    let messages = messages(ports, keys, &attempt).await?;
    let shown = link::shown(keys, &attempt)?;
    let right = shown.as_ref().map(|right| keys.match_fingerprint(attempt.id, right));
    let tried = attempt.tried.as_ref();
    let tried = tried.map(|tried| (tried.at, right.as_ref() == Some(&tried.what)));
    Ok(Some(Overview { store, attempt, phone, shown, tried, messages }))
}

/// The messages of a sign-up, in order of their sends.
///
/// # Errors
/// When a port is broken.
pub async fn messages(
    ports: &impl Messages,
    keys: &DataKeys,
    attempt: &RegistrationAttempt,
) -> Result<Vec<Message>, Fault> {
    let sends = u8::try_from(attempt.sends.len()).unwrap_or(u8::MAX);
    let ids: Vec<_> = (0..sends).map(|send| attempt.id.message(send)).collect();
    let mut found = ports.find(keys, &ids).await?;
    let message = |(id, send): (_, &crate::signup::Send)| {
        let at = found.iter().position(|message: &Message| message.id == id);
        let mut message =
            at.map_or_else(|| waiting(id, attempt.id, send), |at| found.swap_remove(at));
        message.history.sort_by_key(|happening| happening.at);
        message.history.insert(0, queued(send));
        message
    };
    Ok(ids.into_iter().zip(&attempt.sends).map(message).collect())
}

fn waiting(id: crate::id::MessageId, signup: SignupId, send: &crate::signup::Send) -> Message {
    Message {
        id,
        about: About::Signup(signup),
        channel: send.channel,
        status: MessageStatus::Queued,
        leg: 0,
        take: 0,
        history: Vec::new(),
        price: None,
    }
}

fn queued(send: &crate::signup::Send) -> Happening {
    let status = MessageStatus::Queued;
    Happening { status, at: send.at, carrier: None, class: None, code: None }
}

/// How long a carrier may say nothing of a text that it took. After that nobody knows what became
/// of it; a late receipt still tells. Carriers report for up to 72 hours.
pub const SILENCE: SignedDuration = SignedDuration::from_hours(72);

/// A message as it is told: a letter's history begins when it was asked for, and what a carrier is
/// silent about for [`SILENCE`] is unknown.
#[must_use]
pub fn told(mut message: Message, now: Timestamp) -> Message {
    if let About::Letter(letter) = &message.about {
        let (status, at) = (MessageStatus::Queued, letter.created_at);
        let queued = Happening { status, at, carrier: None, class: None, code: None };
        message.history.sort_by_key(|happening| happening.at);
        message.history.insert(0, queued);
    }
    let sent = message.history.iter().rev().find(|h| h.status == MessageStatus::Sent);
    let silent = sent.is_some_and(|sent| now.duration_since(sent.at) >= SILENCE);
    if message.status == MessageStatus::Sent && silent {
        message.status = MessageStatus::Unknown;
    }
    message
}
