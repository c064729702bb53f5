//! What the environment says of Turnstile.

/// A widget of Turnstile's, whose tokens count beside proofs of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widget {
    /// `TURNSTILE_SITE_KEY`: what browsers show it by; no secret.
    pub site_key: String,
    /// `TURNSTILE_SECRET`: ARN of the secret in Secrets Manager that has its secret key.
    pub secret: String,
    /// `TURNSTILE_URL`: where tokens are looked at, if not at Cloudflare's; https, but on the local
    /// stage.
    pub url: Option<String>,
}

impl Widget {
    /// `None` without a site key and a secret: then the proof of work stands alone.
    pub(super) fn from(
        get: impl Fn(&str) -> Option<String>,
        local: bool,
        troubles: &mut Vec<String>,
    ) -> Option<Self> {
        let url = get("TURNSTILE_URL");
        let loopback = |url: &String| local && url.starts_with("http://127.0.0.1:");
        if url.as_ref().is_some_and(|url| !url.starts_with("https://") && !loopback(url)) {
            troubles.push("TURNSTILE_URL must begin with https://.".to_owned());
        }
        match (get("TURNSTILE_SITE_KEY"), get("TURNSTILE_SECRET")) {
            (Some(site_key), Some(secret)) => Some(Self { site_key, secret, url }),
            (None, None) => None,
            _ => {
                let both = "TURNSTILE_SITE_KEY and TURNSTILE_SECRET need each other.";
                troubles.push(both.to_owned());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], local: bool) -> Result<Option<Widget>, usize> {
        let get = |name: &str| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        };
        let mut troubles = Vec::new();
        let widget = Widget::from(get, local, &mut troubles);
        if troubles.is_empty() { Ok(widget) } else { Err(troubles.len()) }
    }

    const KEYS: [(&str, &str); 2] = [("TURNSTILE_SITE_KEY", "1x0"), ("TURNSTILE_SECRET", "arn")];

    #[test]
    fn a_widget_has_both_keys_or_there_is_none() {
        assert_eq!(read(&[], false), Ok(None));
        assert_eq!(read(&KEYS, false).unwrap().unwrap().site_key, "1x0");
        for half in KEYS {
            assert_eq!(read(&[half], false), Err(1), "{half:?}");
        }
    }

    #[test]
    fn tokens_go_by_https_but_for_a_stand_in_on_the_local_stage() {
        let at = |url, local| read(&[KEYS[0], KEYS[1], ("TURNSTILE_URL", url)], local).is_ok();
        assert!(at("https://turnstile.example/siteverify", false));
        assert!(at("http://127.0.0.1:4601", true));
        assert!(!at("http://127.0.0.1:4601", false));
        assert!(!at("http://turnstile.example", true));
    }
}
