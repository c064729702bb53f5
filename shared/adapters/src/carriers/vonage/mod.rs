//! Vonage: a text by its SMS API, <https://developer.vonage.com/en/api/sms>.

mod codes;
mod hear;
mod signature;

use doorstep_domain::{
    carrier::{Account, CarrierName, FailureClass, Outcome, Outgoing},
    gsm7::{self, Encoding},
    ports::{Carrier, Clock},
};

pub(super) use hear::hear;

use super::{
    http_settings::{HttpSettings, account_url, callback_url, form_body, traced},
    web::{self, Answer, Web, failed, unreadable},
};
use crate::system::SystemClock;

/// The bounds of `ttl`, in milliseconds.
const TTL: std::ops::RangeInclusive<i128> = 20_000..=604_800_000;
/// The longest `callback`, in characters, as Vonage's own client has it.
const LONGEST_CALLBACK: usize = 100;

/// Vonage as a carrier.
pub struct Vonage {
    web: Web,
    base_url: String,
    public_url: String,
}

impl Vonage {
    /// Calls Vonage as the settings say.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        let HttpSettings { meter, base_url, public_url, .. } = settings;
        Self { web: Web::new(meter), base_url, public_url }
    }

    fn form(
        &self,
        account: &Account,
        message: &Outgoing,
    ) -> Result<Vec<(String, String)>, Outcome> {
        let no = |code| failed(FailureClass::Configuration, code);
        let text = message.text().ok_or_else(|| no("no_calls"))?;
        let from = message.sender.as_deref().or_else(|| account.expose("from"));
        let from = from.ok_or_else(|| no("no_sender"))?.trim_start_matches('+');
        let ttl = message.validity.as_millis().clamp(*TTL.start(), *TTL.end());
        let mut form = vec![
            ("api_key", account.id.clone()),
            ("from", from.to_owned()),
            ("to", message.to.expose().trim_start_matches('+').to_owned()),
            ("text", text.to_owned()),
            ("ttl", ttl.to_string()),
            ("client-ref", message.message.to_string()),
            ("status-report-req", "1".to_owned()),
        ];
        if gsm7::measure(text).encoding == Encoding::Ucs2 {
            form.push(("type", "unicode".to_owned()));
        }
        form.extend(self.callback(message).map(|url| ("callback", url)));
        let form = form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        authenticate(account, form).ok_or_else(|| no("no_secret"))
    }

    /// Where the receipt goes: naming the message where that is short enough; without either, the
    /// account's own setting counts. The message is in `client-ref` all the same.
    fn callback(&self, message: &Outgoing) -> Option<String> {
        let whole = callback_url(&self.public_url, CarrierName::Vonage, message);
        let short = account_url(&self.public_url, CarrierName::Vonage, message);
        [whole, short].into_iter().flatten().find(|url| url.len() <= LONGEST_CALLBACK)
    }
}

/// The form with the account's secret, or signed with it if the account says so.
fn authenticate(
    account: &Account,
    mut form: Vec<(String, String)>,
) -> Option<Vec<(String, String)>> {
    if account.expose("sign_requests") == Some("true") {
        form.push(("timestamp".to_owned(), SystemClock.now().as_second().to_string()));
        let signature = signature::Method::of(account)?.sign(&form);
        form.push(("sig".to_owned(), signature));
    } else {
        form.push(("api_secret".to_owned(), account.expose("api_secret")?.to_owned()));
    }
    Some(form)
}

impl Carrier for Vonage {
    async fn send(&self, message: &Outgoing) -> Outcome {
        let Some(account) = message.account.as_deref() else {
            return failed(FailureClass::Configuration, "no_account");
        };
        let form = match self.form(account, message) {
            Ok(form) => form,
            Err(refused) => return refused,
        };
        let url = format!("{}/sms/json", self.base_url);
        let answer = self
            .web
            .send("vonage.SendSms", |client| form_body(traced(client.post(url), message), &form));
        answer.await.map_or_else(|lost| lost, |answer| read(&answer))
    }
}

/// Success is not in the HTTP status but in that of each part.
fn read(answer: &Answer) -> Outcome {
    if !answer.is_good() {
        return failed(web::by_status(answer.status), format!("http_{}", answer.status));
    }
    let body = answer.json();
    let parts = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let refused: Vec<_> = parts.iter().filter(|part| part["status"] != "0").collect();
    match (parts.first(), refused.first()) {
        (None, _) => unreadable(),
        (Some(part), None) => {
            let id = web::id(&part["message-id"]);
            id.map_or_else(unreadable, |carrier_message_id| Outcome::Accepted {
                carrier_message_id,
            })
        }
        (Some(_), Some(part)) => {
            let Some(code) = part["status"].as_str() else { return unreadable() };
            let some = refused.len() < parts.len();
            let class = if some { FailureClass::MaybeSent } else { codes::class(code) };
            failed(class, code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Outcome {
        super::read(&Answer { status: 200, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn vonages_own_sample_is_accepted() {
        let sample = r#"{"message-count":"1","messages":[{"to":"447700900000",
            "message-id":"0A0000000123ABCD1","status":"0","remaining-balance":"3.14159265",
            "message-price":"0.03330000","network":"12345","client-ref":"my-personal-reference"}]}"#;
        let carrier_message_id = "0A0000000123ABCD1".to_owned();
        assert_eq!(read(sample), Outcome::Accepted { carrier_message_id });
    }

    #[test]
    fn a_text_of_which_a_part_was_refused_is_maybe_sent() {
        let parts = r#"{"messages":[{"status":"0","message-id":"a"},{"status":"1"}]}"#;
        assert_eq!(read(parts), failed(FailureClass::MaybeSent, "1"));
    }

    #[test]
    fn success_that_cannot_be_read_is_maybe_sent() {
        for body in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"messages":[]}"#,
            r#"{"messages":[{}]}"#,
            r#"{"messages":[{"status":"0"}]}"#,
        ] {
            assert_eq!(read(body), unreadable(), "{body}");
        }
    }
}
