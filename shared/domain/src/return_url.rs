//! Where a shopper may be sent back to.

/// Whether a shop's list allows this URL: it is listed, or lies below a listed one, where the path
/// goes on at a segment or with a query. `https://shop.example/join` allows `/join`, `/join/done`
/// and `/join?x=1` of that very origin, and neither `/joined` nor another port.
#[must_use]
pub fn allowed(listed: &[String], url: &str) -> bool {
    is_plain(url) && listed.iter().any(|listed| url == listed || is_below(url, listed))
}

fn is_below(url: &str, listed: &str) -> bool {
    let Some(rest) = url.strip_prefix(listed) else { return false };
    let folder = listed.ends_with('/') && listed.len() > "https://".len();
    !listed.contains('?') && (folder || rest.starts_with(['/', '?']))
}

/// https, in characters that mean one thing to all who read URLs, and no way up: a browser takes
/// `..`, also as `%2e%2e`, for the folder above.
fn is_plain(url: &str) -> bool {
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#@".contains(&b));
    let path = url.split('?').next().unwrap_or_default().to_ascii_lowercase();
    let up = path.contains("%2e") || path.split('/').any(|segment| matches!(segment, "." | ".."));
    let hidden = path.contains("%2f") || path.contains("%5c");
    url.starts_with("https://") && plain && !up && !hidden
}

/// The origin of a listed URL: what stands before its path.
#[must_use]
pub fn origin(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?.split(['/', '?']).next()?;
    (!host.is_empty()).then(|| &url[..url.len().min("https://".len() + host.len())])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed() -> Vec<String> {
        [
            "https://shop.example/join",
            "https://app.example",
            "https://a.example/f/",
            "https://q.example/?x=1",
        ]
        .map(str::to_owned)
        .into()
    }

    #[test]
    fn a_listed_url_allows_itself_and_what_lies_below() {
        for good in [
            "https://shop.example/join",
            "https://shop.example/join/done",
            "https://shop.example/join?order=7",
            "https://app.example",
            "https://app.example/anything?x=%2e",
            "https://a.example/f/",
            "https://a.example/f/g",
            "https://q.example/?x=1",
        ] {
            assert!(allowed(&listed(), good), "{good}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for wrong in [
            "",
            "https://shop.example",
            "https://shop.example/joined",
            "https://shop.example/join/../admin",
            "https://shop.example/join/%2E%2e/admin",
            "https://shop.example/join/..%2fadmin",
            "https://shop.example/join/\\evil.example",
            "https://shop.example/join#x",
            "http://shop.example/join",
            "https://app.example.evil.example",
            "https://app.example:8443/",
            "https://app.example@evil.example/",
            "https://a.example/f",
            "https://q.example/?x=1&y=2",
            "//app.example/",
            "javascript:alert(1)",
            "https://app.example/\r\nx",
        ] {
            assert!(!allowed(&listed(), wrong), "{wrong}");
        }
        assert!(!allowed(&["https://".to_owned()], "https://evil.example"));
        assert!(!allowed(&[], "https://shop.example/join"));
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for url in
            ["https://a.example:8443", "https://a.example:8443/x", "https://a.example:8443?x"]
        {
            assert_eq!(origin(url), Some("https://a.example:8443"));
        }
        assert_eq!(origin("https:///x"), None);
    }

    proptest! {
        /// Whatever is allowed stays at the origin of something listed.
        #[test]
        fn nothing_leaves_the_listed_origins(rest in "[./?@:%\\\\a-z2e]{0,12}", at in 0..4_usize) {
            let listed = listed();
            let url = format!("{}{rest}", listed[at]);
            if allowed(&listed, &url) {
                prop_assert_eq!(origin(&url), origin(&listed[at]));
            }
        }
    }
}
