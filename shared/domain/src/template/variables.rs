//! What is put into a template's placeholders.

use std::{collections::BTreeMap, fmt};

use super::RenderError;
use crate::access::names;

/// The longest value, in characters.
pub const MAX_VALUE: usize = 200;

names!(
    /// Placeholders that only Doorstep fills.
    System {
        /// The six digits. In texts of kind `otp` alone.
        Code = "code",
        /// The shop's name.
        Store = "store",
        /// The short link to a shopper's own preferences, where marketing can be ended.
        OptOut = "opt_out",
        /// The number that shoppers may text `STOP` to.
        InboundNumber = "inbound_number",
        /// The shop's page for shoppers who need help.
        HelpUrl = "help_url",
    }
);

/// Values by placeholder. They may be personal data: `Debug` shows their names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// What a caller gave. A value is cleaned and never looked into for placeholders.
    ///
    /// # Errors
    /// A name that only Doorstep fills, or a value of more than [`MAX_VALUE`] characters.
    pub fn given<K, V>(values: impl IntoIterator<Item = (K, V)>) -> Result<Self, RenderError>
    where
        K: Into<String>,
        V: AsRef<str>,
    {
        let mut variables = Self::default();
        for (name, value) in values {
            let (name, value) = (name.into(), value.as_ref());
            if name.parse::<System>().is_ok() {
                return Err(RenderError::Reserved(name));
            }
            if value.chars().count() > MAX_VALUE {
                return Err(RenderError::TooLong(name));
            }
            variables.0.insert(name, clean(value));
        }
        Ok(variables)
    }

    /// These variables, and a value of Doorstep's own.
    #[must_use]
    pub fn with(mut self, name: System, value: &str) -> Self {
        self.0.insert(name.as_str().to_owned(), clean(value));
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The names that a caller gave.
    pub(super) fn given_names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| name.parse::<System>().is_err())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A value on one line and of seen characters alone: neither can a name begin a line of its own, nor
/// turn around what follows it.
pub(crate) fn clean(value: &str) -> String {
    let spaced = value.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    spaced.filter(|c| is_seen(*c)).collect::<String>().trim().to_owned()
}

/// Whether a character is neither a control nor one that turns the direction of reading (Unicode
/// UAX #9 §2).
pub(super) fn is_seen(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}
