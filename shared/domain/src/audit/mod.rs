//! Who did what to the deployment, who was refused, and who could not say who they are.
//!
//! Entries hold ids, names of actions and networks: no personal data and no secret. They are only
//! ever added; [`chain`] puts them in an order that nobody can change unnoticed.

pub mod bound;
pub mod chain;
pub mod verify;

use std::{fmt, str::FromStr};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use crate::{
    Mode,
    access::{KeyId, Role, Scope, names},
    id::{AuditId, StoreId},
    seal::framed,
};

names!(
    /// What was done or tried.
    Action {
        /// Make a key.
        ApiKeyCreate = "api_key.create",
        /// Replace a key's secret.
        ApiKeyRotate = "api_key.rotate",
        /// Delete a key.
        ApiKeyDelete = "api_key.delete",
        /// Ask for a shopper's data.
        ExportCreate = "export.create",
        /// Erase a shopper.
        UserErase = "user.erase",
        /// Change or remove a connector's credentials.
        ConnectorChange = "connector.change",
        /// Put, change or remove a carrier account.
        CarrierChange = "carrier.change",
        /// Get leave for one of the actions above.
        NonceCreate = "nonce.create",
        /// Open a store.
        StoreCreate = "store.create",
        /// Change a store's settings.
        StoreChange = "store.change",
        /// Change what all stores inherit.
        DefaultsChange = "defaults.change",
        /// Pin a country's carriers.
        RouteChange = "route.change",
        /// Change a limit.
        LimitChange = "limit.change",
        /// Stop or start sending.
        KillSwitchChange = "kill_switch.change",
        /// Change which numbers pass the limits.
        AllowListChange = "allow_list.change",
        /// Let codes be tried again for a number.
        CodesEnable = "codes.enable",
        /// Change a budget.
        BudgetChange = "budget.change",
        /// Note a complaint's progress or outcome.
        ComplaintChange = "complaint.change",
        /// Any other call.
        Call = "call",
    }
);

impl Action {
    /// The actions that need a nonce.
    pub const NONCED: &'static [Self] = &[
        Self::ApiKeyCreate,
        Self::ApiKeyRotate,
        Self::ApiKeyDelete,
        Self::ExportCreate,
        Self::UserErase,
        Self::ConnectorChange,
        Self::CarrierChange,
    ];

    /// What a key must be allowed to get a nonce for it.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::ApiKeyCreate | Self::ApiKeyRotate | Self::ApiKeyDelete => Scope::KeysWrite,
            Self::ExportCreate | Self::UserErase => Scope::PrivacyWrite,
            _ => Scope::StoresWrite,
        }
    }
}

names!(
    /// How it ended.
    Outcome {
        /// It was let through. The entry comes before the change: what fails afterwards leaves an
        /// entry without a change, and nothing leaves a change without an entry.
        Done = "done",
        /// The key may not do this, or not without a fresh nonce.
        Refused = "refused",
        /// No key, or none that is known, or a signature that is not good.
        FailedAuthentication = "failed_authentication",
    }
);

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When, in milliseconds.
    pub at: Timestamp,
    /// Whose log it is in: a store's, or [`Store::DEPLOYMENT`](crate::store::Store::DEPLOYMENT)'s.
    pub store: StoreId,
    /// The mode of the key that called.
    pub mode: Mode,
    /// The key that called. One that failed is the one that was named.
    pub actor: Option<KeyId>,
    /// That key's role.
    pub role: Option<Role>,
    /// What was done or tried.
    pub action: Action,
    /// To what: an id, a country, or the route of a call.
    pub target: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The stable code of a refusal.
    pub code: Option<String>,
    /// The caller's network: the /24 of an IPv4 address, the /48 of an IPv6 address.
    pub network: Option<String>,
    /// The answer's `Request-Id`.
    pub request_id: String,
    /// How many refusals like it were not written since the one before: see [`bound`].
    pub suppressed: u32,
}

impl AuditEntry {
    /// Where it is kept.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place { store: self.store, mode: self.mode, at: self.at, id: self.id }
    }

    /// Its place in a list: newer ones are greater.
    #[must_use]
    pub fn cursor(&self) -> String {
        self.place().cursor()
    }

    /// SHA-256 of everything that it says.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let known = |text: Option<&str>| text.map(|text| format!("={text}")).unwrap_or_default();
        let parts = [
            self.id.to_string(),
            self.at.as_millisecond().to_string(),
            self.store.to_string(),
            self.mode.to_string(),
            known(self.actor.as_ref().map(ToString::to_string).as_deref()),
            known(self.role.map(Role::as_str)),
            self.action.as_str().to_owned(),
            known(self.target.as_deref()),
            self.outcome.as_str().to_owned(),
            known(self.code.as_deref()),
            known(self.network.as_deref()),
            self.request_id.clone(),
            self.suppressed.to_string(),
        ];
        Hash::of(b"doorstep/audit-entry/1", &parts)
    }
}

/// Where an entry is kept. Places sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub id: AuditId,
    /// Whose log.
    pub store: StoreId,
    /// In which mode.
    pub mode: Mode,
}

impl Place {
    /// Milliseconds and id: newer ones are greater.
    #[must_use]
    pub fn cursor(&self) -> String {
        format!("{:013}#{}", self.at.as_millisecond(), self.id)
    }
}

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first link.
    pub const NONE: Self = Self([0; 32]);

    /// Of a label and parts, each with its length before it.
    pub(crate) fn of(label: &[u8], parts: &[impl AsRef<[u8]>]) -> Self {
        let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        let digest = digest(&SHA256, &framed(label, &parts));
        Self(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Text that is not a hash: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a hash")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut bytes = [0; 32];
        let plain = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        plain.then_some(()).ok_or(NotAHash)?;
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| NotAHash)?;
        }
        let hash = Self(bytes);
        if hash.to_string() == text { Ok(hash) } else { Err(NotAHash) }
    }
}
