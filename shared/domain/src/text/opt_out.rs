//! How marketing texts say that they can be ended.

use super::locale::{Language, Locale};

/// The ways out that a store has: the link to the shopper's preferences, and STOP where somebody
/// hears it. A link ends the words, so that no phone takes a mark for a part of it.
#[must_use]
pub fn ways(locale: &Locale, number: Option<&str>, link: &str) -> String {
    match number {
        Some(number) => format!("{}, {link}", stop(locale, number)),
        None => format!("STOP: {link}"),
    }
}

/// What a shopper texts to which number, in the language of the text around it: `STOP to +44…`.
fn stop(locale: &Locale, number: &str) -> String {
    let to = match Language::choose([locale]) {
        Language::English => "to",
        Language::Welsh => "i",
        Language::German => "an",
        Language::French => "au",
        Language::Spanish | Language::Italian => "al",
        Language::Polish => "na",
        Language::Portuguese => "para",
        Language::Dutch => "naar",
        Language::Arabic => "إلى",
    };
    format!("STOP {to} {number}")
}
