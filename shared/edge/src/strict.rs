//! A JSON parser that refuses duplicate keys and deep nesting.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// The one value that a text holds, of at most `depth` levels, without duplicate keys.
pub(crate) fn parse(text: &[u8], depth: usize) -> Option<Value> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = Strict(depth).deserialize(&mut json).ok()?;
    json.end().ok().map(|()| value)
}

/// Reads a value, refusing duplicate keys and more levels than are left.
struct Strict(usize);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let deeper = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("too deep"))?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Strict(deeper))? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let deeper = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("too deep"))?;
        let mut members = serde_json::Map::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value_seed(Strict(deeper))?;
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(members.into())
    }
}

/// A member's name.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<String, D::Error> {
        String::deserialize(json)
    }
}
