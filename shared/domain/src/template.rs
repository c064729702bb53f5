//! Texts with places to fill: a shop's own and the built-in ones.
//!
//! A template is data, never code. What is put in is never read as a template again.

mod body;
mod check;
pub(crate) mod promotion;
mod variables;

use std::{fmt, str::FromStr};

pub use body::{Body, MAX_BODY, SyntaxError};
pub use check::{Checked, Trouble, Warning, check};
pub(crate) use variables::clean;
pub use variables::{MAX_VALUE, System, Variables};

use crate::{
    access::{Unknown, names},
    code::Code,
    signup::Purpose,
    text::{
        builtin,
        locale::{Language, Locale},
        webotp,
    },
};

names!(
    /// What a text is for, which decides what may be in it.
    Kind {
        /// A code. One segment, no links, nothing else.
        Otp = "otp",
        /// What a shopper must know of an order or an account. No promotion: with it, it is
        /// marketing, whatever else it says (ICO, guidance on direct marketing).
        Transactional = "transactional",
        /// Promotion. Names the shop and says how to end it (PECR regulation 23).
        Marketing = "marketing",
    }
);

/// A template's name: lower-case letters, digits, `-` and `_`, 1 to 40 of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateName(String);

impl TemplateName {
    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TemplateName {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        let name = (1..=40).contains(&text.len()) && text.bytes().all(allowed);
        name.then(|| Self(text.to_owned())).ok_or(Unknown)
    }
}

/// One version of a text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name in the shop.
    pub name: TemplateName,
    /// Its language.
    pub locale: Locale,
    /// From 1; each save of another body is one more.
    pub version: u32,
    /// What it is for.
    pub kind: Kind,
    /// Its words.
    pub body: Body,
}

/// A text that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name in the shop.
    pub name: TemplateName,
    /// Its language.
    pub locale: Locale,
    /// What it is for.
    pub kind: Kind,
    /// Its words.
    pub body: Body,
}

impl Draft {
    /// The draft as this version.
    #[must_use]
    pub fn version(&self, version: u32) -> Template {
        let Self { name, locale, kind, body } = self.clone();
        Template { name, locale, version, kind, body }
    }
}

/// A version as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The version.
    pub template: Template,
    /// Which version goes out.
    pub live: u32,
    /// The newest version.
    pub newest: u32,
}

/// How many texts, a name in one locale each, a store may keep in a mode.
pub const MAX_TEXTS: usize = 200;

/// The answer of [`Templates::save`](crate::ports::Templates::save).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is this version, which is live now.
    Version(u32),
    /// There are [`MAX_TEXTS`] others already.
    Full,
}

/// Who a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The shop's name.
    pub store: &'a str,
    /// The shop's host, to which codes are bound.
    pub host: &'a str,
}

/// Why a template gives no text. It names placeholders, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A placeholder has no value.
    #[error("the placeholder {0} has no value")]
    Missing(String),
    /// A value has no placeholder.
    #[error("the template has no placeholder {0}")]
    Unknown(String),
    /// A value for a placeholder that only Doorstep fills.
    #[error("the placeholder {0} is filled by Doorstep")]
    Reserved(String),
    /// A value is too long.
    #[error("the value of {0} has more than {MAX_VALUE} characters")]
    TooLong(String),
    /// The values make the last line one that binds a code to a host.
    #[error("the last line would be read as a code by phones")]
    Bound,
}

impl RenderError {
    /// The member of the request that it is about, as a JSON pointer.
    #[must_use]
    pub fn pointer(&self) -> String {
        match self {
            Self::Missing(name)
            | Self::Unknown(name)
            | Self::Reserved(name)
            | Self::TooLong(name) => {
                format!("/variables/{name}")
            }
            Self::Bound => "/variables".to_owned(),
        }
    }
}

/// The text of a template of kind `transactional` or `marketing`.
///
/// # Errors
/// A variable too few or too many, named; of kind `otp` always the missing `code`, as only
/// [`otp`] has one.
pub fn render(template: &Template, variables: &Variables) -> Result<String, RenderError> {
    let text = template.body.render(variables)?;
    if webotp::parse(&text).is_some() { Err(RenderError::Bound) } else { Ok(text) }
}

/// The text that carries a code: the body, and below it the line that binds the code to the shop's
/// host.
///
/// # Errors
/// The body has a placeholder other than `code` and `store`, named.
pub fn otp(body: &Body, identity: Identity<'_>, code: &Code) -> Result<String, RenderError> {
    let variables =
        Variables::default().with(System::Code, code.expose()).with(System::Store, identity.store);
    let text = body.render(&variables)?;
    Ok(format!("{text}\n{}", webotp::line(identity.host, code)))
}

/// The built-in English text for a registration.
#[must_use]
pub fn verification_text(store_name: &str, host: &str, code: &Code) -> String {
    let identity = Identity { store: store_name, host };
    builtin::otp_text(Purpose::Registration, Language::English, identity, code)
}

/// Whether a store's name and host leave the built-in English texts in one segment.
#[must_use]
pub fn fits_one_segment(store_name: &str, host: &str) -> bool {
    builtin::fits(Language::English, Identity { store: store_name, host })
}
