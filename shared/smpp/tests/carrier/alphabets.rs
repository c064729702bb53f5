//! `@` and emoji, on carriers that mean different things by their default alphabet.

use doorstep_smpp::Alphabet;
use serde_json::json;

use crate::smsc::{Smsc, sent};

const CODE: &str = "123456 is your code\n@shop.example #123456";

/// What the SMSC reads of a text that went out in this alphabet, and its `data_coding`.
async fn arrives(reads: &str, alphabet: Alphabet, text: &str) -> (String, u64) {
    let smsc = Smsc::start();
    smsc.does(json!({"default_alphabet": reads})).await;
    let mut settings = smsc.settings();
    settings.alphabet = alphabet;
    sent(&smsc.transmitter(&settings), text).await;
    let submits = smsc.saw("submit_sm").await;
    let text = submits.iter().map(|submit| submit["text"].as_str().unwrap()).collect();
    (text, submits[0]["data_coding"].as_u64().unwrap())
}

#[tokio::test]
async fn the_line_for_autofill_arrives_whatever_the_default_alphabet_is() {
    // node-smpp calls GSM-7 "ASCII".
    for (reads, alphabet, coding) in [
        ("ASCII", Alphabet::Gsm7, 0),
        ("LATIN1", Alphabet::Ascii, 0),
        ("LATIN1", Alphabet::Latin1, 0),
        ("ASCII", Alphabet::Latin1Named, 3),
        ("LATIN1", Alphabet::Latin1Named, 3),
        ("ASCII", Alphabet::Ucs2, 8),
        ("LATIN1", Alphabet::Ucs2, 8),
    ] {
        let expected = (CODE.to_owned(), coding);
        assert_eq!(arrives(reads, alphabet, CODE).await, expected, "{alphabet:?} read as {reads}");
    }
}

#[tokio::test]
async fn the_wrong_alphabet_would_break_that_line() {
    let (text, _) = arrives("LATIN1", Alphabet::Gsm7, CODE).await;
    assert!(text.ends_with("\n\0shop.example #123456"));
    let (text, _) = arrives("ASCII", Alphabet::Latin1, CODE).await;
    assert!(text.ends_with("\n¡shop.example #123456"));
}

#[tokio::test]
async fn an_emoji_turns_the_whole_text_into_ucs2() {
    for alphabet in [Alphabet::Gsm7, Alphabet::Latin1] {
        let text = "Hello 😀 123456\n@shop.example #123456";
        assert_eq!(arrives("ASCII", alphabet, text).await, (text.to_owned(), 8));
    }
}

#[tokio::test]
async fn no_pair_is_cut_between_two_parts() {
    let euros = "€".repeat(81);
    assert_eq!(arrives("ASCII", Alphabet::Gsm7, &euros).await, (euros, 0));
    let emoji = format!("a{}", "😀".repeat(67));
    assert_eq!(arrives("ASCII", Alphabet::Gsm7, &emoji).await, (emoji, 8));
}

#[tokio::test]
async fn what_ascii_lacks_arrives_all_the_same() {
    let text = "£5 off: @shop.example #123456";
    assert_eq!(arrives("LATIN1", Alphabet::Ascii, text).await, (text.to_owned(), 8));
    assert_eq!(arrives("LATIN1", Alphabet::Latin1, text).await, (text.to_owned(), 0));
}
