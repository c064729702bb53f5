//! The code that a shopper types.

use std::fmt;

use crate::{keys::equal_in_constant_time, ports::Chance, seal::KeyVersion};

/// Six digits. NIST SP 800-63B-4 §3.1.3.2 asks for at least six.
const DIGITS: usize = 6;

/// What an attempt keeps so that its code can be made again: 128 random bits and the version of
/// the store's code key. Worthless without that key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSeed {
    /// 128 random bits.
    pub nonce: [u8; 16],
    /// The version of the key that the attempt is pinned to.
    pub version: KeyVersion,
}

impl CodeSeed {
    /// A new seed under this version.
    pub fn random(version: KeyVersion, chance: &impl Chance) -> Self {
        let mut nonce = [0; 16];
        chance.fill(&mut nonce);
        Self { nonce, version }
    }
}

/// A code. It is in memory only, has no `Display`, and compares in constant time.
#[derive(Clone)]
pub struct Code(String);

impl Code {
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(format!("{:0DIGITS$}", bits % 10_u64.pow(6)))
    }

    /// What a shopper typed, if it is six ASCII digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| Self(text.to_owned()))
    }

    /// The six digits. The one way out: look for its callers when reviewing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether both are the same code, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        equal_in_constant_time(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(……)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_ascii_digits() {
        assert!(Code::parse("000042").is_some());
        for text in ["", "12345", "1234567", "12345a", "１２３４５６", " 12345", "-12345"] {
            assert!(Code::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn leading_zeros_stay() {
        assert_eq!(Code::from_bits(42).expose(), "000042");
        assert_eq!(Code::from_bits(7_000_000).expose(), "000000");
    }

    #[test]
    fn a_code_does_not_print_itself() {
        assert_eq!(format!("{:?}", Code::from_bits(123_456)), "Code(……)");
    }
}
