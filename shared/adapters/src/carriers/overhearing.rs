//! Who is heard by other ways than a carrier's own webhook.

use doorstep_domain::{
    carrier::Account,
    hear::{Callback, Heard, NotHeard},
    ports::{Hearing, Overhearing},
    webhook::Proved,
};

use super::{eum, standard};

/// Hears whoever reports by Standard Webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardEars;

impl Hearing for StandardEars {
    fn hear(
        &self,
        account: &Account,
        callback: &Callback<'_>,
    ) -> Result<Proved<Vec<Heard>>, NotHeard> {
        standard::hear(account, callback)
    }
}

/// Hears the topics of End User Messaging.
#[derive(Debug, Clone, Copy, Default)]
pub struct EumEars;

impl Overhearing for EumEars {
    fn overhear(&self, message: &str) -> Option<Heard> {
        let receipt = eum::event(message).map(Heard::Receipt);
        receipt.or_else(|| eum::inbound(message).map(Heard::Text))
    }
}
