//! A link in place of a code: what its text carries, and what its page asks for.
//!
//! The text's link opens a page on the shop's own host. The page asks for two digits that the page
//! which started the sign-up shows, so that whoever gets a link that they did not ask for cannot
//! confirm it unawares. Neither is at rest: both are made again from the attempt's nonce.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    Fault, Mode,
    id::{SignupId, StoreId},
    keys::{DataKeys, equal_in_constant_time},
    signup::{Method, RegistrationAttempt},
};

/// Bytes of tag, store and sign-up: 16 each.
const BYTES: usize = 48;
/// What the last four bits say, which are zero in a sign-up's id.
const TEST: u128 = 0;
const LIVE: u128 = 1;

/// What a link carries: whose sign-up it is, and 128 bits that prove it. It is in memory only, and
/// does not print itself.
///
/// As text it is 64 characters of base64url (RFC 4648 §5): the tag, the store's id, and the
/// sign-up's id with the mode in its last four bits. So there is no index, and the last character
/// is always a letter: some phones leave a final `-` or `_` out of a link.
#[derive(Clone)]
pub struct LinkToken {
    scope: (StoreId, Mode),
    signup: SignupId,
    tag: [u8; 16],
}

impl LinkToken {
    pub(crate) const fn new(scope: (StoreId, Mode), signup: SignupId, tag: [u8; 16]) -> Self {
        Self { scope, signup, tag }
    }

    /// One that proves nothing, and is as long as all are: for measuring.
    pub(crate) const fn of_its_length() -> Self {
        let scope = (StoreId::from_bits(0), Mode::Test);
        Self { scope, signup: SignupId::from_bits(0), tag: [0; 16] }
    }

    /// Reads what a path carries; `None` for what no Doorstep ever made. It proves nothing yet.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == BYTES)?;
        let part = |at: usize| <[u8; 16]>::try_from(&bytes[at..at + 16]).ok();
        let store = StoreId::from_bits(u128::from_be_bytes(part(16)?));
        let last = u128::from_be_bytes(part(32)?);
        let signup = SignupId::derived(last);
        let mode = match last - signup.bits() {
            TEST => Mode::Test,
            LIVE => Mode::Live,
            _ => return None,
        };
        Some(Self { scope: (store, mode), signup, tag: part(0)? })
    }

    /// The text. The one way out: look for its callers when reviewing.
    #[must_use]
    pub fn expose(&self) -> String {
        let mode = if self.scope.1 == Mode::Test { TEST } else { LIVE };
        let last = self.signup.bits() | mode;
        let parts = [self.tag, self.scope.0.bits().to_be_bytes(), last.to_be_bytes()];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }

    /// The store and the mode that it names.
    #[must_use]
    pub const fn scope(&self) -> (StoreId, Mode) {
        self.scope
    }

    /// The sign-up that it names.
    #[must_use]
    pub const fn signup(&self) -> SignupId {
        self.signup
    }

    /// Whether both are the same, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let same = (self.scope, self.signup) == (other.scope, other.signup);
        equal_in_constant_time(&self.tag, &other.tag) && same
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// The link of a text: on the shop's own host, which hands `/l/` on to this API.
#[must_use]
pub fn url(host: &str, token: &LinkToken) -> String {
    format!("https://{host}/l/{}", token.expose())
}

/// Two digits that the page which started a sign-up shows, and its shopper types.
#[derive(Clone)]
pub struct Match([u8; 2]);

impl Match {
    pub(crate) fn from_bits(bits: u64) -> Self {
        let number = (bits % 100).to_be_bytes()[7];
        Self([b'0' + number / 10, b'0' + number % 10])
    }

    /// What a shopper typed, if it is two digits. Arabic keyboards type digits of their own
    /// (U+0660 and U+06F0 onward); they count as what they mean.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = text.trim().chars().map(digit);
        match (digits.next(), digits.next(), digits.next()) {
            (Some(Some(tens)), Some(Some(ones)), None) => Some(Self([tens, ones])),
            _ => None,
        }
    }

    /// The two digits. The one way out: look for its callers when reviewing.
    #[must_use]
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether both are the same, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        equal_in_constant_time(&self.0, &other.0)
    }
}

fn digit(c: char) -> Option<u8> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '\u{660}'..='\u{669}' => u32::from(c) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(c) - 0x6f0,
        _ => return None,
    };
    u8::try_from(value).ok().map(|value| b'0' + value)
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Match(…)")
    }
}

/// The digits to show on the page that started this sign-up; `None` where it sends a code.
///
/// # Errors
/// When the key version that the sign-up is pinned to is gone.
pub fn shown(keys: &DataKeys, attempt: &RegistrationAttempt) -> Result<Option<Match>, Fault> {
    match attempt.method {
        Method::Code => Ok(None),
        Method::Link => {
            let shown = keys.link_match(attempt.id, &attempt.seed, &attempt.phone_index);
            shown.map(Some).ok_or_else(|| Fault::corrupt("an attempt's index key version is gone"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_is_two_digits_of_any_keyboard() {
        for (typed, means) in [("07", "07"), (" 42 ", "42"), ("٤٢", "42"), ("۰۷", "07")] {
            assert_eq!(Match::parse(typed).unwrap().expose(), means, "{typed}");
        }
        for wrong in ["", "7", "007", "4 2", "4a", "-1", "４２", "½½"] {
            assert!(Match::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn every_match_has_two_digits() {
        assert_eq!(Match::from_bits(7).expose(), "07");
        assert_eq!(Match::from_bits(199).expose(), "99");
    }

    #[test]
    fn neither_prints_itself() {
        let token =
            LinkToken::new((StoreId::from_bits(1), Mode::Test), SignupId::derived(16), [7; 16]);
        assert_eq!(format!("{token:?} {:?}", Match::from_bits(42)), "LinkToken(…) Match(…)");
    }
}
