//! The line that binds a code to the shop's host, so that a phone offers it there and nowhere else.
//! WICG, "Origin-bound one-time codes delivered via SMS".

use std::fmt;

use crate::code::Code;

/// What a bound message says.
#[derive(Clone, PartialEq, Eq)]
pub struct Bound<'a> {
    /// The host that the code is for, without scheme and port.
    pub host: &'a str,
    /// The code.
    pub code: &'a str,
    /// The host of the frame that the code is for, where it is embedded in a page of `host`.
    pub embedded: Option<&'a str>,
}

impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, embedded, .. } = self;
        f.debug_struct("Bound")
            .field("host", host)
            .field("embedded", embedded)
            .finish_non_exhaustive()
    }
}

/// The last line of a text with a code: `@shop.example #123456`.
#[must_use]
pub fn line(host: &str, code: &Code) -> String {
    format!("@{host} #{}", code.expose())
}

/// What a browser reads from a message's last line, or `None` where it is no bound message. What
/// follows the code, and is no embedded host, is ignored, as the specification asks.
#[must_use]
pub fn parse(message: &str) -> Option<Bound<'_>> {
    let line = message.rsplit(['\n', '\r']).next()?;
    let (host, rest) = token(line, '@')?;
    let (code, rest) = token(rest.strip_prefix(' ')?, '#')?;
    let embedded = rest.strip_prefix(' ').and_then(|rest| token(rest, '@'));
    Some(Bound { host, code, embedded: embedded.map(|(host, _)| host) })
}

/// The characters up to white space after this marker, and what follows them.
fn token(text: &str, marker: char) -> Option<(&str, &str)> {
    let text = text.strip_prefix(marker)?;
    let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
