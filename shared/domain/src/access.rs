//! Who may do what.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::Timestamp;

use crate::{Mode, id::StoreId, token::KeyDigest};

/// The part of a key that names it: 12 characters of base62.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(pub(crate) String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyId {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let id = text.len() == 12 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        id.then(|| Self(text.to_owned())).ok_or(Unknown)
    }
}

/// Where a key may live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// On a server.
    Secret,
    /// In a browser: starts, reads, resends and verifies sign-ups from the store's origins.
    Publishable,
}

impl Kind {
    /// What a key of this kind begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Secret => "dst_",
            Self::Publishable => "dstpk_",
        }
    }
}

/// Not a name of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a name of this list")]
pub struct Unknown;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$item])* $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the API and at rest.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::access::Unknown;

            fn from_str(text: &str) -> Result<Self, crate::access::Unknown> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(crate::access::Unknown) }
            }
        }
    };
}
pub(crate) use names;

names!(
    /// What a key may do.
    Scope {
        /// Start, resend and verify sign-ups.
        SignupsWrite = "signups:write",
        /// Read sign-ups.
        SignupsRead = "signups:read",
        /// See the phone numbers of verified users.
        UsersRead = "users:read",
        /// Reset the sandbox; send messages.
        MessagesWrite = "messages:write",
        /// Read delivery status and the sandbox's inbox.
        MessagesRead = "messages:read",
        /// Save templates and go back to older versions.
        TemplatesWrite = "templates:write",
        /// Read and preview templates.
        TemplatesRead = "templates:read",
        /// Create stores and change settings.
        StoresWrite = "stores:write",
        /// Read stores and settings.
        StoresRead = "stores:read",
        /// Make and delete keys.
        KeysWrite = "keys:write",
        /// List keys.
        KeysRead = "keys:read",
        /// Pull the levers: limits, routes, kill switch, allow-list.
        LeversWrite = "levers:write",
        /// Set budgets.
        BudgetsWrite = "budgets:write",
        /// Read budgets and what is left of them.
        BudgetsRead = "budgets:read",
        /// Read the audit log.
        AuditRead = "audit:read",
    }
);

names!(
    /// A set of scopes with a name.
    Role {
        /// The shop's server.
        Storefront = "storefront",
        /// Campaigns and consent.
        Marketer = "marketer",
        /// Builds the integration.
        Developer = "developer",
        /// Reads costs.
        Finance = "finance",
        /// Reads what happened.
        Auditor = "auditor",
        /// Everything of one store.
        Owner = "owner",
        /// The deployment: stores and keys, no personal data.
        Operator = "operator",
    }
);

impl Role {
    /// The scopes of this role. The one table: code, tests and documentation share it.
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        use Scope::{
            AuditRead, BudgetsRead, BudgetsWrite, KeysRead, KeysWrite, LeversWrite, MessagesRead,
            MessagesWrite, SignupsRead, SignupsWrite, StoresRead, StoresWrite, TemplatesRead,
            TemplatesWrite, UsersRead,
        };
        match self {
            Self::Storefront => &[SignupsWrite, SignupsRead, UsersRead, MessagesRead],
            Self::Marketer => &[
                SignupsRead,
                MessagesWrite,
                MessagesRead,
                TemplatesWrite,
                TemplatesRead,
                StoresRead,
            ],
            Self::Developer => &[
                SignupsWrite,
                SignupsRead,
                UsersRead,
                MessagesWrite,
                MessagesRead,
                TemplatesWrite,
                TemplatesRead,
                StoresRead,
                LeversWrite,
            ],
            Self::Finance => &[TemplatesRead, StoresRead, BudgetsWrite, BudgetsRead],
            Self::Auditor => &[
                SignupsRead,
                MessagesRead,
                TemplatesRead,
                StoresRead,
                KeysRead,
                BudgetsRead,
                AuditRead,
            ],
            Self::Owner => Scope::ALL,
            Self::Operator => &[
                StoresWrite,
                StoresRead,
                KeysWrite,
                KeysRead,
                LeversWrite,
                BudgetsWrite,
                BudgetsRead,
                AuditRead,
            ],
        }
    }
}

/// What a publishable key may do, whatever else it says.
pub const PUBLISHABLE_SCOPES: &[Scope] = &[Scope::SignupsWrite, Scope::SignupsRead];

/// A key as it is stored.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// The part that names it.
    pub id: KeyId,
    /// What it is for, in the words of who made it.
    pub name: String,
    /// Secret or publishable.
    pub kind: Kind,
    /// The mode that it opens.
    pub mode: Mode,
    /// Its store; `None` for the whole deployment.
    pub store: Option<StoreId>,
    /// The role that it was made with, if any.
    pub role: Option<Role>,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// SHA-256 of its secret.
    pub digest: KeyDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at this time.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it may make a key with these scopes, store, mode and expiry: never more than itself.
    #[must_use]
    pub fn may_make(&self, other: &Self) -> bool {
        let is_operator = self.store.is_none() && self.role == Some(Role::Operator);
        // The deployment's operator opens stores: owners of both modes.
        let opens_a_store = is_operator && other.store.is_some();
        let store = self.store.is_none() || other.store == self.store;
        let mode = opens_a_store || other.mode == self.mode;
        let scopes = opens_a_store || other.scopes.is_subset(&self.scopes);
        let expiry = match (self.expires_at, other.expires_at) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => theirs <= mine,
            (Some(_), None) => false,
        };
        // An operator's key is the deployment's; a store's key is never one.
        let operator = other.role != Some(Role::Operator) || other.store.is_none();
        store && mode && scopes && expiry && operator
    }
}
