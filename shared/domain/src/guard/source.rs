//! What was asked for from one IP address (IPv4 /32, IPv6 /64), or in one session.

use std::{collections::BTreeSet, net::IpAddr};

use jiff::{SignedDuration, Timestamp};

use super::{
    pack::{Reader, Writer},
    prefix::{count, seconds, time},
};
use crate::{Fault, id::SignupId, phone::Region};

/// How long a request counts.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The address that counts: an IPv4 address, or the /64 of an IPv6 address, which one subscriber
/// has as a whole (RFC 6177). An IPv4 address in IPv6 clothes is an IPv4 address.
#[must_use]
pub fn counted(ip: IpAddr) -> [u8; 17] {
    let mut counted = [0; 17];
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            counted[0] = 4;
            counted[1..5].copy_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            counted[0] = 6;
            counted[1..9].copy_from_slice(&ip.octets()[..8]);
        }
    }
    counted
}

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The sign-up's id, its upper 64 bits.
    pub signup: u64,
    /// When, to the second.
    pub at: Timestamp,
    /// The country of the number.
    pub region: Region,
    /// Whether it was verified since.
    pub verified: bool,
}

/// What is known of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRecord {
    /// Requests of the last 24 hours, oldest first.
    pub requests: Vec<Request>,
}

/// A sign-up as it stands in a source's record.
#[must_use]
pub(super) const fn short(signup: SignupId) -> u64 {
    (signup.bits() >> 64) as u64
}

impl SourceRecord {
    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(bytes)?;
        let mut requests = Vec::new();
        while !reader.is_empty() {
            let (signup, at) = (reader.u64()?, time(reader.u32()?));
            let region = Region::from_bytes(reader.bytes()?).ok_or_else(super::pack::corrupt)?;
            requests.push(Request { signup, at, region, verified: reader.u8()? != 0 });
        }
        Ok(Self { requests })
    }

    /// As it is kept: 15 bytes for each request.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        for request in &self.requests {
            writer
                .bytes(&request.signup.to_be_bytes())
                .bytes(&seconds(request.at).to_be_bytes())
                .bytes(request.region.as_str().as_bytes())
                .bytes(&[u8::from(request.verified)]);
        }
        writer.finish()
    }

    /// Whether this sign-up was counted before.
    #[must_use]
    pub fn has(&self, signup: SignupId) -> bool {
        self.requests.iter().any(|known| known.signup == short(signup))
    }

    /// When requests came since then, oldest first.
    pub fn since(&self, since: Timestamp) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| request.at > since)
    }

    /// How many requests since then have, or have not, been verified.
    #[must_use]
    pub fn counted(&self, since: Timestamp, verified: bool) -> u32 {
        count(self.since(since).filter(|request| request.verified == verified))
    }

    /// The countries, besides this one, of numbers that nobody verified since then. A country
    /// where one was verified does not count.
    #[must_use]
    pub fn other_countries(&self, region: Region, since: Timestamp) -> usize {
        let of = |verified| {
            let these = self.since(since).filter(move |request| request.verified == verified);
            these.map(|request| request.region).collect::<BTreeSet<_>>()
        };
        let proven = of(true);
        of(false).iter().filter(|other| **other != region && !proven.contains(other)).count()
    }

    /// Adds a request, and forgets what counts no more.
    pub fn add(&mut self, request: Request) {
        self.requests.retain(|known| known.at > request.at - DAY);
        self.requests.push(request);
    }

    /// Notes that a sign-up was verified; `false` when that is known, or the sign-up is not.
    pub fn verify(&mut self, signup: SignupId) -> bool {
        let mut changed = false;
        for request in self.requests.iter_mut().filter(|known| known.signup == short(signup)) {
            changed |= !std::mem::replace(&mut request.verified, true);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_record_reads_back_as_it_was(all in prop::collection::vec((any::<u64>(), 1..2_000_000_000_u32, "[A-Z]{2}", any::<bool>()), 0..40)) {
            let requests = all.into_iter().map(|(signup, at, region, verified)| {
                Request { signup, at: time(at), region: Region::parse(&region).unwrap(), verified }
            });
            let record = SourceRecord { requests: requests.collect() };
            prop_assert_eq!(SourceRecord::parse(&record.to_bytes()).unwrap(), record);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = SourceRecord::parse(&bytes);
        }

        /// A subscriber cannot leave its /64, and two of them share none.
        #[test]
        fn an_ipv6_subscriber_is_one_source(net in any::<u64>(), other in any::<u64>(), a in any::<u64>(), b in any::<u64>()) {
            let ip = |net: u64, host: u64| IpAddr::from(((u128::from(net) << 64) | u128::from(host)).to_be_bytes());
            prop_assume!(net >> 16 != 0 && other >> 16 != 0);
            prop_assert_eq!(counted(ip(net, a)), counted(ip(net, b)));
            prop_assert_eq!(counted(ip(net, a)) == counted(ip(other, b)), net == other);
        }
    }

    #[test]
    fn an_ipv4_address_counts_as_itself_in_either_form() {
        let ip = |text: &str| counted(text.parse().unwrap());
        assert_eq!(ip("203.0.113.7"), ip("::ffff:203.0.113.7"));
        assert_ne!(ip("203.0.113.7"), ip("203.0.113.8"));
    }

    #[test]
    fn a_verified_sign_up_takes_its_resends_along() {
        let request = |second: u32| Request {
            signup: 1,
            at: time(1_700_000_000 + second),
            region: Region::GB,
            verified: false,
        };
        let mut record = SourceRecord { requests: vec![request(0), request(60)] };
        assert!(record.verify(SignupId::from_bits(1 << 64)));
        assert_eq!((record.counted(time(0), true), record.counted(time(0), false)), (2, 0));
        assert!(!record.verify(SignupId::from_bits(1 << 64)));
    }

    #[test]
    fn a_country_where_somebody_was_verified_is_no_strange_one() {
        let region = |name: &str| Region::parse(name).unwrap();
        let mut record = SourceRecord::default();
        for (n, name) in ["GB", "FR", "DE", "FR"].into_iter().enumerate() {
            let signup = u64::try_from(n).unwrap();
            record.add(Request {
                signup,
                at: time(1_700_000_000),
                region: region(name),
                verified: false,
            });
        }
        assert_eq!(record.other_countries(region("GB"), time(0)), 2);
        assert!(record.verify(SignupId::from_bits(1 << 64)));
        assert_eq!(record.other_countries(region("GB"), time(0)), 1);
    }
}
