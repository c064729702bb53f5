//! The document that describes a carrier.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    members::{At, ShapeError},
    receipt::{Inbound, Receipt},
    request::Send,
};

/// Carriers that are known by name, as GOV.UK Notify's public clients speak to them:
/// alphagov/notifications-api, app/clients/sms.
const PRESETS: [(&str, &str); 2] = [
    ("mmg", include_str!("presets/mmg.json")),
    ("firetext", include_str!("presets/firetext.json")),
];
/// Placeholders that are no fields of the account, nor need to be.
const GIVEN: [&str; 9] = [
    "to",
    "to_digits",
    "text",
    "from",
    "message",
    "validity_seconds",
    "callback_url",
    "callback_url_basic",
    "account",
];

/// How a carrier is spoken to, and how it reports.
#[derive(Debug, Clone)]
pub struct Shape {
    pub(super) send: Send,
    pub(super) receipt: Option<Receipt>,
    pub(super) inbound: Option<Inbound>,
}

impl Shape {
    /// Reads a preset's name or a JSON document.
    ///
    /// # Errors
    /// When it is neither, or a member is missing, unknown or not what it must be.
    pub fn parse(text: &str) -> Result<Self, ShapeError> {
        let preset = PRESETS.iter().find(|(name, _)| *name == text);
        let document = preset.map_or(text, |(_, document)| document);
        let value: Value = serde_json::from_str(document).map_err(|_| ShapeError {
            pointer: String::new(),
            problem: "must be mmg, firetext or a JSON document",
        })?;
        let at = At::root(&value).object(&["send", "receipt", "inbound"])?;
        Ok(Self {
            send: Send::read(at.need("send")?)?,
            receipt: at.find("receipt").map(Receipt::read).transpose()?,
            inbound: at.find("inbound").map(Inbound::read).transpose()?,
        })
    }

    /// The fields that an account of this shape needs, in order; all of them are secrets.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let proofs = [
            self.receipt.as_ref().map(|receipt| &receipt.proof),
            self.inbound.as_ref().map(|inbound| &inbound.proof),
        ];
        let mut names: BTreeSet<_> = self.send.names();
        names.extend(proofs.into_iter().flatten().flat_map(|proof| proof.names()));
        names.into_iter().filter(|name| !GIVEN.contains(name)).collect()
    }
}
