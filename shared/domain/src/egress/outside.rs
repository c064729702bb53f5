//! URLs that a caller gave.

use std::{fmt, net::IpAddr};

use url::{Host, Url};

use super::is_public;

/// Longest URL, in bytes.
const LONGEST: usize = 2_048;

/// How far calls to hosts that a caller gave may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// To the public internet, by https.
    #[default]
    Internet,
    /// There, and to this very machine, by http too: for the local stage alone.
    Loopback,
}

impl Reach {
    /// The reach of a deployment's stage.
    #[must_use]
    pub fn of_stage(stage: &str) -> Self {
        if stage == "local" { Self::Loopback } else { Self::Internet }
    }

    /// Whether a connection to this address is within reach.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::Loopback && address.is_loopback())
    }
}

/// A URL on the outside: https, a host that may be public, a port on which services are offered
/// (443, or 1024 and above), and neither user, password nor fragment. Read as browsers read URLs
/// (WHATWG), so that `0x7f.1`, `127.1` and full-width digits are the addresses that they stand for.
///
/// That its host may be public says nothing of where its name leads: that is asked, and refused,
/// when it is called.
#[derive(Clone, PartialEq, Eq)]
pub struct Outside {
    url: Url,
    reach: Reach,
}

/// A URL may have a secret in its path or query.
impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outside({})", self.host())
    }
}

/// Why a URL is none that may be called: what it must be, as a sentence without its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOutside {
    /// It is no URL, or too long, or has a fragment.
    #[error("must be a URL of at most {LONGEST} characters, without a fragment")]
    NotUrl,
    /// It is another scheme's.
    #[error("must begin with https://")]
    NotHttps,
    /// It has a user or a password.
    #[error("must have no user and no password in it")]
    Userinfo,
    /// Nobody offers services to others there.
    #[error("must have the port 443, or one from 1024 up")]
    Port,
    /// It leads inside, or nowhere.
    #[error("must have a public host name, or a public address")]
    Host,
}

impl Outside {
    /// Reads a URL.
    ///
    /// # Errors
    /// See [`NotOutside`].
    pub fn parse(text: &str, reach: Reach) -> Result<Self, NotOutside> {
        let plain = |b: u8| b > b' ' && b != 0x7f && b != b'\\';
        if text.len() > LONGEST || !text.bytes().all(plain) {
            return Err(NotOutside::NotUrl);
        }
        let url = Url::parse(text).map_err(|_| NotOutside::NotUrl)?;
        if url.fragment().is_some() {
            return Err(NotOutside::NotUrl);
        }
        let near = reach == Reach::Loopback && is_loopback(&url);
        if url.scheme() != "https" && !(near && url.scheme() == "http") {
            return Err(NotOutside::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotOutside::Userinfo);
        }
        if !near && !url.port_or_known_default().is_some_and(|port| port == 443 || port >= 1024) {
            return Err(NotOutside::Port);
        }
        if near || may_be_public(&url) { Ok(Self { url, reach }) } else { Err(NotOutside::Host) }
    }

    /// The URL in its normal form. The one way out: a path may be a secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// Its host, in lower case and in ASCII.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether paths may be put below it: it has no query.
    #[must_use]
    pub fn is_base(&self) -> bool {
        self.url.query().is_none()
    }

    /// A URL of the same host: this one with `path`, which begins with a slash, after it.
    ///
    /// # Errors
    /// When that is no URL, or has another host.
    pub fn below(&self, path: &str) -> Result<Self, NotOutside> {
        let base = self.url.as_str().trim_end_matches('/');
        let below = Self::parse(&format!("{base}{path}"), self.reach)?;
        if below.url.origin() == self.url.origin() { Ok(below) } else { Err(NotOutside::Host) }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Names without a dot, and those that end in one, are resolved in the network that we are in.
fn may_be_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.contains('.') && !name.ends_with('.'),
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    }
}
