//! What shoppers text to a store: STOP, START, and the rest, which is answered with help.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault, Mode,
    carrier::CarrierName,
    consent::{Door, How, TRANSACTIONAL, opt_out},
    hear::InboundText,
    id::MessageId,
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

/// What a START took back is suppressed no more, though the ledger keeps what STOP took back.
async fn stop(
    ports: &impl Ports,
    keys: &DataKeys,
    phone: &PhoneIndex,
    inbound: Inbound<'_>,
) -> Result<Dealt, Fault> {
    let name = format!("stop/{}", name(inbound));
    let (at, trace) = (inbound.at, inbound.trace);
    let how = How { door: Door::Stop, name: &name, at, reason: None, actor: None, trace };
    let stopped = opt_out(ports, keys, phone, how).await?;
    let stands = Phones::find(ports, keys, phone).await?.suppressed.is_some();
    Ok(match (stopped, stands) {
        (true, _) => Dealt::Stopped,
        (false, true) => Dealt::Nothing("already_stopped"),
        (false, false) => Dealt::Nothing("overtaken"),
    })
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
