//! What a message says, and to whom: made in memory when it goes out, or re-rendered for the
//! sandbox's inbox.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Fault, Mode,
    carrier::{CarrierName, Channel, Content},
    code::Code,
    deliver::Dispatch,
    gsm7,
    id::{MessageId, SignupId, StoreId},
    keys::{CodeKeys, DataKeys},
    link::LinkToken,
    message::{About, Letter},
    money::Money,
    phone::PhoneNumber,
    ports::{Attempts, Messages, Templates},
    price,
    signup::{self, AUTOMATIC, Method, Purpose, RegistrationAttempt},
    store::Store,
    template::{self, Identity, Kind, Template},
    text::{
        builtin::otp_text,
        link::link_text,
        locale::{Language, Locale},
        spoken::spoken,
    },
};

/// What stands above a message: to whom it goes, by whom, and until when.
#[derive(Debug)]
pub struct Letterhead {
    /// Who gets it.
    pub to: PhoneNumber,
    /// A text or a call.
    pub channel: Channel,
    /// The carriers to try, in order.
    pub route: Vec<CarrierName>,
    /// Whether chance chose the first of them. Nobody types a letter's code: it never counts.
    pub drawn: bool,
    /// No carrier tries after this time.
    pub expires_at: Timestamp,
    /// The trace that it belongs to, W3C `traceparent`.
    pub trace: String,
    /// What it says.
    pub source: Source,
}

/// Where a message's words come from.
#[derive(Debug)]
pub enum Source {
    /// A code of this sign-up.
    Signup(Box<RegistrationAttempt>),
    /// The store's own words.
    Letter(Box<Letter>),
}

impl Letterhead {
    /// The head of a sign-up's message.
    #[must_use]
    pub fn of_signup(attempt: RegistrationAttempt, send: u8) -> Self {
        let channel = attempt.sends.get(usize::from(send)).map_or(Channel::Sms, |s| s.channel);
        Self {
            to: attempt.phone.clone(),
            channel,
            route: attempt.route_of(send),
            drawn: attempt.drawn && send == 0,
            expires_at: attempt.expires_at,
            trace: attempt.trace.clone(),
            source: Source::Signup(Box::new(attempt)),
        }
    }

    /// The head of a letter.
    #[must_use]
    pub fn of_letter(letter: Letter) -> Self {
        Self {
            to: letter.to.clone(),
            channel: Channel::Sms,
            route: letter.route.iter().take(AUTOMATIC).copied().collect(),
            drawn: false,
            expires_at: letter.expires_at,
            trace: letter.trace.clone(),
            source: Source::Letter(Box::new(letter)),
        }
    }

    /// When somebody asked for this message, and its money was set aside; `None` for what nobody
    /// asked for: a timer's call, a welcome, an answer to HELP.
    pub(crate) fn asked_at(&self, message: MessageId) -> Option<Timestamp> {
        match &self.source {
            Source::Letter(letter) => letter.counted.then_some(letter.created_at),
            Source::Signup(attempt) => {
                let send = attempt.sends.get(usize::from(message.signup().1));
                let first = message.signup().1 == 0;
                let asked = |send: &&signup::Send| first || send.request.is_some();
                send.filter(asked).map(|send| send.at)
            }
        }
    }

    /// What is set aside for each carrier that is asked.
    pub(crate) fn cost(&self, store: &Store) -> Money {
        match &self.source {
            Source::Letter(letter) => {
                price::estimate(self.to.region(), gsm7::measure(&letter.text).segments)
            }
            Source::Signup(attempt) => Words::of(attempt).cost(store, &self.to, self.channel),
        }
    }

    /// The sign-up that it belongs to.
    #[must_use]
    pub fn signup(&self) -> Option<SignupId> {
        match &self.source {
            Source::Signup(attempt) => Some(attempt.id),
            Source::Letter(_) => None,
        }
    }
}

/// What a sign-up's text says: a code or a link, for what, in which language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) method: Method,
    pub(crate) purpose: Purpose,
    pub(crate) locale: &'a str,
}

impl<'a> Words<'a> {
    pub(crate) fn of(attempt: &'a RegistrationAttempt) -> Self {
        let RegistrationAttempt { method, purpose, locale, .. } = attempt;
        Self { method: *method, purpose: *purpose, locale }
    }

