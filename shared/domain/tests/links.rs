//! Links' tokens: read back as they were made, and bound to everything that they are made from.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use doorstep_domain::{
    Mode,
    code::CodeSeed,
    id::{SignupId, StoreId},
    keys::{CodeKeys, Root},
    link::LinkToken,
    seal::KeyVersion,
};
use proptest::prelude::*;

/// Everything that a token is made from.
#[derive(Debug, Clone, Copy)]
struct From {
    store: u128,
    live: bool,
    signup: u128,
    nonce: [u8; 16],
    root: [u8; 32],
    version: u16,
}

impl From {
    fn token(&self) -> LinkToken {
        let mode = if self.live { Mode::Live } else { Mode::Test };
        let version = KeyVersion(self.version);
        let root = Root::new(self.root);
        let keys = CodeKeys::new(StoreId::from_bits(self.store), mode, &[(version, root)]);
        let seed = CodeSeed { nonce: self.nonce, version };
        keys.link(SignupId::derived(self.signup), &seed).unwrap()
    }
}

fn anything() -> impl Strategy<Value = From> {
    let parts = (any::<u128>(), any::<bool>(), any::<u128>(), any::<[u8; 16]>(), any::<[u8; 32]>());
    parts.prop_map(|(store, live, signup, nonce, root)| From {
        store,
        live,
        signup,
        nonce,
        root,
        version: 1,
    })
}

/// The token with one bit of its 48 bytes changed.
fn with_bit(token: &str, at: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = token.as_bytes().to_vec();
    let value = ALPHABET.iter().position(|c| *c == text[at / 6]).unwrap();
    text[at / 6] = ALPHABET[value ^ (1 << (at % 6))];
    String::from_utf8(text).unwrap()
}

proptest! {
    #[test]
    fn a_token_reads_back_and_ends_with_a_letter(from in anything()) {
        let token = from.token();
        let text = token.expose();
        let read = LinkToken::parse(&text).unwrap();
        prop_assert!(read.matches(&token) && read.expose() == text);
        prop_assert_eq!((read.scope(), read.signup()), (token.scope(), token.signup()));
        prop_assert_eq!(text.len(), 64);
        prop_assert!(text.ends_with(|c: char| c.is_ascii_alphabetic()), "{}", text);
    }

    #[test]
    fn a_token_with_any_bit_changed_is_refused(from in anything(), at in 0..384_usize) {
        let token = from.token();
        let changed = LinkToken::parse(&with_bit(&token.expose(), at));
        prop_assert!(changed.is_none_or(|changed| !changed.matches(&token)));
    }

    #[test]
    fn whatever_differs_makes_another_tag(from in anything(), other in anything(), which in 0..5) {
        let mut changed = from;
        match which {
            0 => changed.store = other.store,
            1 => changed.live = !from.live,
            2 => changed.signup = from.signup ^ 16,
            3 => changed.nonce = other.nonce,
            _ => changed.root = other.root,
        }
        let tag = |from: From| from.token().expose()[..21].to_owned();
        prop_assert_ne!(tag(from), tag(changed));
    }

    #[test]
    fn no_text_panics(text in ".{0,80}") {
        let _ = LinkToken::parse(&text);
    }
}

#[test]
fn a_token_of_a_version_that_is_gone_is_none() {
    let keys = CodeKeys::new(StoreId::from_bits(1), Mode::Live, &[]);
    let seed = CodeSeed { nonce: [0; 16], version: KeyVersion(1) };
    assert!(keys.link(SignupId::derived(16), &seed).is_none());
}

#[test]
fn a_token_has_one_spelling() {
    let token = "A".repeat(64);
    assert!(LinkToken::parse(&token).is_some());
    for other in [
        format!("{token}="),
        format!("{token}A"),
        format!(" {token}"),
        token[..63].into(),
        "+".repeat(64),
    ] {
        assert!(LinkToken::parse(&other).is_none(), "{other}");
    }
    let modes = [("B", true), ("C", false), ("P", false)];
    for (last, known) in modes {
        let token = format!("{}{last}", "A".repeat(63));
        assert_eq!(LinkToken::parse(&token).is_some(), known, "{last}");
    }
}
