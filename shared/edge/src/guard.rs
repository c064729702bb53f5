//! What no route takes.

use std::collections::HashSet;

use crate::{call::Call, problem::Problem};

/// Refuses a store that is none of the key's, and a test that there is not: whoever names one means
/// something by it.
///
/// # Errors
/// 404 and 400.
pub(crate) fn understood(call: &Call) -> Result<(), Problem> {
    if let Some(caller) = &call.caller {
        call.named_store(&caller.key)?;
    }
    match call.header("doorstep-test") {
        None | Some("limits") => Ok(()),
        Some(_) => Err(Problem::invalid("Doorstep-Test", "must be `limits`, or absent")),
    }
}

/// Drops a body where it means nothing (RFC 9110, 9.3.1 and 9.3.5), so that nothing reads it.
pub(crate) fn disembody(call: &mut Call) {
    if ["GET ", "DELETE ", "OPTIONS "].iter().any(|method| call.route.starts_with(method)) {
        call.body.clear();
    }
}

/// Refuses a body that is compressed: unpacking what a stranger packed costs memory, and no caller
/// needs it for 16 KiB.
///
/// # Errors
/// 415.
pub(crate) fn unpacked(call: &Call) -> Result<(), Problem> {
    let coding = call.header("content-encoding").unwrap_or("identity").trim();
    if call.body.is_empty() || coding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let detail = "Send the body as it is, without `Content-Encoding`.";
    Err(Problem::new(415, "malformed_json", detail))
}

/// Refuses a body that is longer than this.
///
/// # Errors
/// 413.
pub(crate) fn small(call: &Call, most: usize) -> Result<(), Problem> {
    if call.body.len() <= most {
        return Ok(());
    }
    let detail = format!("Send a body of at most {} KiB.", most / 1024);
    Err(Problem::new(413, "malformed_json", detail))
}

/// Refuses a query that says something twice: caches, firewalls and functions would each take
/// another one for it.
///
/// # Errors
/// 400 that points at it.
pub(crate) fn unambiguous(call: &Call) -> Result<(), Problem> {
    let query = call.target.split_once('?').map_or("", |(_, query)| query);
    let mut seen = HashSet::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if !seen.insert(name.clone()) {
            return Err(Problem::invalid(&format!("?{name}"), "must be given once"));
        }
    }
    Ok(())
}

/// Whether a content type is JSON in UTF-8: `application/json`, with no other charset.
pub(crate) fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let utf8 = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        !name.trim().eq_ignore_ascii_case("charset") || value.eq_ignore_ascii_case("utf-8")
    };
    kind.eq_ignore_ascii_case("application/json") && parts.all(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(coding: &str, body: &[u8]) -> Option<u16> {
        let headers = [("content-encoding".to_owned(), coding.to_owned())].into();
        let call = Call { headers, body: body.to_vec(), ..Call::default() };
        unpacked(&call).err().map(|problem| problem.status)
    }

    #[test]
    fn compressed_bodies_are_refused() {
        for coding in ["gzip", "br", "deflate", "zstd", "gzip, identity", "x"] {
            assert_eq!(packed(coding, b"{}"), Some(415), "{coding}");
            assert_eq!(packed(coding, b""), None, "{coding}, and nothing in it");
        }
        assert_eq!(packed("Identity", b"{}"), None);
        assert!(unpacked(&Call { body: b"{}".to_vec(), ..Call::default() }).is_ok());
    }

    #[test]
    fn a_query_says_everything_once() {
        let pointer = |target: &str| {
            let call = Call { target: target.to_owned(), ..Call::default() };
            unambiguous(&call).err().map(|problem| problem.errors[0].pointer.clone())
        };
        assert_eq!(pointer("/signups?limit=1&cursor=a"), None);
        assert_eq!(pointer("/signups"), None);
        assert_eq!(pointer("/signups?limit=1&limit=2"), Some("?limit".to_owned()));
        assert_eq!(pointer("/signups?limit=1&lim%69t=1"), Some("?limit".to_owned()));
    }

    #[test]
    fn json_is_said_in_utf_8() {
        for good in [
            "application/json",
            "Application/JSON ; Charset=\"UTF-8\"",
            "application/json;",
            "application/json; profile=x",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/jsonp",
            "application/json, text/plain",
            "application/json,application/json",
            "application/json; charset=utf-16",
            "application/json; charset",
            "application/json; charset=utf-8, text/plain",
            "text/plain; a=application/json",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