    /// What is set aside for it.
    pub(crate) fn cost(self, store: &Store, phone: &PhoneNumber, channel: Channel) -> Money {
        match channel {
            Channel::Sms => price::estimate(phone.region(), self.segments(store)),
            Channel::Voice => price::estimate_call(phone.region()),
        }
    }

    /// How many segments its built-in text has. A store's own for codes was one when it was kept,
    /// and may be two since its name or host changed.
    fn segments(self, store: &Store) -> usize {
        let Some((name, host)) = store.settings.text_identity() else { return 1 };
        let (identity, language) = (Identity { store: name, host }, self.language(store).1);
        let built_in = match (self.method, Code::parse("000000")) {
            (Method::Link, _) => link_text(language, identity, &LinkToken::of_its_length()),
            (Method::Code, Some(code)) => otp_text(self.purpose, language, identity, &code),
            (Method::Code, None) => String::new(),
        };
        let own = self.method == Method::Code && store.settings.otp_template.is_some();
        gsm7::measure(&built_in).segments.max(if own { 2 } else { 1 })
    }

    /// The language that a shopper reads: their own, else the store's, else English.
    fn language(self, store: &Store) -> (Vec<Locale>, Language) {
        let locales = store.settings.fallbacks(self.locale.parse().ok().as_ref());
        let language = Language::choose(&locales);
        (locales, language)
    }
}

/// Reads what a dispatch is about; `None` when it is gone.
///
/// # Errors
/// When a port is broken.
pub async fn letterhead(
    ports: &(impl Attempts + Messages),
    keys: &DataKeys,
    dispatch: &Dispatch,
) -> Result<Option<Letterhead>, Fault> {
    if !dispatch.letter {
        let (signup, send) = dispatch.message.signup();
        let attempt = Attempts::find(ports, keys, signup).await?;
        return Ok(attempt.map(|attempt| Letterhead::of_signup(attempt, send)));
    }
    let found = Messages::find(ports, keys, &[dispatch.message]).await?.pop();
    Ok(found.and_then(|message| match message.about {
        About::Letter(letter) => Some(Letterhead::of_letter(*letter)),
        About::Signup(_) => None,
    }))
}

/// The words; `None` when the store lacks the settings that they need.
///
/// # Errors
/// When the key that made the code is gone, or a port is broken.
pub async fn content(
    ports: &impl Templates,
    head: &Letterhead,
    store: &Store,
    codes: &CodeKeys,
) -> Result<Option<Content>, Fault> {
    let attempt = match &head.source {
        Source::Letter(letter) => return Ok(Some(Content::Text(letter.text.clone()))),
        Source::Signup(attempt) => attempt,
    };
    let Some((name, host)) = store.settings.text_identity() else { return Ok(None) };
    let identity = Identity { store: name, host };
    let (locales, language) = Words::of(attempt).language(store);
    if attempt.method == Method::Link {
        let token = codes.link(attempt.id, &attempt.seed);
        let token = token.ok_or_else(|| Fault::corrupt("an attempt's code key version is gone"))?;
        return Ok(Some(Content::Text(link_text(language, identity, &token))));
    }
    let code = codes.code(attempt.id, &attempt.seed);
    let code = code.ok_or_else(|| Fault::corrupt("an attempt's code key version is gone"))?;
    if head.channel == Channel::Voice {
        return Ok(Some(Content::Call(spoken(language, name, &code))));
    }
    let own = own_text(ports, (store, codes.scope()), &locales).await?;
    let own = own.and_then(|own| template::otp(&own.body, identity, &code).ok());
    let built_in = || otp_text(attempt.purpose, language, identity, &code);
    Ok(Some(Content::Text(own.unwrap_or_else(built_in))))
}

/// The store's own words for codes; `None` when it has none, or none that carry a code.
async fn own_text(
    ports: &impl Templates,
    (store, scope): (&Store, (StoreId, Mode)),
    locales: &[Locale],
) -> Result<Option<Arc<Template>>, Fault> {
    let name = store.settings.otp_template.as_ref().and_then(|name| name.parse().ok());
    let Some(name) = name else { return Ok(None) };
    let found = ports.current(scope, &name, locales).await?;
    Ok(found.filter(|template| template.kind == Kind::Otp))
}
