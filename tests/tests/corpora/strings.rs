//! The Big List of Naughty Strings.

use std::collections::BTreeSet;

use doorstep_tests::{Call, Shop, drama, get, unique};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{CORPORA, all_are_answered, calls::takers};

fn strings() -> Vec<&'static str> {
    let listed = CORPORA["strings"].as_array().expect("a list");
    let strings: BTreeSet<_> = listed.iter().filter_map(Value::as_str).collect();
    assert!(strings.len() > 450, "the list is whole");
    strings.into_iter().collect()
}

/// This body with this string in each place where a string is.
fn with(body: &Value, string: &str) -> Value {
    match body {
        Value::String(_) => string.into(),
        Value::Array(items) => items.iter().map(|item| with(item, string)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members.map(|(name, value)| (name.clone(), with(value, string))).collect()
        }
        other => other.clone(),
    }
}

/// The places where a string is.
fn places(body: &Value, at: &str) -> Vec<String> {
    let below = |(name, value): (String, &Value)| places(value, &format!("{at}/{name}"));
    match body {
        Value::String(_) => vec![at.to_owned()],
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(i, item)| below((i.to_string(), item))).collect()
        }
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| below((name.clone(), value))).collect()
        }
        _ => Vec::new(),
    }
}

fn ready(call: &Call, body: &Value) -> Call {
    call.clone().header("Idempotency-Key", &unique()).json(body)
}

#[tokio::test]
async fn every_string_is_answered_in_every_member_at_once() {
    let shop = Shop::fresh().await;
    let mut calls = Vec::new();
    for taker in takers(&shop).await {
        for string in strings() {
            let name = format!("{} with {string:?}", taker.name);
            calls.push((name, ready(&taker.call, &with(&taker.body, string))));
        }
    }
    all_are_answered(calls).await;
}

/// Each string in one place of each body, the rest of which is good: it gets further.
#[tokio::test]
async fn every_string_is_answered_where_the_rest_is_good() {
    let shop = Shop::fresh().await;
    let mut calls = Vec::new();
    for (turn, taker) in takers(&shop).await.into_iter().enumerate() {
        let places = places(&taker.body, "");
        for (i, string) in strings().into_iter().enumerate().filter(|(i, _)| i % 8 == turn % 8) {
            let place = &places[(i / 8) % places.len()];
            let mut body = taker.body.clone();
            if let Some(phone) = body.get_mut("phone") {
                // One number at a time is busy when many ask for it at once.
                *phone = drama(u16::try_from(i / 8 % 80).expect("a small number")).into();
            }
            *body.pointer_mut(place).expect("its own place") = string.into();
            calls.push((
                format!("{} with {string:?} at {place}", taker.name),
                ready(&taker.call, &body),
            ));
        }
    }
    all_are_answered(calls).await;
}

#[tokio::test]
async fn every_string_is_answered_in_paths_and_queries() {
    let shop = Shop::fresh().await;
    let mut calls = Vec::new();
    for (i, string) in strings().into_iter().enumerate() {
        let text = utf8_percent_encode(string, NON_ALPHANUMERIC);
        let path = match i % 4 {
            0 => format!("/signups?cursor={text}&limit={text}"),
            1 => format!("/signups/{text}"),
            2 => format!("/templates/{text}?locale={text}"),
            _ => format!("/sandbox/messages?to={text}"),
        };
        calls.push((path.clone(), shop.asks(get(&path))));
    }
    all_are_answered(calls).await;
}
