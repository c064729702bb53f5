//! Reading a sign-up: the attempt, its phone's tries, its messages.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault,
    id::SignupId,
    keys::DataKeys,
    link,
    message::{About, Happening, Message, MessageStatus},
    ports::{Attempts, Messages, Phones},
    signup::{RegistrationAttempt, SignupStatus, State},
    tries::PhoneRecord,
};

/// A sign-up with what became of it.
#[derive(Debug)]
pub struct Overview {
    /// The sign-up.
    pub attempt: RegistrationAttempt,
    /// What is known of its phone.
    pub phone: PhoneRecord,
    /// When the match of its link was tried, and whether the digits were right.
    pub tried: Option<(Timestamp, bool)>,
    /// Its messages, one per send; those that no sender has claimed yet are queued.
    pub messages: Vec<Message>,
}

impl Overview {
    /// What the shop sees. A sign-up without tries is locked, even if the write that says so was
    /// lost.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> SignupStatus {
        match self.attempt.status(self.newest(), now) {
            SignupStatus::Pending if self.attempt.attempts_remaining(&self.phone) == 0 => {
                SignupStatus::Locked
            }
            status => status,
        }
    }

    /// The newest message.
    #[must_use]
    pub fn newest(&self) -> Option<&Message> {
        self.messages.last()
    }
}

/// Reads a sign-up.
///
/// # Errors
/// When a port is broken.
pub async fn read(
    ports: &(impl Attempts + Phones + Messages),
    keys: &DataKeys,
    id: SignupId,
) -> Result<Option<Overview>, Fault> {
    let Some(attempt) = Attempts::find(ports, keys, id).await? else {
        return Ok(None);
    };
    let phone = Phones::find(ports, keys, &attempt.phone_index).await?;
    let messages = messages(ports, keys, &attempt).await?;
    let tried = tried(keys, &attempt)?;
    Ok(Some(Overview { attempt, phone, tried, messages }))
}

fn tried(
    keys: &DataKeys,
    attempt: &RegistrationAttempt,
) -> Result<Option<(Timestamp, bool)>, Fault> {
    let right = link::shown(keys, attempt)?;
    let right = right.map(|right| keys.match_fingerprint(attempt.id, &right));
    let tried = attempt.tried.as_ref();
    Ok(tried.map(|tried| (tried.at, right.as_ref() == Some(&tried.what))))
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

/// One line of a sign-up's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What, such as `signup.started` or `message.sent`.
    pub what: String,
    /// Which message, if it is about one.
    pub message: Option<crate::id::MessageId>,
    /// The happening behind it, if it is about a message.
    pub happening: Option<Happening>,
}

/// What happened to a sign-up, oldest first.
#[must_use]
pub fn timeline(overview: &Overview) -> Vec<Event> {
    let attempt = &overview.attempt;
    let plain =
        |at, what: &str| Event { at, what: what.to_owned(), message: None, happening: None };
    let mut events = vec![plain(attempt.created_at, "signup.started")];
    events.extend(attempt.sends.iter().skip(1).map(|send| plain(send.at, "signup.resent")));
    let own = overview.phone.tries.iter().filter(|t| t.signup == attempt.id);
    events.extend(own.map(|t| plain(t.at, "code.tried")));
    events.extend(
        overview.tried.map(|(at, right)| {
            plain(at, if right { "link.confirmed" } else { "link.match_wrong" })
        }),
    );
    match attempt.state {
        State::Pending => {}
        State::Verified { at, .. } => events.push(plain(at, "signup.verified")),
        State::Locked { at } => events.push(plain(at, "signup.locked")),
    }
    for message in &overview.messages {
        events.extend(message.history.iter().map(|happening| Event {
            at: happening.at,
            what: format!("message.{}", happening.status.as_str()),
            message: Some(message.id),
            happening: Some(happening.clone()),
        }));
    }
    events.sort_by_key(|event| event.at);
    events
}
