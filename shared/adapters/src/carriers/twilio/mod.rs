//! Twilio: a text by its Messages API, a call by its Calls API.
//!
//! <https://www.twilio.com/docs/messaging/api/message-resource>,
//! <https://www.twilio.com/docs/voice/api/call-resource>

mod codes;
mod hear;
mod spoken;

use doorstep_domain::{
    carrier::{Account, CarrierName, Content, FailureClass, Outcome, Outgoing, Spoken},
    ports::Carrier,
};

pub(super) use hear::hear;
pub(super) use spoken::answer;

use super::{
    http_settings::{HttpSettings, callback_url, form_body, traced},
    web::{self, Answer, Web, failed, unreadable},
};
use crate::system::SystemChance;

/// The bounds of `ValidityPeriod`, in seconds.
const VALIDITY: std::ops::RangeInclusive<i64> = 1..=36_000;
/// The longest `Twiml`, in characters.
const LONGEST_TWIML: usize = 4000;
/// Where calls are made.
const CALLS: &str = "Calls.json";
/// How long a call rings, in seconds: less than most voicemails wait.
const RING: &str = "20";
/// How long a call may last, in seconds.
const CALL: &str = "60";

type Form = Vec<(&'static str, String)>;

/// Twilio as a carrier.
pub struct Twilio {
    web: Web,
    base_url: String,
    public_url: String,
}

impl Twilio {
    /// Calls Twilio as the settings say.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        let HttpSettings { meter, base_url, public_url, .. } = settings;
        Self { web: Web::new(meter), base_url, public_url }
    }

    async fn post(
        &self,
        (account, message): (&Account, &Outgoing),
        (operation, resource): (&'static str, &str),
        form: Form,
    ) -> Outcome {
        let Some(token) = account.expose("auth_token") else {
            return failed(FailureClass::Configuration, "no_auth_token");
        };
        let url = format!("{}/2010-04-01/Accounts/{}/{resource}", self.base_url, account.id);
        let answer = self.web.send(operation, |client| {
            let call = client.post(url).basic_auth(&account.id, Some(token));
            form_body(traced(call, message), &form)
        });
        answer.await.map_or_else(|lost| lost, |answer| read(&answer, resource == CALLS))
    }
}

impl Carrier for Twilio {
    async fn send(&self, message: &Outgoing) -> Outcome {
        let Some(account) = message.account.as_deref().filter(|account| is_sid(&account.id)) else {
            return failed(FailureClass::Configuration, "no_account");
        };
        let callback = callback_url(&self.public_url, CarrierName::Twilio, message);
        match &message.content {
            Content::Text(text) => {
                let Some(sender) = sender(account, message.sender.as_deref()) else {
                    return failed(FailureClass::Configuration, "no_sender");
                };
                let seconds = message.validity.as_secs().clamp(*VALIDITY.start(), *VALIDITY.end());
                let mut form = vec![
                    ("To", message.to.expose().to_owned()),
                    sender,
                    ("Body", text.clone()),
                    ("ValidityPeriod", seconds.to_string()),
                    ("RiskCheck", "enable".to_owned()),
                ];
                form.extend(callback.map(|url| ("StatusCallback", url)));
                self.post((account, message), ("twilio.Messages", "Messages.json"), form).await
            }
            Content::Call(spoken) => {
                // The keypress is told to us, before the code is said.
                let Some(callback) = callback else {
                    return failed(FailureClass::Configuration, "no_public_url");
                };
                let Some(form) = call(account, message, spoken, callback) else {
                    return failed(FailureClass::Configuration, "no_caller");
                };
                self.post((account, message), ("twilio.Calls", CALLS), form).await
            }
        }
    }
}

/// Twilio's names of accounts and services: letters and digits.
fn is_sid(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Who a text comes from: the store's sender, else the account's number, else its service.
fn sender(account: &Account, store: Option<&str>) -> Option<(&'static str, String)> {
    let from = store.or_else(|| account.expose("from"));
    let service = account.expose("messaging_service_sid");
    let from = from.map(|from| {
        let is_service = from.len() == 34 && from.starts_with("MG") && is_sid(from);
        (if is_service { "MessagingServiceSid" } else { "From" }, from)
    });
    let (name, value) = from.or_else(|| service.map(|sid| ("MessagingServiceSid", sid)))?;
    Some((name, value.to_owned()))
}

/// The form of a call; `None` without a number to call from. A call never comes from a name.
fn call(account: &Account, message: &Outgoing, spoken: &Spoken, callback: String) -> Option<Form> {
    let numbers = [account.expose("voice_from"), message.sender.as_deref(), account.expose("from")];
    let from = numbers.into_iter().flatten().find(|from| from.starts_with('+'))?;
    let token = account.expose("auth_token")?;
    let say = spoken::seal(token, (message.scope.0, message.message), spoken, &SystemChance);
    let twiml = spoken::prompt(spoken, &format!("{callback}&say={say}"));
    (twiml.chars().count() <= LONGEST_TWIML).then(|| {
        vec![
            ("To", message.to.expose().to_owned()),
            ("From", from.to_owned()),
            ("Twiml", twiml),
            ("Timeout", RING.to_owned()),
            ("TimeLimit", CALL.to_owned()),
            ("StatusCallback", callback),
        ]
    })
}

fn read(answer: &Answer, is_call: bool) -> Outcome {
    let body = answer.json();
    if answer.is_good() {
        return web::id(&body["sid"]).map_or_else(unreadable, |carrier_message_id| {
            Outcome::Accepted { carrier_message_id }
        });
    }
    // What Twilio itself calls an error of its own is one, whatever its code says.
    let code = body["code"].as_u64().filter(|_| answer.status < 500);
    let told = code.map_or_else(|| format!("http_{}", answer.status), |code| code.to_string());
    failed(codes::refusal(code, answer.status, is_call), told)
}
