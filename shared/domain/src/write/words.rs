//! The words of a letter, made from the store's template when it is asked for.

use std::sync::Arc;

use super::{Write, WriteError};
use crate::{
    consent::TRANSACTIONAL,
    keys::DataKeys,
    ports::Templates,
    store::{Settings, Store},
    template::{
        self, Kind, MAX_BODY, RenderError, System, Template, Variables,
        promotion::{self, Promotion},
    },
    text::opt_out,
};

/// The text, if it goes with the purpose.
pub(super) async fn text(
    ports: &impl Templates,
    store: &Store,
    keys: &DataKeys,
    command: &Write,
) -> Result<Arc<Template>, WriteError> {
    let locales = store.settings.fallbacks(command.locale.as_ref());
    let found = ports.current(keys.scope(), &command.template, &locales).await?;
    let template = found.ok_or(WriteError::NoTemplate)?;
    let transactional = command.purpose == TRANSACTIONAL;
    let purposes = store.settings.purposes.as_deref().unwrap_or_default();
    match template.kind {
        Kind::Otp => Err(WriteError::Otp),
        _ if !transactional && !purposes.contains(&command.purpose) => Err(WriteError::Purpose),
        Kind::Transactional if transactional => Ok(template),
        Kind::Marketing if !transactional => Ok(template),
        kind => Err(WriteError::Kind(kind)),
    }
}

/// The text with the caller's values and the store's own. The link to the shopper's preferences is
/// in all marketing, whether the template has a place for it or not.
pub(super) fn fill(
    template: &Template,
    (settings, link): (&Settings, Option<&str>),
    given: &[(String, String)],
) -> Result<String, WriteError> {
    let names = template.body.placeholders();
    let own = own_values(template, (settings, link));
    let lacking = |name: &&str| {
        name.parse::<System>().is_ok_and(|system| own.iter().all(|(known, _)| *known != system))
    };
    if let Some(name) = names.iter().find(|name| lacking(name)) {
        let missing = if *name == "help_url" { "help_url" } else { "sender.inbound_number" };
        return Err(WriteError::NotReady(vec![missing]));
    }
    let mut wrong: Vec<_> = names
        .iter()
        .filter(|name| name.parse::<System>().is_err())
        .filter(|name| given.iter().all(|(known, _)| known != *name))
        .map(|name| RenderError::Missing((*name).to_owned()))
        .collect();
    for (name, value) in given {
        match Variables::given([(name.clone(), value)]) {
            Err(error) => wrong.push(error),
            Ok(_) if !names.contains(&name.as_str()) => {
                wrong.push(RenderError::Unknown(name.clone()));
            }
            Ok(_) => {}
        }
    }
    if !wrong.is_empty() {
        return Err(WriteError::Variables(wrong));
    }
    let broken = |error| WriteError::Variables(vec![error]);
    let variables = Variables::given(given.iter().map(|(n, v)| (n.clone(), v))).map_err(broken)?;
    if let Some(Promotion(word)) = promotion(template, given) {
        return Err(WriteError::Promotion(word));
    }
    let variables = own.iter().fold(variables, |all, (name, value)| all.with(*name, value));
    let mut words = template::render(template, &variables).map_err(broken)?;
    if let Some(link) = link.filter(|_| !names.contains(&System::OptOut.as_str())) {
        words = format!("{words}\n{link}");
    }
    if words.chars().count() > MAX_BODY { Err(WriteError::TooLong) } else { Ok(words) }
}

/// What sells in a text that should not, with its values. One word may be somebody's name, and the
/// store's own values are no promotion, whatever the store is called.
fn promotion(template: &Template, given: &[(String, String)]) -> Option<Promotion> {
    if template.kind != Kind::Transactional {
        return None;
    }
    let is_name = |value: &str| value.chars().all(|c| c.is_alphabetic() || "-'’".contains(c));
    let shown = |value| if is_name(value) { "" } else { value };
    let given = given.iter().map(|(name, value)| (name, shown(value.as_str())));
    let own = System::ALL.iter().copied();
    let variables = own.fold(Variables::given(given).ok()?, |all, name| all.with(name, ""));
    let words = template.body.render(&variables).ok()?;
    promotion::find(&template.locale, &words)
}

/// The values that only Doorstep fills in, as far as the store has them.
fn own_values(
    template: &Template,
    (settings, link): (&Settings, Option<&str>),
) -> Vec<(System, String)> {
    let number = settings.inbound_number.as_deref();
    let values = [
        (System::Store, settings.name.clone()),
        (System::HelpUrl, settings.help_url.clone()),
        (System::InboundNumber, number.map(str::to_owned)),
        (System::OptOut, link.map(|link| opt_out::ways(&template.locale, number, link))),
    ];
    values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
