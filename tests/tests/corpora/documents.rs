//! The JSON Parsing Test Suite.

use doorstep_tests::{Answer, Shop, post, unique};
use serde_json::Value;

use crate::{CORPORA, all_are_answered, calls::takers};

/// Names of documents, and their bytes. The package has them as text: those that are none are made
/// anew here, as the suite's names describe them.
fn documents() -> Vec<(String, Vec<u8>)> {
    let listed = CORPORA["documents"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut documents: Vec<_> =
        listed.iter().map(|one| (text(&one["name"]), text(&one["input"]).into_bytes())).collect();
    assert!(documents.len() > 300, "the suite is whole");
    let raw: [(&str, &[u8]); 12] = [
        ("raw i_string_UTF-16LE_with_BOM", b"\xff\xfe[\0\"\0\xe9\0\"\0]\0"),
        ("raw i_string_utf16BE_no_BOM", b"\0[\0\"\0\xe9\0\"\0]"),
        ("raw i_string_invalid_utf-8", b"[\"\xff\"]"),
        ("raw i_string_iso_latin_1", b"[\"\xe9\"]"),
        ("raw i_string_lone_utf8_continuation_byte", b"[\"\x81\"]"),
        ("raw i_string_overlong_sequence_2_bytes", b"[\"\xc0\xaf\"]"),
        ("raw i_string_overlong_sequence_6_bytes", b"[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"),
        ("raw i_string_truncated-utf-8", b"[\"\xe0\xff\"]"),
        ("raw i_string_UTF-8_surrogate", b"[\"\xed\xa0\x80\"]"),
        ("raw n_object_lone_continuation_byte_in_key", b"{\"\xb9\":\"0\",}"),
        ("raw n_structure_incomplete_UTF8_BOM", b"\xef\xbb{}"),
        ("raw n_number_invalid-utf-8-in-exponent", b"[1e1\xe5]"),
    ];
    documents.extend(raw.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())));
    documents
}

#[tokio::test]
async fn every_document_is_answered_as_a_body() {
    let shop = Shop::fresh().await;
    let takers = takers(&shop).await;
    let mut calls = Vec::new();
    for (i, (name, document)) in documents().into_iter().enumerate() {
        // Always to the first, as all of them read bodies alike, and to two of the others.
        let others = (0..2).map(|turn| 1 + (2 * i + turn) % (takers.len() - 1));
        for taker in [0].into_iter().chain(others).map(|at| &takers[at]) {
            let call = taker.call.clone().header("Idempotency-Key", &unique());
            let call = call.header("Content-Type", "application/json").raw(document.clone());
            calls.push((format!("{} with {name}", taker.name), call));
        }
    }
    all_are_answered(calls).await;
}

#[tokio::test]
async fn every_document_is_answered_as_a_member() {
    let shop = Shop::fresh().await;
    let within = |(name, document): (String, Vec<u8>)| {
        let body = [b"{\"phone\":\"+447700900001\",\"metadata\":", &document[..], b"}"].concat();
        let call = shop.asks(post("/signups")).header("Idempotency-Key", &unique());
        (name, call.header("Content-Type", "application/json").raw(body))
    };
    all_are_answered(documents().into_iter().map(within).collect()).await;
}

async fn searched(shop: &Shop, body: Vec<u8>) -> Answer {
    let call = shop.asks(post("/signups/search"));
    call.header("Content-Type", "application/json").raw(body).send().await
}

/// Arrays are no bodies here: each document is put into a member that nobody knows, so that the
/// parser's word is told from what the members mean.
#[tokio::test]
async fn what_is_no_json_is_malformed_and_what_is_json_is_read() {
    let shop = Shop::fresh().await;
    // JSON that is refused on purpose: members twice, more than eight levels.
    let strict = ["y_object_duplicated_key", "y_object_duplicated_key_and_value"];
    for (name, document) in documents() {
        let body = [b"{\"unknown\":", &document[..], b"}"].concat();
        let answer = searched(&shop, body).await;
        let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
        if name.starts_with("y_") && !strict.iter().any(|strict| name.starts_with(strict)) {
            assert_eq!(code, "unknown_member", "{name}: {}", answer.text);
        }
        // Two that end what they are put into: what follows them is a member of its own.
        if name.starts_with("n_") && !name.contains("_close") && !name.contains("_no_data") {
            assert_eq!(code, "malformed_json", "{name}: {}", answer.text);
        }
    }
}
