//! A proof of work that an honest browser does within a second, and an attacker ten thousand times.
//!
//! A challenge is `{expiry}.{bits}.{tag}`, the tag a keyed HMAC over the number and how many texts
//! went to it so far: so it is good for one send, and nothing has to be remembered. Its solution is
//! the challenge, a dot, and any text that gives their SHA-256 so many leading zero bits.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};

use crate::{
    keys::{DataKeys, equal_in_constant_time},
    phone::PhoneNumber,
};

/// How long a challenge may be solved.
pub(super) const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Leading zero bits: 2¹⁸ hashes on average.
pub const BITS: u32 = 18;
/// Longest solution that is looked at.
const LONGEST: usize = 128;

/// What a solution is bound to.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// The store's keys.
    pub keys: &'a DataKeys,
    /// The number.
    pub phone: &'a PhoneNumber,
    /// How many sends went to it before.
    pub sends: usize,
}

impl Binding<'_> {
    /// The challenge for one send.
    #[must_use]
    pub fn challenge(&self, now: Timestamp) -> String {
        let expiry = (now + LIFE).as_second();
        format!("{expiry}.{BITS}.{}", self.tag(expiry))
    }

    /// Whether this is a solution that is good now.
    #[must_use]
    pub fn is_solved(&self, solution: &str, now: Timestamp) -> bool {
        let mut parts = solution.splitn(4, '.');
        let (Some(expiry), Some(bits), Some(tag), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Ok(until) = expiry.parse::<i64>() else { return false };
        let ours = equal_in_constant_time(self.tag(until).as_bytes(), tag.as_bytes());
        let in_time = now.as_second() < until && until <= (now + LIFE).as_second();
        let work = zero_bits(digest(&SHA256, solution.as_bytes()).as_ref()) >= BITS;
        ours && in_time && bits == BITS.to_string() && work && solution.len() <= LONGEST
    }

    fn tag(&self, expiry: i64) -> String {
        self.keys.challenge_tag(self.phone, self.sends, expiry)
    }
}

/// Solves a challenge, as a storefront does.
#[must_use]
pub fn solve(challenge: &str) -> String {
    let tried = (0_u64..).map(|n| format!("{challenge}.{n}"));
    let solved = |text: &String| zero_bits(digest(&SHA256, text.as_bytes()).as_ref()) >= BITS;
    tried.into_iter().find(solved).unwrap_or_default()
}

fn zero_bits(bytes: &[u8]) -> u32 {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let next = bytes.get(zeros).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(zeros * 8).unwrap_or(u32::MAX) + next
}
