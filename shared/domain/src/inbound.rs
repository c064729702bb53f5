//! What shoppers text to a store: STOP, START, and the rest, which is answered with help.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault, Mode,
    carrier::CarrierName,
    consent::{TRANSACTIONAL, Withdrawal, live},
    hear::InboundText,
    id::{ConsentId, MessageId},
    keys::{DataKeys, PhoneIndex},
    message::Letter,
    phone::PhoneNumber,
    ports::{Ledger, Messages, Phones, Suppressions},
    store::Store,
    text::{
        keyword::{Keyword, classify},
        locale::{Language, Locale},
        reply,
    },
};

/// A number is answered once in this time.
pub const QUIET: SignedDuration = SignedDuration::from_hours(24);
/// An answer that comes later than this is none.
pub const ANSWER_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// What [`inbound`] needs.
pub trait Ports: Phones + Suppressions + Ledger + Messages {}
impl<P: Phones + Suppressions + Ledger + Messages> Ports for P {}

/// A text that a carrier brought.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'a> {
    /// By whom; the answer goes back the same way.
    pub carrier: CarrierName,
    /// What the shopper wrote.
    pub text: &'a InboundText,
    /// When we first heard it: what comes again has the same time.
    pub at: Timestamp,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: &'a str,
}

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dealt {
    /// No text goes to the number any more.
    Stopped,
    /// What STOP did is taken back.
    Started,
    /// It is answered.
    Answered,
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// Deals with a text to a store. It never touches sign-ups, and never grants anything.
///
/// # Errors
/// When a port is broken.
pub async fn inbound(
    ports: &impl Ports,
    store: &Store,
    keys: &DataKeys,
    inbound: Inbound<'_>,
) -> Result<Dealt, Fault> {
    let Some(from) = sender(&inbound.text.from) else { return Ok(Dealt::Nothing("no_number")) };
    let phone = keys.phone_index(&from);
    match classify(&inbound.text.text, &[language(store)]) {
        Keyword::Stop => stop(ports, keys, &phone, inbound).await,
        Keyword::Start => {
            let lifted = ports.lift(keys, &phone, inbound.at).await?;
            Ok(if lifted { Dealt::Started } else { Dealt::Nothing("not_stopped") })
        }
        Keyword::Help | Keyword::Other => {
            let id = MessageId::derived(keys.derived("inbound/reply", &name(inbound)));
            let Some(letter) = answer((store, keys), from, inbound) else {
                return Ok(Dealt::Nothing("no_help_url"));
            };
            help(ports, keys, (&phone, id), &letter).await
        }
    }
}

/// The number of who wrote, with or without `+`; a name or a short code has no sign-up.
fn sender(from: &str) -> Option<PhoneNumber> {
    let digits = from.strip_prefix('+').unwrap_or(from);
    PhoneNumber::parse(&format!("+{digits}"), None, Mode::Live).ok()
}

fn language(store: &Store) -> Language {
    let locale: Option<Locale> = store.settings.locale.as_ref().and_then(|l| l.parse().ok());
    Language::choose(&locale)
}

/// The carrier's own name of a text.
fn name(inbound: Inbound<'_>) -> String {
    format!("{}/{}", inbound.carrier.as_str(), inbound.text.id)
}

/// The number is suppressed before the ledger is written: a crash between the two leaves a
/// number that gets no text, and the text comes again. The ledger is written even if a START
/// overtook it in between: that gives no consent back.
async fn stop(
    ports: &impl Ports,
    keys: &DataKeys,
    phone: &PhoneIndex,
    inbound: Inbound<'_>,
) -> Result<Dealt, Fault> {
    let stopped = ports.suppress(keys, phone, inbound.at, inbound.trace).await?;
    let record = Phones::find(ports, keys, phone).await?;
    let dealt = match (stopped, record.suppressed) {
        (true, _) => Dealt::Stopped,
        (false, Some(_)) => Dealt::Nothing("already_stopped"),
        (false, None) => Dealt::Nothing("overtaken"),
    };
    let Some(user) = record.user else { return Ok(dealt) };
    let entries = ports.entries(keys, user).await?;
    for purpose in live(&entries, "sms", inbound.at) {
        let id = keys.derived("inbound/stop", &format!("{}/{purpose}", name(inbound)));
        let withdrawal = Withdrawal {
            id: ConsentId::from_bits(id),
            user,
            purpose: purpose.to_owned(),
            channel: "sms".to_owned(),
            method: "sms_stop".to_owned(),
            occurred_at: inbound.at,
        };
        ports.withdraw(keys, &withdrawal).await?;
    }
    Ok(dealt)
}

/// The help that a store has to give; `None` when it lacks name or page.
fn answer(
    (store, keys): (&Store, &DataKeys),
    to: PhoneNumber,
    inbound: Inbound<'_>,
) -> Option<Letter> {
    let (shop, page) = (store.settings.name.as_ref()?, store.settings.help_url.as_ref()?);
    Some(Letter {
        counted: false,
        to,
        user: None,
        purpose: TRANSACTIONAL.to_owned(),
        text: reply::help(language(store), shop, page),
        body: keys.fingerprint("inbound/help", name(inbound).as_bytes()),
        route: vec![inbound.carrier],
        created_at: inbound.at,
        send_after: None,
        expires_at: inbound.at + ANSWER_LIFE,
        trace: inbound.trace.to_owned(),
    })
}

/// The answer is reserved before it is written: of two texts at once one is answered, and a text
/// that comes again finds its own reservation.
async fn help(
    ports: &impl Ports,
    keys: &DataKeys,
    (phone, id): (&PhoneIndex, MessageId),
    letter: &Letter,
) -> Result<Dealt, Fault> {
    if Phones::find(ports, keys, phone).await?.suppressed.is_some() {
        return Ok(Dealt::Nothing("suppressed"));
    }
    if !ports.reserve_reply(keys, phone, id, letter.created_at).await? {
        return Ok(Dealt::Nothing("answered_lately"));
    }
    ports.write(keys, id, letter).await?;
    Ok(Dealt::Answered)
}
