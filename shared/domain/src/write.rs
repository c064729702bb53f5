//! `POST /messages`: a store writes to a shopper.
//!
//! A letter's id is derived from the request, so that its repetition finds it. Its words are made
//! at the request and kept sealed. Consent is asked here, and once more when the letter goes out.

mod words;

use jiff::{SignedDuration, Timestamp};

use self::words::{fill, text};

use crate::{
    Fault, Mode,
    access::KeyId,
    cap::{self, FrequencyCap, Planned},
    carrier::{CarrierName, Channel},
    consent::TRANSACTIONAL,
    gate, gsm7,
    guard::{self, Left, Pool, Refused},
    id::{MessageId, UserId},
    keys::{DataKeys, Fingerprint},
    message::{About, LETTER_LIFE, Letter, Message},
    phone::{PhoneNumber, Region},
    ports::{Chance, Clock, Lags, Ledger, Messages, Phones, PreferenceLinks, Templates, Users},
    preference, quiet,
    reach::{self, NotReached},
    route::{self, Lane},
    start::{self, Shop, in_milliseconds},
    store::Store,
    template::{Kind, RenderError, TemplateName},
    text::locale::Locale,
    tries::PhoneRecord,
};

/// How far ahead a letter may be asked for. A queue keeps what waits for 14 days (SQS), and the
/// letter has to be out of it by then.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(13 * 24);

/// Who gets a letter.
#[derive(Debug, Clone)]
pub enum Recipient {
    /// A verified user.
    User(UserId),
    /// A number as somebody typed it.
    Number(String),
}

/// What the store asks for.
#[derive(Debug)]
pub struct Write {
    /// Test or live.
    pub mode: Mode,
    /// Who gets it.
    pub to: Recipient,
    /// Which text.
    pub template: TemplateName,
    /// In which language; the store's own when absent.
    pub locale: Option<Locale>,
    /// What is put into its places.
    pub variables: Vec<(String, String)>,
    /// `transactional`, or one of the store's marketing purposes.
    pub purpose: String,
    /// Not before this time; a past one is now.
    pub send_after: Option<Timestamp>,
    /// The request's idempotency key.
    pub idempotency_key: String,
    /// The request's body in canonical form.
    pub body: Vec<u8>,
    /// The carriers of live mode.
    pub live_route: Vec<Lane>,
    /// W3C `traceparent`.
    pub trace: String,
    /// The key that asks.
    pub key: Option<KeyId>,
    /// Whether limits and budgets hold: always in live mode.
    pub guarded: bool,
}

/// A letter, new or replayed.
#[derive(Debug)]
pub struct Written {
    /// Its id.
    pub id: MessageId,
    /// What is kept of it.
    pub letter: Letter,
    /// What is left of the limits.
    pub left: Vec<Left>,
    /// Whether the same request had written it before.
    pub replayed: bool,
}

