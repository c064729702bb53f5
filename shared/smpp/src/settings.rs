//! What an account with a carrier is made of.

use std::{fmt, num::NonZeroU32, time::Duration};

use crate::{alphabet::Alphabet, ids::IdBase, source::Source};

/// IANA's port for SMPP, and the usual one for SMPP over TLS.
const PORTS: (u16, u16) = (2775, 3550);

/// Why settings cannot be used. None shows a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not `smpp://host[:port]` or `smpps://host[:port]`.
    #[error("the carrier's address is smpp://host:port or smpps://host:port, and nothing after it")]
    Endpoint,
    /// Longer than SMPP's field, or not ASCII.
    #[error("system_id has up to 15 ASCII characters")]
    SystemId,
    /// Longer than SMPP's field, or not ASCII.
    #[error("password has up to 8 ASCII characters")]
    Password,
    /// Longer than SMPP's field, or not ASCII.
    #[error("system_type has up to 12 ASCII characters")]
    SystemType,
    /// Neither a number nor a name.
    #[error("the sender is +<number>, a short code, or 1 to 11 ASCII letters and digits")]
    Source,
    /// Not certificates in PEM, or a server name that TLS cannot check.
    #[error("the carrier's roots are one or more certificates in PEM")]
    Roots,
    /// An account's field of this name is missing, or is none of what it may be.
    #[error("the account's {0} is missing, or not what it may be")]
    Field(&'static str),
}

/// Where the carrier listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address; IPv6 without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the link begins with a TLS handshake (1.2 or 1.3).
    pub tls: bool,
}

impl Endpoint {
    /// Reads `smpp://host[:port]` or `smpps://host[:port]`; the ports are 2775 and 3550 when not
    /// told. User, path and query are refused: a secret has no place in an address.
    pub fn parse(url: &str) -> Result<Self, SettingsError> {
        let (tls, rest) = match url.split_once("://") {
            Some(("smpp", rest)) => (false, rest),
            Some(("smpps", rest)) => (true, rest),
            _ => return Err(SettingsError::Endpoint),
        };
        let default = if tls { PORTS.1 } else { PORTS.0 };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some(""))),
            None => {
                rest.split_once(':').map_or((rest, Some("")), |(host, port)| (host, Some(port)))
            }
        };
        let port = match port.ok_or(SettingsError::Endpoint)? {
            "" => default,
            digits => digits.parse().map_err(|_| SettingsError::Endpoint)?,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:_".contains(c);
        if host.is_empty() || port == 0 || !host.chars().all(plain) {
            return Err(SettingsError::Endpoint);
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

/// A password that does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Keeps the password.
    #[must_use]
    pub const fn new(password: String) -> Self {
        Self(password)
    }

    /// The password in clear. The one way out: look for its callers when reviewing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Who may vouch for the carrier's certificate. There is no way to trust nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's list.
    #[default]
    Public,
    /// The carrier's own authority alone: certificates in PEM.
    Pem(String),
}

/// How a text of several parts goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LongMessage {
    /// A user data header `05 00 03 ref total seq` before each part: every carrier takes it.
    #[default]
    Udh,
    /// The TLVs `sar_msg_ref_num`, `sar_total_segments` and `sar_segment_seqnum`.
    Sar,
    /// The whole text in the TLV `message_payload`; the carrier cuts it.
    Payload,
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For TCP and TLS together: 1 s.
    pub connect: Duration,
    /// For the answer to a bind or a submit: 4 s.
    pub answer: Duration,
    /// For the answer to an `enquire_link` or an `unbind`: 500 ms.
    pub enquire: Duration,
    /// For a text with all that it needs: 12 s, less than a sender's claim on a message lasts.
    pub whole: Duration,
    /// How long a transmitter trusts a link that nobody was heard on, by wall clock: 10 s.
    pub idle: Duration,
    /// How often a receiver asks whether the link is alive: 30 s.
    pub keepalive: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            answer: Duration::from_secs(4),
            enquire: Duration::from_millis(500),
            whole: Duration::from_secs(12),
            idle: Duration::from_secs(10),
            keepalive: Duration::from_secs(30),
        }
    }
}

/// An account with a carrier, and the carrier's habits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// Who vouches for it.
    pub roots: Roots,
    /// Who we are: up to 15 ASCII characters.
    pub system_id: String,
    /// How we prove it: up to 8 ASCII characters.
    pub password: Password,
    /// What the carrier wants here, often nothing: up to 12 ASCII characters.
    pub system_type: String,
    /// Whom the shopper sees.
    pub source: Source,
    /// What its default alphabet really is.
    pub alphabet: Alphabet,
    /// How it writes message ids.
    pub ids: IdBase,
    /// How it takes a text of several parts.
    pub long: LongMessage,
    /// How many submits may wait for their answers: 10, which carriers commonly name.
    pub window: NonZeroU32,
    /// How many submits a second the contract allows: 30, Vonage's default.
    pub rate: NonZeroU32,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl Settings {
    /// An account with the usual habits; the other fields may be set afterwards.
    #[must_use]
    pub fn new(endpoint: Endpoint, system_id: String, password: Password, source: Source) -> Self {
        Self {
            endpoint,
            roots: Roots::default(),
            system_id,
            password,
            system_type: String::new(),
            source,
            alphabet: Alphabet::default(),
            ids: IdBase::default(),
            long: LongMessage::default(),
            window: NonZeroU32::MIN.saturating_add(9),
            rate: NonZeroU32::MIN.saturating_add(29),
            timeouts: Timeouts::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_port_and_tls() {
        let parsed = |url: &str| Endpoint::parse(url).map(|e| (e.host, e.port, e.tls));
        let expected = |host: &str, port, tls| Ok((host.to_owned(), port, tls));
        assert_eq!(parsed("smpp://smsc.example:2776"), expected("smsc.example", 2776, false));
        assert_eq!(parsed("smpp://127.0.0.1"), expected("127.0.0.1", 2775, false));
        assert_eq!(parsed("smpps://smsc.example/"), expected("smsc.example", 3550, true));
        assert_eq!(parsed("smpps://[::1]:3601"), expected("::1", 3601, true));
        assert_eq!(parsed("smpp://[::1]"), expected("::1", 2775, false));
    }

    #[test]
    fn an_address_with_anything_else_is_refused() {
        for url in [
            "",
            "smsc.example:2775",
            "https://smsc.example",
            "smpp://",
            "smpp://:2775",
            "smpp://me:secret@smsc.example",
            "smpp://smsc.example/path",
            "smpp://smsc.example?x=1",
            "smpp://smsc.example:0",
            "smpp://smsc.example:99999",
            "smpp://[::1",
            "smpp://[::1]x",
            "smpp://a b",
        ] {
            assert_eq!(Endpoint::parse(url), Err(SettingsError::Endpoint), "{url}");
        }
    }

    #[test]
    fn settings_never_show_the_password() {
        let endpoint = Endpoint::parse("smpp://smsc.example").unwrap();
        let source = Source::parse("SHOP").unwrap();
        let password = Password::new("s3cr3t".to_owned());
        let settings = Settings::new(endpoint, "shop".to_owned(), password, source);
        assert!(!format!("{settings:?}").contains("s3cr3t"));
    }
}
