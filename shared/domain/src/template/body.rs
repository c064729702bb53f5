//! A template's words, parsed once.

use std::fmt;

use super::{RenderError, Variables};

/// The longest body in characters: what End User Messaging and Twilio take for one message.
pub const MAX_BODY: usize = 1600;
/// The longest name of a placeholder.
const MAX_NAME: usize = 40;

/// A template's words with placeholders: `{{ first_name }}`, spaces as one likes, as Liquid and
/// Handlebars write them. A name begins with a lower-case letter and goes on with such letters,
/// digits and `_`, 40 characters at most. A single brace stands for itself; `\{{` is two braces,
/// and `\\{{` a backslash before a placeholder. There are no conditions, loops, filters or calls.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Placeholder(String),
}

/// Why words are no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// There are none.
    #[error("write a text: it is empty")]
    Empty,
    /// They are too many.
    #[error("shorten the text: it has more than {MAX_BODY} characters")]
    TooLong,
    /// A placeholder has no end.
    #[error("close the placeholder at character {at} with }}}}, or write \\{{{{ for two braces")]
    Open {
        /// Where, in characters from 1.
        at: usize,
    },
    /// A placeholder has no name, or one that is not allowed.
    #[error(
        "name the placeholder at character {at} with lower-case letters, digits and _, as in {{{{ first_name }}}}"
    )]
    Name {
        /// Where, in characters from 1.
        at: usize,
    },
    /// A character that is not seen: a control or bidirectional one.
    #[error("remove the invisible character at character {at}")]
    Invisible {
        /// Where, in characters from 1.
        at: usize,
    },
}

impl Body {
    /// Reads a template's words.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        if source.trim().is_empty() {
            return Err(SyntaxError::Empty);
        }
        if source.chars().count() > MAX_BODY {
            return Err(SyntaxError::TooLong);
        }
        if let Some(at) = source.chars().position(|c| c != '\n' && !super::variables::is_seen(c)) {
            return Err(SyntaxError::Invisible { at: at + 1 });
        }
        Ok(Self { source: source.to_owned(), parts: parts(source)? })
    }

    /// The words as they were written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of the placeholders, each once, in their order.
    #[must_use]
    pub fn placeholders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = vec![];
        for part in &self.parts {
            match part {
                Part::Placeholder(name) if !names.contains(&name.as_str()) => names.push(name),
                Part::Placeholder(_) | Part::Words(_) => {}
            }
        }
        names
    }

    /// The words without the placeholders, each of which leaves a space.
    #[must_use]
    pub fn words(&self) -> String {
        let words = self.parts.iter().map(|part| match part {
            Part::Words(words) => words,
            Part::Placeholder(_) => " ",
        });
        words.collect()
    }

    /// The text with every placeholder filled. A value is put in as it is, and never read again.
    ///
    /// # Errors
    /// A placeholder without a value, or a caller's value without a placeholder, named.
    pub fn render(&self, variables: &Variables) -> Result<String, RenderError> {
        let names = self.placeholders();
        if let Some(name) = variables.given_names().find(|name| !names.contains(name)) {
            return Err(RenderError::Unknown(name.to_owned()));
        }
        let mut text = String::with_capacity(self.source.len());
        for part in &self.parts {
            text.push_str(match part {
                Part::Words(words) => words,
                Part::Placeholder(name) => {
                    variables.get(name).ok_or_else(|| RenderError::Missing(name.clone()))?
                }
            });
        }
        Ok(text)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Body").field(&self.source).finish()
    }
}

fn parts(source: &str) -> Result<Vec<Part>, SyntaxError> {
    let (mut parts, mut words, mut rest) = (vec![], String::new(), source);
    while let Some((before, after)) = rest.split_once("{{") {
        let at = source[..source.len() - after.len()].chars().count() - 1;
        if let Some(kept) = before.strip_suffix('\\').filter(|kept| !kept.ends_with('\\')) {
            words.extend([kept, "{{"]);
            rest = after;
            continue;
        }
        words.push_str(if before.ends_with("\\\\") { &before[..before.len() - 1] } else { before });
        let (name, after) = after.split_once("}}").ok_or(SyntaxError::Open { at })?;
        let name = name.trim();
        if !is_name(name) {
            return Err(SyntaxError::Name { at });
        }
        parts.extend([Part::Words(std::mem::take(&mut words)), Part::Placeholder(name.to_owned())]);
        rest = after;
    }
    words.push_str(rest);
    parts.push(Part::Words(words));
    Ok(parts)
}

fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
