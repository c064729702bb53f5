//! The members of a shape's document, read strictly: each mistake is told with its place.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is wrong with a shape, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {problem}")]
pub struct ShapeError {
    /// A JSON pointer into the document; empty for the whole of it.
    pub pointer: String,
    /// What is wrong there: a sentence of ours, nothing of the document.
    pub problem: &'static str,
}

/// A value, and where it stands.
#[derive(Clone)]
pub(super) struct At<'a> {
    value: &'a Value,
    pointer: String,
}

type Read<T> = Result<T, ShapeError>;

impl<'a> At<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, pointer: String::new() }
    }

    pub(super) fn wrong<T>(&self, problem: &'static str) -> Read<T> {
        Err(ShapeError { pointer: self.pointer.clone(), problem })
    }

    fn below(&self, name: &str, value: &'a Value) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self { value, pointer: format!("{}/{name}", self.pointer) }
    }

    /// All members, in order.
    pub(super) fn members(&self) -> Read<Vec<(&'a str, Self)>> {
        let Some(members) = self.value.as_object() else { return self.wrong("must be an object") };
        Ok(members.iter().map(|(name, value)| (name.as_str(), self.below(name, value))).collect())
    }

    /// An object with no members but these.
    pub(super) fn object(self, known: &[&str]) -> Read<Self> {
        match self.members()?.into_iter().find(|(name, _)| !known.contains(name)) {
            Some((_, stranger)) => stranger.wrong("is not known here"),
            None => Ok(self),
        }
    }

    /// The member of this name, if it is there.
    pub(super) fn find(&self, name: &str) -> Option<Self> {
        self.value.get(name).map(|value| self.below(name, value))
    }

    /// The member of this name.
    pub(super) fn need(&self, name: &str) -> Read<Self> {
        match self.find(name) {
            Some(member) => Ok(member),
            None => self.below(name, &Value::Null).wrong("is missing"),
        }
    }

    pub(super) fn json(&self) -> &'a Value {
        self.value
    }

    pub(super) fn text(&self) -> Read<&'a str> {
        self.value.as_str().map_or_else(|| self.wrong("must be a text"), Ok)
    }

    /// One of these texts.
    pub(super) fn one_of<T: Copy>(&self, known: &[(&str, T)]) -> Read<T> {
        let text = self.text()?;
        let found = known.iter().find(|(name, _)| *name == text);
        found.map_or_else(|| self.wrong("is not one of the known words"), |(_, value)| Ok(*value))
    }

    /// A JSON pointer.
    pub(super) fn pointer(&self) -> Read<String> {
        let text = self.text()?;
        if text.starts_with('/') {
            Ok(text.to_owned())
        } else {
            self.wrong("must be a JSON pointer, such as /status")
        }
    }

    /// The items of a list that is not empty.
    pub(super) fn items(&self) -> Read<Vec<Self>> {
        match self.value.as_array() {
            Some(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                Ok(items.map(|(n, value)| self.below(&n.to_string(), value)).collect())
            }
            _ => self.wrong("must be a list with at least one item"),
        }
    }

    /// A table of words.
    pub(super) fn table<T>(&self, read: impl Fn(&Self) -> Read<T>) -> Read<BTreeMap<String, T>> {
        let members = self.members()?.into_iter();
        members.map(|(name, member)| Ok((name.to_owned(), read(&member)?))).collect()
    }
}
