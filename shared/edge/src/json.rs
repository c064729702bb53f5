//! Strict JSON: unknown members, duplicate keys, depth and size are refused, each with a pointer.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    problem::{Pointed, Problem},
    strict,
};

/// Largest body, in bytes.
pub const MAX_BODY: usize = 16 * 1024;
/// Deepest nesting.
const MAX_DEPTH: usize = 8;

/// The members of a JSON object, taken one by one. What is wrong is collected, and told at once
/// by [`Object::finish`].
#[derive(Debug)]
pub struct Object {
    at: String,
    members: BTreeMap<String, Value>,
    errors: Vec<Pointed>,
}

impl Object {
    /// Reads a body.
    ///
    /// # Errors
    /// `malformed_json` when it is not one JSON object without duplicate keys, of at most 16 KiB
    /// and 8 levels.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        if body.len() > MAX_BODY {
            return Err(malformed("Send a JSON object of at most 16 KiB."));
        }
        match strict::parse(body, MAX_DEPTH) {
            Some(Value::Object(members)) => Ok(Self::of(String::new(), members)),
            _ => Err(malformed(
                "Send one JSON object in UTF-8, without duplicate keys, of at most 8 levels.",
            )),
        }
    }

    /// Reads a body that may be absent: an empty one is an empty object.
    ///
    /// # Errors
    /// As [`Object::parse`].
    pub fn parse_optional(body: &[u8]) -> Result<Self, Problem> {
        if body.is_empty() {
            Ok(Self::of(String::new(), serde_json::Map::new()))
        } else {
            Self::parse(body)
        }
    }

    fn of(at: String, members: serde_json::Map<String, Value>) -> Self {
        Self { at, members: members.into_iter().collect(), errors: Vec::new() }
    }

    /// The body in canonical form: members sorted, no spaces.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        serde_json::to_vec(&self.members).unwrap_or_default()
    }

    /// Whether there is a member of this name, be it null.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Whether there is a member of this name that is not null.
    #[must_use]
    pub fn has_value(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether the object `outer` has a member of this name.
    #[must_use]
    pub fn has(&self, outer: &str, name: &str) -> bool {
        self.members.get(outer).is_some_and(|value| !value[name].is_null())
    }

    /// The text of a member of an object of this one, without taking it.
    #[must_use]
    pub fn peek(&self, outer: &str, name: &str) -> Option<&str> {
        self.members.get(outer)?.get(name)?.as_str()
    }

    /// Notes that a member is wrong.
    pub fn wrong(&mut self, name: &str, detail: impl Into<String>) {
        let pointer = format!("{}/{}", self.at, escape(name));
        self.errors.push(Pointed { pointer, detail: detail.into() });
    }

    /// A text of at most `max` characters without control characters; absent or null is `None`.
    pub fn text(&mut self, name: &str, max: usize) -> Option<String> {
        match self.members.remove(name)? {
            Value::Null => None,
            Value::String(text) if is_plain(&text, max) => Some(text),
            _ => {
                self.wrong(name, format!("must be a text of 1 to {max} characters, without control or bidirectional characters"));
                None
            }
        }
    }

    /// A person's or a shop's name: as [`Object::text`], but control and bidirectional characters,
    /// which come along when it is pasted, are taken out.
    pub fn name(&mut self, name: &str, max: usize) -> Option<String> {
        if let Some(Value::String(text)) = self.members.get_mut(name) {
            text.retain(|c| !is_hidden(c));
        }
        self.text(name, max)
    }

    /// As [`Object::text`]; when it is absent, that is wrong, and the text is empty.
    pub fn required_text(&mut self, name: &str, max: usize) -> String {
        if self.members.get(name).is_none_or(Value::is_null) {
            self.members.remove(name);
            self.wrong(name, "is required");
        }
        self.text(name, max).unwrap_or_default()
    }

    /// A text as it is; `None` for whatever else: the caller says what is wrong.
    pub fn loose(&mut self, name: &str) -> Option<String> {
        self.members.remove(name)?.as_str().map(str::to_owned)
    }

    /// A text that `parse` understands.
    pub fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        match self.members.remove(name)? {
            Value::Null => None,
            Value::String(text) if parse(&text).is_some() => parse(&text),
            _ => {
                self.wrong(name, format!("must be {expected}"));
                None
            }
        }
    }

    /// Notes that a member is missing, unless something is wrong with it already.
    pub fn require(&mut self, name: &str, missing: bool) {
        let pointer = format!("{}/{}", self.at, escape(name));
        if missing && self.errors.iter().all(|error| error.pointer != pointer) {
            self.wrong(name, "is required");
        }
    }

    /// A text of any characters and lines.
    pub fn lines(&mut self, name: &str) -> Option<String> {
        match self.members.remove(name)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            _ => {
                self.wrong(name, "must be a text");
                None
            }
        }
    }

    /// A whole number in this range.
    pub fn whole(&mut self, name: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let value = self.members.remove(name)?;
        let number = value.as_u64().and_then(|n| u32::try_from(n).ok());
        let number = number.filter(|n| range.contains(n));
        if number.is_none() && !value.is_null() {
            let (from, to) = range.into_inner();
            self.wrong(name, format!("must be a whole number from {from} to {to}"));
        }
        number
    }

    /// A time, RFC 3339 with its offset.
    pub fn time(&mut self, name: &str) -> Option<jiff::Timestamp> {
        self.parsed(name, "an RFC 3339 time such as 2027-01-31T09:00:00Z", |t| t.parse().ok())
    }

    /// True or false.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.members.remove(name)?;
        if !value.is_boolean() && !value.is_null() {
            self.wrong(name, "must be true or false");
        }
        value.as_bool()
    }

    /// Texts of at most `max` characters, at most `count` of them.
    pub fn texts(&mut self, name: &str, count: usize, max: usize) -> Option<Vec<String>> {
        let value = self.members.remove(name)?;
        let texts = value.as_array().filter(|all| all.len() <= count).and_then(|all| {
            let text =
                |value: &Value| value.as_str().filter(|t| is_plain(t, max)).map(str::to_owned);
            all.iter().map(text).collect::<Option<Vec<_>>>()
        });
        if texts.is_none() && !value.is_null() {
            self.wrong(
                name,
                format!("must be a list of at most {count} texts of 1 to {max} characters"),
            );
        }
        texts
    }

    /// Names and texts: at most `count` of them, `max` characters together.
    pub fn pairs(&mut self, name: &str, count: usize, max: usize) -> Option<Vec<(String, String)>> {
        let value = self.members.remove(name)?;
        let pairs = value.as_object().filter(|all| all.len() <= count).and_then(|all| {
            let pair = |(name, value): (&String, &Value)| {
                let value = value.as_str().filter(|text| is_plain(text, max))?;
                is_plain(name, 64).then(|| (name.clone(), value.to_owned()))
            };
            let pairs: Vec<_> = all.iter().map(pair).collect::<Option<_>>()?;
            let length: usize = pairs.iter().map(|(n, v)| n.len() + v.len()).sum();
            (length <= max).then_some(pairs)
        });
        if pairs.is_none() && !value.is_null() {
            self.wrong(
                name,
                format!("must be an object of at most {count} texts, {max} characters together"),
            );
        }
        pairs
    }

    /// A nested object, read by `read`.
    pub fn object<T: Default>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        match self.members.remove(name)? {
            Value::Null => None,
            Value::Object(members) => Some(self.nested(name, members, read)),
            _ => {
                self.wrong(name, "must be an object");
                None
            }
        }
    }

    /// A list of at most `count` objects, each read by `read`.
    pub fn objects<T>(
        &mut self,
        name: &str,
        count: usize,
        read: impl Fn(&mut Self) -> T,
    ) -> Vec<T> {
        let Some(value) = self.members.remove(name).filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        let Value::Array(all) = value else {
            self.wrong(name, "must be a list of objects");
            return Vec::new();
        };
        if all.len() > count {
            self.wrong(name, format!("must have at most {count} entries"));
            return Vec::new();
        }
        let mut list = Vec::new();
        for (index, value) in all.into_iter().enumerate() {
            match value {
                Value::Object(members) => {
                    list.push(self.nested(&format!("{name}/{index}"), members, &read));
                }
                _ => self.errors.push(Pointed {
                    pointer: format!("{}/{name}/{index}", self.at),
                    detail: "must be an object".to_owned(),
                }),
            }
        }
        list
    }

    fn nested<T>(
        &mut self,
        name: &str,
        members: serde_json::Map<String, Value>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let mut object = Self::of(format!("{}/{name}", self.at), members);
        let value = read(&mut object);
        self.errors.extend(object.close());
        value
    }

    /// Ends the reading: members that nobody asked for are unknown.
    ///
    /// # Errors
    /// `unknown_member` or `invalid_member`, with everything that is wrong.
    pub fn finish(self) -> Result<(), Problem> {
        let unknown = !self.members.is_empty();
        let errors = self.close();
        if errors.is_empty() {
            return Ok(());
        }
        let unknown = unknown || errors.iter().any(|e| e.detail == UNKNOWN);
        let code = if unknown { "unknown_member" } else { "invalid_member" };
        let mut problem = Problem::new(400, code, "Correct the members named in `errors`.");
        problem.errors = errors;
        Err(problem)
    }

    fn close(self) -> Vec<Pointed> {
        let Self { at, members, mut errors } = self;
        errors.extend(members.into_keys().map(|name| Pointed {
            pointer: format!("{at}/{}", escape(&name)),
            detail: UNKNOWN.to_owned(),
        }));
        errors
    }
}

const UNKNOWN: &str = "is not a member of this request";

fn malformed(detail: &str) -> Problem {
    Problem::new(400, "malformed_json", detail)
}

/// Member names may be anything, even a phone number: what is told of them is bounded.
fn escape(name: &str) -> String {
    let name = name.replace('~', "~0").replace('/', "~1");
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// Not empty, at most `max` characters, none of them for control or text direction.
#[must_use]
pub fn is_plain(text: &str, max: usize) -> bool {
    let length = text.chars().take(max + 1).count();
    (1..=max).contains(&length) && !text.chars().any(is_hidden)
}

/// A character for control or text direction.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
