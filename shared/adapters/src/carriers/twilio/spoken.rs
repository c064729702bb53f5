//! What a call says, in `TwiML`: <https://www.twilio.com/docs/voice/twiml>.
//!
//! A keypress is told to a URL, and what is said next is that URL's answer: no document of its
//! own can wait for a key. So the code travels in that URL, sealed under a key made from the
//! account's token, and [`answer`] reads it aloud. No function that hears keys can make codes.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorstep_domain::{
    carrier::{Account, Spoken},
    hear::{Callback, Document, NotHeard},
    id::{MessageId, StoreId},
    ports::Chance,
    webhook::Proved,
};

use super::hear::prove;
use crate::carriers::{
    proof::{form, get},
    xml::escaped,
};

/// Which message a call is.
type Of = (StoreId, MessageId);

/// The first document: who calls, and that a key must be pressed; then it hangs up.
pub(super) fn prompt(spoken: &Spoken, pressed: &str) -> String {
    let (language, prompt) = (escaped(&spoken.language), escaped(&spoken.prompt));
    let pressed = escaped(pressed);
    format!(
        "<Response><Gather numDigits=\"1\" timeout=\"10\" method=\"POST\" action=\"{pressed}\">\
         <Say language=\"{language}\">{prompt}</Say></Gather></Response>"
    )
}

/// The document after a keypress, for a proven request that tells of one: the words, which say
/// the code twice.
/// `None` when the request is something else, or no key was pressed.
///
/// # Errors
/// When it is not proven under the account's token.
pub(crate) fn answer(
    account: &Account,
    callback: &Callback<'_>,
) -> Result<Option<Proved<Document>>, NotHeard> {
    let Some(sealed) = get(callback.query, "say") else { return Ok(None) };
    let proof = prove(account, callback)?;
    let pressed = form(callback.body);
    if get(&pressed, "Digits").is_none_or(str::is_empty) {
        return Ok(None);
    }
    let (token, of) = (account.expose("auth_token"), callback.named());
    let (language, words) =
        token.zip(of).and_then(|(token, of)| open(token, of, sealed)).ok_or(NotHeard::Malformed)?;
    let say = format!("<Say language=\"{}\">{}</Say>", escaped(&language), escaped(&words));
    Ok(Some(Proved { proof, says: Document(format!("<Response>{say}</Response>")) }))
}

/// Language and words of a call, sealed for this message: base64url of nonce and ciphertext.
pub(super) fn seal(token: &str, of: Of, spoken: &Spoken, chance: &impl Chance) -> String {
    let mut nonce = [0; NONCE_LEN];
    chance.fill(&mut nonce);
    let mut text = format!("{}\n{}", spoken.language, spoken.words).into_bytes();
    key(token)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(of), &mut text)
        .expect("a few hundred bytes can be sealed");
    URL_SAFE_NO_PAD.encode([&nonce[..], &text].concat())
}

fn open(token: &str, of: Of, sealed: &str) -> Option<(String, String)> {
    let mut sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let text = key(token).open_in_place(nonce, aad(of), text).ok()?;
    let (language, words) = std::str::from_utf8(text).ok()?.split_once('\n')?;
    Some((language.to_owned(), words.to_owned()))
}

fn aad((store, message): Of) -> Aad<String> {
    Aad::from(format!("{store}/{message}"))
}

fn key(token: &str) -> LessSafeKey {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorstep/spoken/1");
    let secret = salt.extract(token.as_bytes());
    let okm = secret.expand(&[b"twilio"], &AES_256_GCM).expect("a key is not too long");
    LessSafeKey::new(UnboundKey::from(okm))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::SystemChance;

    fn spoken(words: &str) -> Spoken {
        Spoken {
            language: "en-GB".to_owned(),
            voice: "Amy".to_owned(),
            prompt: "This is Tom & Jerry's <shop>. Press any key.".to_owned(),
            words: words.to_owned(),
        }
    }

    fn of(message: u128) -> Of {
        (StoreId::from_bits(7), MessageId::from_bits(message))
    }

    #[test]
    fn a_shops_name_cannot_change_the_call() {
        let twiml = prompt(&spoken("1"), "https://shop.example/?a=1&b=2");
        assert!(twiml.contains("Tom &amp; Jerry&apos;s &lt;shop&gt;."), "{twiml}");
        assert!(twiml.contains("action=\"https://shop.example/?a=1&amp;b=2\""), "{twiml}");
    }

    #[test]
    fn a_code_is_not_said_before_a_key_is_pressed() {
        let words = spoken("0, 1, 2, 3, 4, 5,");
        let sealed = seal("token", of(1), &words, &SystemChance);
        let twiml = prompt(&words, &format!("https://shop.example/?say={sealed}"));
        assert!(!twiml.contains("0, 1, 2"), "{twiml}");
    }

    #[test]
    fn what_is_sealed_opens_for_its_message_and_token_alone() {
        let sealed = seal("token", of(1), &spoken("4, 2,"), &SystemChance);
        let opened = open("token", of(1), &sealed);
        assert_eq!(opened, Some(("en-GB".to_owned(), "4, 2,".to_owned())));
        assert_eq!(open("token", of(2), &sealed), None);
        assert_eq!(open("other", of(1), &sealed), None);
        assert_eq!(open("token", of(1), "AAAA"), None);
    }

    proptest! {
        #[test]
        fn any_words_survive_the_journey(words in "\\PC{0,60}") {
            let sealed = seal("token", of(1), &spoken(&words), &SystemChance);
            prop_assert_eq!(open("token", of(1), &sealed).unwrap().1, words);
        }
    }
}
