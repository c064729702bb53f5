//! How marketing texts say that they can be ended.

use super::locale::{Language, Locale};

/// What a shopper texts to which number, in the language of the text around it: `STOP to +44…`.
#[must_use]
pub fn stop(locale: &Locale, number: &str) -> String {
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
