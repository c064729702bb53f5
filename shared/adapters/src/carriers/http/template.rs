//! Texts with placeholders: `{to}`, `{text}`, `{api_key}`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::members::{At, ShapeError};

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

impl Template {
    pub(super) fn read(at: &At<'_>) -> Result<Self, ShapeError> {
        match Self::parse(at.text()?) {
            Some(template) => Ok(template),
            None => at.wrong("has a brace that is not around a name of a-z, 0-9 and _"),
        }
    }

    /// One with a placeholder: a secret is a field of the account, never in the shape itself.
    pub(super) fn read_secret(at: &At<'_>) -> Result<Self, ShapeError> {
        let template = Self::read(at)?;
        let named = template.names().next().is_some();
        if named { Ok(template) } else { at.wrong("must name a field, such as {webhook_password}") }
    }

    fn parse(mut text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        while let Some(start) = text.find(['{', '}']) {
            let (before, rest) = text.split_at(start);
            let (name, after) = rest.strip_prefix('{')?.split_once('}')?;
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            if name.is_empty() || !name.bytes().all(plain) {
                return None;
            }
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Name(name.to_owned()));
            text = after;
        }
        parts.push(Part::Text(text.to_owned()));
        Some(Self(parts))
    }

    /// Which placeholders it has.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with each placeholder's value; `None` when one has none.
    pub(super) fn fill(&self, find: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let values = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Name(name) => find(name),
        });
        values.collect()
    }

    fn is_number(&self) -> bool {
        self.names().eq(["validity_seconds"])
            && self.0.iter().all(|part| !matches!(part, Part::Text(text) if !text.is_empty()))
    }
}

/// A JSON document whose texts are templates. `"{validity_seconds}"` alone becomes a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    Text(Template),
    List(Vec<Document>),
    Object(Vec<(String, Document)>),
    Other(Value),
}

impl Document {
    pub(super) fn read(at: &At<'_>) -> Result<Self, ShapeError> {
        Ok(match at.json() {
            Value::String(_) => Self::Text(Template::read(at)?),
            Value::Array(items) if items.is_empty() => Self::List(Vec::new()),
            Value::Array(_) => {
                Self::List(at.items()?.iter().map(Self::read).collect::<Result<_, _>>()?)
            }
            Value::Object(_) => Self::Object(
                at.members()?
                    .into_iter()
                    .map(|(name, member)| Ok((name.to_owned(), Self::read(&member)?)))
                    .collect::<Result<_, _>>()?,
            ),
            other => Self::Other(other.clone()),
        })
    }

    pub(super) fn names(&self) -> BTreeSet<&str> {
        match self {
            Self::Text(template) => template.names().collect(),
            Self::List(items) => items.iter().flat_map(Self::names).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, item)| item.names()).collect(),
            Self::Other(_) => BTreeSet::new(),
        }
    }

    /// Leaves out items and members that are texts with one of these placeholders.
    pub(super) fn leave_out(&mut self, names: &[&str]) {
        let stays = |document: &Self| match document {
            Self::Text(template) => !template.names().any(|name| names.contains(&name)),
            _ => true,
        };
        match self {
            Self::List(items) => {
                items.retain(&stays);
                for item in items {
                    item.leave_out(names);
                }
            }
            Self::Object(members) => {
                members.retain(|(_, item)| stays(item));
                for (_, item) in members {
                    item.leave_out(names);
                }
            }
            Self::Text(_) | Self::Other(_) => {}
        }
    }

    pub(super) fn fill(&self, find: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
        Some(match self {
            Self::Text(template) if template.is_number() => {
                Value::from(template.fill(find)?.parse::<i64>().ok()?)
            }
            Self::Text(template) => Value::String(template.fill(find)?),
            Self::List(items) => items.iter().map(|item| item.fill(find)).collect::<Option<_>>()?,
            Self::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, item)| Some((name.clone(), item.fill(find)?)))
                    .collect::<Option<_>>()?,
            ),
            Self::Other(value) => value.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn placeholders_are_filled_and_nothing_else_is() {
        let template = Template::parse("a {to} b{from}").unwrap();
        let find = |name: &str| (name == "to").then(|| "{from}".to_owned());
        assert_eq!(template.fill(&find), None, "from is not known");
        let find = |name: &str| Some(format!("<{name} {{to}}>"));
        assert_eq!(template.fill(&find).unwrap(), "a <to {to}> b<from {to}>");
    }

    #[test]
    fn stray_braces_are_refused() {
        for text in ["{", "}", "{}", "{To}", "{to", "to}", "{{to}}", "{a b}"] {
            assert_eq!(Template::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_without_braces_stays_as_it_is(text in "[^{}]{0,40}") {
            let filled = Template::parse(&text).unwrap().fill(&|_| None);
            prop_assert_eq!(filled, Some(text));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = Template::parse(&text);
        }
    }
}
