//! Who hears what: each carrier's webhooks, read under the account that they are for.

use doorstep_domain::{
    carrier::{Account, CarrierName},
    hear::{Callback, Document, Heard, NotHeard},
    ports::Hearing,
    webhook::Proved,
};

use super::{http, twilio, vonage};

/// Hears the carriers that report by webhook. End User Messaging reports by a topic of ours:
/// see [`eum::event`](super::eum::event). Whoever reports by Standard Webhooks is heard by
/// [`standard::hear`](super::standard::hear).
#[derive(Debug, Clone, Copy, Default)]
pub struct Ears;

impl Hearing for Ears {
    fn hear(
        &self,
        account: &Account,
        callback: &Callback<'_>,
    ) -> Result<Proved<Vec<Heard>>, NotHeard> {
        match account.carrier {
            CarrierName::Twilio => twilio::hear(account, callback),
            CarrierName::Vonage => vonage::hear(account, callback),
            CarrierName::Http => http::hear(account, callback),
            CarrierName::Sandbox
            | CarrierName::Sandbox2
            | CarrierName::Eum
            | CarrierName::Sns
            | CarrierName::Smpp => Err(NotHeard::Unproven),
        }
    }

    fn pressed(
        &self,
        account: &Account,
        callback: &Callback<'_>,
    ) -> Result<Option<Proved<Document>>, NotHeard> {
        match account.carrier {
            CarrierName::Twilio => twilio::answer(account, callback),
            _ => Ok(None),
        }
    }
}
