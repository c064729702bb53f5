//! Cloudflare Turnstile: a challenge that tells people from programs
//! (<https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>).

use std::sync::Arc;

use doorstep_domain::{Fault, guard::Expected, ports::Challenges, usage::Meter};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{carriers::web::Web, secrets::Secret};

/// Where tokens are looked at, unless the deployment says otherwise.
pub const SITEVERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
/// The longest token; Cloudflare's own bound.
const LONGEST: usize = 2_048;

/// Asks Cloudflare about tokens.
pub struct Turnstile {
    web: Web,
    url: String,
    /// Where the secret key is; `None` when it is known.
    secret: Option<Secret>,
    /// The secret key, once it was needed.
    opened: OnceCell<String>,
}

impl Turnstile {
    /// Asks at this URL, [`SITEVERIFY`] in production, with the widget's secret key.
    #[must_use]
    pub fn new(meter: Arc<Meter>, url: String, secret: Secret) -> Self {
        Self { web: Web::new(meter), url, secret: Some(secret), opened: OnceCell::new() }
    }

    /// The same with a secret key that is at hand, such as one of Cloudflare's test keys.
    #[must_use]
    pub fn with_key(meter: Arc<Meter>, url: String, key: String) -> Self {
        Self { web: Web::new(meter), url, secret: None, opened: OnceCell::new_with(Some(key)) }
    }

    async fn read(&self) -> Result<String, Fault> {
        match &self.secret {
            Some(secret) => secret.read().await,
            None => Err(Fault::new("ask Turnstile", "no_secret")),
        }
    }
}

impl Challenges for Turnstile {
    async fn solved(&self, token: &str, expected: &Expected) -> Result<bool, Fault> {
        if token.is_empty() || token.len() > LONGEST {
            return Ok(false);
        }
        let secret = self.opened.get_or_try_init(|| self.read()).await?;
        let asked = question(secret, token, expected);
        let sent = self.web.send("turnstile:siteverify", |web| {
            let json = web.post(&self.url).header("content-type", "application/json");
            json.body(asked.to_string())
        });
        let answer = sent.await.map_err(|_| Fault::new("ask Turnstile", "unreachable"))?;
        judge(&answer.json(), expected)
    }
}

fn question(secret: &str, token: &str, expected: &Expected) -> Value {
    let mut question = json!({"secret": secret, "response": token});
    if let Some(source) = expected.source {
        question["remoteip"] = json!(source.to_string());
    }
    question
}

/// What an answer means. A token counts that was solved on one of the store's hosts, and bound to
/// this very send by `cdata`. Cloudflare takes each token once and for five minutes.
fn judge(answer: &Value, expected: &Expected) -> Result<bool, Fault> {
    match answer["success"].as_bool() {
        Some(true) => {
            let host = answer["hostname"].as_str().unwrap_or_default();
            let ours = expected.hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
            Ok(ours && answer["cdata"].as_str() == Some(&expected.binding))
        }
        Some(false) if is_ours_to_mend(answer) => Err(Fault::new("ask Turnstile", "refused")),
        Some(false) => Ok(false),
        None => Err(Fault::new("ask Turnstile", "unreadable")),
    }
}

/// Troubles that are no shopper's: a wrong secret, a malformed request, Cloudflare's own.
fn is_ours_to_mend(answer: &Value) -> bool {
    let codes = answer["error-codes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours = ["missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"];
    codes.iter().filter_map(Value::as_str).any(|code| ours.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected {
            binding: "0f".to_owned(),
            hosts: vec!["shop.example".to_owned(), "pay.shop.example".to_owned()],
            source: Some([203, 0, 113, 7].into()),
        }
    }

    /// An answer as Cloudflare documents it.
    fn solved(hostname: &str, cdata: &str) -> Value {
        json!({"success": true, "challenge_ts": "2027-01-01T12:00:00.000Z", "hostname": hostname,
               "error-codes": [], "action": "signup", "cdata": cdata})
    }

    #[test]
    fn a_token_counts_on_the_stores_hosts_for_the_send_that_it_is_bound_to() {
        let judged = |host, cdata| judge(&solved(host, cdata), &expected()).unwrap();
        assert!(judged("shop.example", "0f") && judged("PAY.shop.example", "0f"));
        assert!(!judged("evil.example", "0f"), "solved on another site");
        assert!(!judged("shop.example.evil.example", "0f"));
        assert!(!judged("shop.example", "0e"), "bound to another send");
        assert!(
            !judge(&json!({"success": true, "hostname": "shop.example"}), &expected()).unwrap()
        );
    }

    #[test]
    fn a_shoppers_bad_token_is_no_and_our_own_trouble_is_a_fault() {
        let failed = |code: &str| json!({"success": false, "error-codes": [code]});
        for code in ["invalid-input-response", "timeout-or-duplicate", "missing-input-response"] {
            assert!(!judge(&failed(code), &expected()).unwrap(), "{code}");
        }
        for answer in [failed("invalid-input-secret"), failed("internal-error"), Value::Null] {
            judge(&answer, &expected()).unwrap_err();
        }
    }

    #[test]
    fn cloudflare_is_told_the_token_and_the_address() {
        let asked = question("secret", "token", &expected());
        let all = json!({"secret": "secret", "response": "token", "remoteip": "203.0.113.7"});
        assert_eq!(asked, all);
        let unknown = Expected { source: None, ..expected() };
        assert!(question("secret", "token", &unknown).get("remoteip").is_none());
    }
}