/// Why no letter was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The store may not send to the number.
    #[error(transparent)]
    NotReached(#[from] NotReached),
    /// The store lacks settings that the text needs, or a carrier.
    #[error("the store is not ready")]
    NotReady(Vec<&'static str>),
    /// There is no text of this name.
    #[error("no such template")]
    NoTemplate,
    /// There is no such user.
    #[error("no such user")]
    NoUser,
    /// The text carries a code, which only a sign-up has.
    #[error("the template carries a code")]
    Otp,
    /// The text is of this kind, which does not go with the purpose.
    #[error("the template is of another kind than the purpose")]
    Kind(Kind),
    /// The store does not name this purpose in its settings.
    #[error("not a purpose of the store")]
    Purpose,
    /// Values are missing, unknown or too long.
    #[error("the variables do not fit the template")]
    Variables(Vec<RenderError>),
    /// With its values the text sells, which needs consent: this word of it.
    #[error("promotion in a transactional text")]
    Promotion(String),
    /// With its values the text is longer than carriers take.
    #[error("the text is too long")]
    TooLong,
    /// It is asked for further ahead than [`AHEAD`].
    #[error("too far ahead")]
    TooFarAhead,
    /// The shopper has not agreed to texts for this purpose, or not any more.
    #[error("no consent")]
    NoConsent,
    /// The number gets no more marketing before this time.
    #[error("too much marketing")]
    TooMuch(Timestamp),
    /// The shopper wants no texts.
    #[error("suppressed")]
    Suppressed,
    /// The idempotency key came with another body before.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// The guards refuse it.
    #[error("refused by the guards")]
    Refused(Refused),
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What [`write`] needs.
pub trait Ports:
    Messages
    + Phones
    + Users
    + Ledger
    + PreferenceLinks
    + Templates
    + guard::SpendPorts
    + Lags
    + Clock
    + Chance
{
}
impl<P> Ports for P where
    P: Messages
        + Phones
        + Users
        + Ledger
        + PreferenceLinks
        + Templates
        + guard::SpendPorts
        + Lags
        + Clock
        + Chance
{
}

/// Writes a letter, or finds the one that the same request wrote.
///
/// # Errors
/// See [`WriteError`]. A refused call writes no letter and leaves its idempotency key usable.
pub async fn write(
    ports: &impl Ports,
    pool: &Pool,
    shop: &Shop,
    command: Write,
) -> Result<Written, WriteError> {
    let (store, keys): (&Store, _) = (&shop.store, &shop.keys);
    let id = keys.letter_id(&command.idempotency_key);
    let body = keys.fingerprint("POST /messages", &command.body);
    if let Some(known) = known(ports, keys, id).await? {
        return replay(id, known, &body);
    }
    let missing = route::missing((store, command.mode), &command.live_route);
    if !missing.is_empty() {
        return Err(WriteError::NotReady(missing));
    }
    let template = text(ports, store, keys, &command).await?;
    let (to, user, record) = recipient(ports, store, keys, &command).await?;
    if !gate::may_send(ports, keys, (user, &record), &command.purpose).await? {
        return Err(WriteError::NoConsent);
    }
    let now = ports.now();
    let send_after = due(store, (&command, to.region()), now)?;
    let reader = user.filter(|_| template.kind == Kind::Marketing);
    let link = way_out(ports, (store, keys), reader, send_after.unwrap_or(now)).await?;
    let words = fill(&template, (&store.settings, link.as_deref()), &command.variables)?;
    let (scope, lanes) = ((store, command.mode), &command.live_route);
    let route = route::of_mode(ports, scope, to.region(), lanes).await?.carriers;
    if let Some(closed) = start::closed(ports, shop).await? {
        return Err(WriteError::Refused(closed));
    }
    let asked = (command.guarded, command.key.clone());
    let letter = letter((now, send_after), ((to, user, route), (words, body)), command);
    if asked.0 && letter.purpose != TRANSACTIONAL {
        capped(ports, (store, keys), id, &letter).await?;
    }
    let left = guard::letter(ports, pool, shop, (&letter, asked, now)).await?;
    let left = left.map_err(WriteError::Refused)?;
    if keys.scope().1 == Mode::Test {
        ports.remember_letter(keys, &keys.phone_index(&letter.to), id).await?;
    }
    if Messages::write(ports, keys, id, &letter).await? {
        return Ok(Written { id, letter, left, replayed: false });
    }
    let first = known(ports, keys, id).await?;
    let first = first.ok_or_else(|| Fault::corrupt("a letter that is there and is not"))?;
    replay(id, first, &letter.body)
}

async fn known(
    ports: &impl Messages,
    keys: &DataKeys,
    id: MessageId,
) -> Result<Option<Letter>, Fault> {
    let found: Option<Message> = Messages::find(ports, keys, &[id]).await?.pop();
    Ok(found.and_then(|message| match message.about {
        About::Letter(letter) => Some(*letter),
        About::Signup(_) => None,
    }))
}

fn replay(id: MessageId, letter: Letter, body: &Fingerprint) -> Result<Written, WriteError> {
    if letter.body == *body {
        Ok(Written { id, letter, left: Vec::new(), replayed: true })
    } else {
        Err(WriteError::KeyReused)
    }
}

/// The number, and whose it is if it was verified.
async fn recipient(
    ports: &(impl Phones + Users),
    store: &Store,
    keys: &DataKeys,
    command: &Write,
) -> Result<(PhoneNumber, Option<UserId>, PhoneRecord), WriteError> {
    let settings = &store.settings;
    match &command.to {
        Recipient::User(id) => {
            let user = Users::find(ports, keys, *id).await?.ok_or(WriteError::NoUser)?;
            reach::check(settings, &user.phone, Channel::Sms)?;
            let record = record(ports, keys, &user.phone).await?;
            Ok((user.phone, Some(user.id), record))
        }
        Recipient::Number(text) => {
            let to = reach::number(settings, (text, None), command.mode, Channel::Sms)?;
            let record = record(ports, keys, &to).await?;
            // The record's id may only be reserved, for a number that nobody proved yet.
            let user = match record.user {
                Some(id) => Users::find(ports, keys, id).await?.map(|user| user.id),
                None => None,
            };
            Ok((to, user, record))
        }
    }
}

/// What is known of a number that takes texts.
async fn record(
    ports: &impl Phones,
    keys: &DataKeys,
    to: &PhoneNumber,
) -> Result<PhoneRecord, WriteError> {
    let record = Phones::find(ports, keys, &keys.phone_index(to)).await?;
    if record.suppressed.is_some() { Err(WriteError::Suppressed) } else { Ok(record) }
}

/// The link to the preferences of whoever gets marketing: that of the day on which it goes out.
async fn way_out(
    ports: &impl PreferenceLinks,
    (store, keys): (&Store, &DataKeys),
    user: Option<UserId>,
    day: Timestamp,
) -> Result<Option<String>, Fault> {
    let (Some(user), Some(host)) = (user, &store.settings.domain) else { return Ok(None) };
    let (token, _) = preference::issue(ports, keys, user, day).await?;
    Ok(Some(preference::url(host, &token)))
}

/// Refuses what is more marketing than the number should get.
async fn capped(
    ports: &impl Phones,
    (store, keys): (&Store, &DataKeys),
    id: MessageId,
    letter: &Letter,
) -> Result<(), WriteError> {
    let now = letter.created_at;
    let text = Planned { message: id, at: letter.send_after.unwrap_or(now) };
    let cap = store.settings.frequency_cap.unwrap_or(FrequencyCap::USUAL);
    let counted =
        cap::count(ports, (keys, &keys.phone_index(&letter.to)), (text, now), cap).await?;
    counted.map_err(WriteError::TooMuch)
}

type Addressed = (PhoneNumber, Option<UserId>, Vec<CarrierName>);

/// When it goes out, unless at once. Marketing in the recipient's quiet hours waits until they end.
fn due(
    store: &Store,
    (command, region): (&Write, Region),
    now: Timestamp,
) -> Result<Option<Timestamp>, WriteError> {
    let now = in_milliseconds(now);
    let asked = command.send_after.map(in_milliseconds).filter(|due| *due > now);
    let scope = (&store.settings, command.mode);
    let opens = quiet::waits(scope, (&command.purpose, region), asked.unwrap_or(now));
    let send_after = opens.or(asked);
    let late = send_after.is_some_and(|due| due > now + AHEAD);
    if late { Err(WriteError::TooFarAhead) } else { Ok(send_after) }
}

fn letter(
    (now, send_after): (Timestamp, Option<Timestamp>),
    ((to, user, route), (text, body)): (Addressed, (String, Fingerprint)),
    command: Write,
) -> Letter {
    let now = in_milliseconds(now);
    Letter {
        counted: command.guarded,
        to,
        user,
        purpose: command.purpose,
        text,
        body,
        route,
        created_at: now,
        send_after,
        expires_at: send_after.unwrap_or(now) + LETTER_LIFE,
        trace: command.trace,
    }
}

impl Written {
    /// The encoding and segments of its text.
    #[must_use]
    pub fn size(&self) -> gsm7::Size {
        gsm7::measure(&self.letter.text)
    }
}
