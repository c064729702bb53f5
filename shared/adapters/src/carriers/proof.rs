//! Signatures and forms of what carriers send to us. Every comparison is in constant time, and
//! what it found good is the [`Proof`].

use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};
use doorstep_domain::{
    hear::{Callback, NotHeard},
    webhook::Proof,
};
use jiff::{SignedDuration, Timestamp};

/// How far a signed time may be from ours, both ways.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Names and values, decoded, in order.
pub(super) type Pairs = Vec<(String, String)>;

/// The proof that `tag` is the HMAC of `data` under `secret`. An empty secret proves nothing.
pub(super) fn by_hmac(
    algorithm: hmac::Algorithm,
    secret: &[u8],
    data: &[u8],
    tag: Option<Vec<u8>>,
) -> Option<Proof> {
    let key = hmac::Key::new(algorithm, secret);
    let tag = tag.filter(|_| !secret.is_empty())?;
    hmac::verify(&key, data, &tag).is_ok().then(|| Proof::of(&tag, &[data]))
}

/// The proof by a credential, which signs nothing: who has it vouches for query and body.
pub(super) fn by_credential(ours: &str, theirs: &str, callback: &Callback<'_>) -> Option<Proof> {
    let query = callback.query.iter().flat_map(|(name, value)| [name, value]);
    let mut vouched: Vec<_> = query.map(String::as_bytes).collect();
    vouched.push(callback.body);
    is_same(ours, theirs).then(|| Proof::of(ours.as_bytes(), &vouched))
}

/// Whether two secrets are the same. An empty one proves nothing.
pub(super) fn is_same(ours: &str, theirs: &str) -> bool {
    let same = constant_time::verify_slices_are_equal(ours.as_bytes(), theirs.as_bytes());
    !ours.is_empty() && same.is_ok()
}

/// The bytes of base64.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The bytes of hexadecimal digits, in either case.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        let plain = pair.bytes().all(|b| b.is_ascii_hexdigit());
        u8::from_str_radix(pair, 16).ok().filter(|_| plain)
    });
    digits.collect()
}

/// The bytes as lower-case hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all");
        text
    })
}

/// Whether these Unix seconds are within five minutes of now.
pub(super) fn is_fresh(seconds: &str, now: Timestamp) -> bool {
    let at = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.is_some_and(|at| at.duration_until(now).abs() <= TOLERANCE)
}

/// A form's pairs.
pub(super) fn form(body: &[u8]) -> Pairs {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The first value of this name.
pub(super) fn get<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A JSON body.
///
/// # Errors
/// When it is none.
pub(super) fn json(callback: &Callback<'_>) -> Result<serde_json::Value, NotHeard> {
    serde_json::from_slice(callback.body).map_err(|_| NotHeard::Malformed)
}

/// Whether the body is JSON by its content type.
pub(super) fn is_json(callback: &Callback<'_>) -> bool {
    callback.header("content-type").is_some_and(|kind| kind.contains("json"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_secret_proves_nothing() {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b""), b"data");
        let tag = Some(tag.as_ref().to_vec());
        assert_eq!(by_hmac(hmac::HMAC_SHA256, b"", b"data", tag), None);
        assert!(!is_same("", ""));
    }

    #[test]
    fn a_time_is_fresh_for_five_minutes_both_ways() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (seconds, fresh) in [
            ("1000000", true),
            ("999700", true),
            ("999699", false),
            ("1000301", false),
            ("x", false),
        ] {
            assert_eq!(is_fresh(seconds, now), fresh, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn hexadecimal_reads_back_what_it_wrote(bytes: Vec<u8>) {
            prop_assert_eq!(hex(&to_hex(&bytes)), Some(bytes));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = (hex(&text), base64(&text));
        }
    }
}
