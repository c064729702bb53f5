//! The text after a verification, where the store has one. It is written in the same transaction,
//! and so exactly once.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Fault,
    consent::TRANSACTIONAL,
    id::{MessageId, UserId},
    keys::DataKeys,
    message::{LETTER_LIFE, Letter},
    phone::NumberType,
    ports::Templates,
    signup::RegistrationAttempt,
    store::Store,
    template::{self, Kind, System, Template, TemplateName, Variables},
};

/// What a shop may put into it, beside what Doorstep fills in: the name that it told of the
/// shopper.
const NAME: &str = "name";

/// What a verification says to the shopper.
#[derive(Debug)]
pub enum Welcome {
    /// Nothing: the store wants it so.
    Nothing,
    /// A letter.
    Letter(MessageId, Box<Letter>),
    /// Nothing, as the store's text cannot be used; why, without its content.
    Unfit(&'static str),
}

/// Makes the letter of a verification.
///
/// # Errors
/// When a port is broken.
pub(crate) async fn welcome(
    ports: &impl Templates,
    (store, keys): (&Store, &DataKeys),
    attempt: &RegistrationAttempt,
    (user, at): (UserId, Timestamp),
) -> Result<Welcome, Fault> {
    let Some(name) = &store.settings.welcome_template else { return Ok(Welcome::Nothing) };
    if attempt.phone.kind() != NumberType::Mobile {
        return Ok(Welcome::Unfit("landline"));
    }
    let Ok(name) = name.parse::<TemplateName>() else { return Ok(Welcome::Unfit("name")) };
    let locales = store.settings.fallbacks(attempt.locale.parse().ok().as_ref());
    let Some(template) = ports.current(keys.scope(), &name, &locales).await? else {
        return Ok(Welcome::Unfit("missing"));
    };
    let text = match words(&template, store, attempt) {
        Ok(text) => text,
        Err(reason) => return Ok(Welcome::Unfit(reason)),
    };
    let letter = Letter {
        counted: false,
        to: attempt.phone.clone(),
        user: Some(user),
        purpose: TRANSACTIONAL.to_owned(),
        text,
        body: keys.fingerprint("welcome", attempt.id.to_string().as_bytes()),
        route: attempt.route.clone(),
        created_at: at,
        send_after: None,
        expires_at: at + LETTER_LIFE,
        trace: attempt.trace.clone(),
    };
    Ok(Welcome::Letter(attempt.id.welcome(), Box::new(letter)))
}

fn words(
    template: &Arc<Template>,
    store: &Store,
    attempt: &RegistrationAttempt,
) -> Result<String, &'static str> {
    if template.kind != Kind::Transactional {
        return Err("kind");
    }
    let places = template.body.placeholders();
    let name = attempt.customer.name.iter().filter(|_| places.contains(&NAME));
    let mut variables = Variables::given(name.map(|name| (NAME, name))).map_err(|_| "name")?;
    let settings = &store.settings;
    for (place, value) in [(System::Store, &settings.name), (System::HelpUrl, &settings.help_url)] {
        if let Some(value) = value {
            variables = variables.with(place, value);
        }
    }
    template::render(template, &variables).map_err(|_| "placeholders")
}
