//! Item keys and attribute values.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use doorstep_domain::{Fault, Mode, id::StoreId};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use super::Item;

/// The partition key of an item of one store and mode.
pub(super) fn pk(scope: (StoreId, Mode), kind: &str, id: impl std::fmt::Display) -> String {
    format!("{}#{}#{kind}#{id}", scope.0, scope.1)
}

/// The sort key of an item that is alone in its partition. Only the log of decisions has many.
pub(super) const SK: &str = "-";

/// The whole key of the item in this partition.
pub(super) fn key(pk: &str) -> Item {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(SK))])
}

pub(super) fn text(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(super) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn millis(time: Timestamp) -> AttributeValue {
    number(time.as_millisecond())
}

/// Reads a time back; `None` when it is not one.
pub(super) fn time(millis: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_millisecond(millis).map_err(|_| Fault::corrupt("a time of an item in `state`"))
}

/// A row as an attribute value.
pub(super) fn value(row: &impl Serialize) -> Result<AttributeValue, Fault> {
    serde_dynamo::to_attribute_value(row).map_err(|_| Fault::corrupt("a value for `state`"))
}

/// A row as an item.
pub(super) fn to_item(row: &impl Serialize) -> Result<Item, Fault> {
    serde_dynamo::to_item(row).map_err(|_| Fault::corrupt("a row for `state`"))
}

/// An item as a row; what it is goes into the fault.
pub(super) fn from_item<T: DeserializeOwned>(item: Item, what: &'static str) -> Result<T, Fault> {
    serde_dynamo::from_item(item).map_err(|_| Fault::corrupt(what))
}

/// A text of a row as the type it stands for.
pub(super) fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::corrupt(what))
}
