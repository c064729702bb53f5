//! What guards' records are found by: keyed HMACs, never the thing itself.

use std::net::IpAddr;

use super::counted;
use crate::{
    keys::{DataKeys, PrefixIndex, SourceIndex},
    phone::PhoneNumber,
};

impl DataKeys {
    /// A phone number among those of its prefix: 64 bits.
    #[must_use]
    pub fn phone_tag(&self, phone: &PhoneNumber) -> u64 {
        self.phone_index(phone).tag()
    }

    /// The index of the numbers that share all but the last four digits with this one.
    #[must_use]
    pub fn prefix_index(&self, phone: &PhoneNumber) -> PrefixIndex {
        let digits = phone.expose();
        let prefix = &digits[..digits.len().saturating_sub(4)];
        PrefixIndex::new(self.guard_index(&[b"prefix", prefix.as_bytes()]))
    }

    /// The index of an address that counts as one source: see [`counted`].
    #[must_use]
    pub fn source_index(&self, ip: IpAddr) -> SourceIndex {
        SourceIndex::new(self.guard_index(&[b"source", &counted(ip)]))
    }

    /// The index of a shop's session.
    #[must_use]
    pub fn session_index(&self, session: &str) -> SourceIndex {
        SourceIndex::new(self.guard_index(&[b"session", session.as_bytes()]))
    }

    /// What makes a challenge ours, for one send: 128 bits in hexadecimal.
    pub(crate) fn challenge_tag(&self, phone: &PhoneNumber, terms: &str) -> String {
        let parts: &[&[u8]] = &[b"challenge", phone.expose().as_bytes(), terms.as_bytes()];
        format!("{:032x}", u128::from_be_bytes(self.guard_index(parts).1))
    }
}
