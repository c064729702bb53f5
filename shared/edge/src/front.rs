//! The firewall in front, where a deployment has one (`infra/firewall.yaml`).

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};

use crate::{call::Call, problem::Problem};

/// The header that proves that a call came by the firewall.
const PROOF: &str = "doorstep-origin";
/// The header in which the firewall tells the caller's address; it overwrites a caller's own.
const VIEWER: &str = "doorstep-viewer";

/// Whether calls must come by the firewall: then the digest of the secret that it adds to each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Front(Option<[u8; 32]>);

impl Front {
    /// `ORIGIN_DIGEST`, SHA-256 in hexadecimal. Without it calls come straight from the gateway.
    ///
    /// # Errors
    /// A sentence, when it is no such digest: a typing mistake must not open the way around.
    pub fn read(text: Option<&str>) -> Result<Self, &'static str> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self(None)) };
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("ORIGIN_DIGEST must be a SHA-256 digest, 64 hexadecimal digits.");
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap_or_default();
        }
        Ok(Self(Some(bytes)))
    }

    /// Refuses who went around the firewall. Of who came by it, the address that the firewall saw
    /// counts: the gateway sees the firewall's own.
    ///
    /// # Errors
    /// 403.
    pub(crate) fn check(self, call: &mut Call) -> Result<(), Problem> {
        let Some(expected) = self.0 else { return Ok(()) };
        let shown = call.headers.remove(PROOF).unwrap_or_default();
        if digest(&SHA256, shown.as_bytes()).as_ref() != expected {
            return Err(Problem::forbidden("Call the public name of this API."));
        }
        let viewer = call.headers.remove(VIEWER).filter(|ip| ip.parse::<IpAddr>().is_ok());
        call.source_ip = viewer;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of `secret`.
    const DIGEST: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    fn checked(front: Front, headers: &[(&str, &str)]) -> Result<Option<String>, u16> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let source_ip = Some("64.252.64.1".to_owned());
        let mut call = Call { headers: headers.collect(), source_ip, ..Call::default() };
        front.check(&mut call).map_err(|problem| problem.status)?;
        Ok(call.source_ip)
    }

    #[test]
    fn nobody_goes_around_the_firewall() {
        let front = Front::read(Some(DIGEST)).unwrap();
        for headers in [&[][..], &[(PROOF, "guess")], &[(PROOF, "")], &[(PROOF, DIGEST)]] {
            assert_eq!(checked(front, headers), Err(403), "{headers:?}");
        }
        assert!(checked(front, &[(PROOF, "secret")]).is_ok());
    }

    #[test]
    fn the_address_is_the_one_that_the_firewall_saw() {
        let front = Front::read(Some(DIGEST)).unwrap();
        let seen = |viewer| checked(front, &[(PROOF, "secret"), (VIEWER, viewer)]).unwrap();
        assert_eq!(seen("203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(seen("2001:db8::1").as_deref(), Some("2001:db8::1"));
        assert_eq!(seen("nonsense"), None, "never the firewall's own");
    }

    #[test]
    fn without_a_firewall_its_headers_say_nothing() {
        for front in [Front::default(), Front::read(None).unwrap(), Front::read(Some("")).unwrap()]
        {
            let seen = checked(front, &[(PROOF, "secret"), (VIEWER, "203.0.113.7")]).unwrap();
            assert_eq!(seen.as_deref(), Some("64.252.64.1"));
        }
    }

    #[test]
    fn a_digest_that_is_none_is_told() {
        for text in ["x", "secret", &DIGEST[1..], &format!("{DIGEST}0"), &"é".repeat(32)] {
            assert!(Front::read(Some(text)).is_err(), "{text}");
        }
    }
}
