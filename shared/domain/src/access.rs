//! Who may do what.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{Mode, id::StoreId, token::KeyDigest};

/// The part of a key that names it: 12 characters of base62.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
        /// Read what shoppers agreed to, and when, told what, and how.
        ConsentsRead = "consents:read",
        /// Write down what shoppers agreed to or took back; import lists; make preference links.
        ConsentsWrite = "consents:write",
        /// Read complaints, and what is held on a person.
        PrivacyRead = "privacy:read",
        /// Export and erase a person; answer complaints.
        PrivacyWrite = "privacy:write",
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
    /// The roles whose keys may be the whole deployment's.
    pub const OF_ALL_STORES: &'static [Self] = &[Self::Operator, Self::Finance, Self::Auditor];

    /// The scopes of this role. The one table: code, tests and documentation share it.
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        use Scope::{
            AuditRead, BudgetsRead, BudgetsWrite, ConsentsRead, ConsentsWrite, KeysRead, KeysWrite,
            LeversWrite, MessagesRead, MessagesWrite, SignupsRead, SignupsWrite, StoresRead,
            StoresWrite, TemplatesRead, TemplatesWrite, UsersRead,
        };
        match self {
            Self::Storefront => {
                &[SignupsWrite, SignupsRead, UsersRead, MessagesRead, ConsentsRead, ConsentsWrite]
            }
            Self::Marketer => &[
                SignupsRead,
                MessagesWrite,
                MessagesRead,
                TemplatesWrite,
                TemplatesRead,
                StoresRead,
                ConsentsRead,
                ConsentsWrite,
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
                ConsentsRead,
                ConsentsWrite,
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
                ConsentsRead,
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

/// What a token may never do, whatever its key may: a token that is stolen makes nothing that
/// outlives it.
pub const NOT_BY_TOKEN: Scope = Scope::KeysWrite;

/// How long a function may know a key that was deleted, or not know that it ends earlier.
pub const KEY_CACHE: SignedDuration = SignedDuration::from_secs(30);
/// How long a function may know a signing key that is gone.
pub const SIGNING_CACHE: SignedDuration = SignedDuration::from_secs(30);
/// How long what was revoked may open anything: all caches together, one after the other.
pub const REVOCATION: SignedDuration =
    SignedDuration::from_secs(KEY_CACHE.as_secs() + SIGNING_CACHE.as_secs());
const _: () = assert!(REVOCATION.as_secs() <= 60, "the contract promises 60 s");

/// Where a key comes from, where it went, and when it was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The key that it took over from.
    pub replaces: Option<KeyId>,
    /// The key that takes over from it; the newest, if there are several.
    pub rotated_to: Option<KeyId>,
    /// When it ends because another took over, if that is before it ends by itself.
    pub retires_at: Option<Timestamp>,
    /// The last day, UTC, on which it opened anything.
    pub last_used_day: Option<Date>,
}

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
    /// When it was made to end, if ever.
    pub expires_at: Option<Timestamp>,
    /// Where it comes from, and what became of it.
    pub history: History,
}

impl ApiKey {
    /// Whether it opens anything at this time.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at().is_none_or(|end| now < end)
    }

    /// When it ends, if ever: as it was made to, or when another took over.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.expires_at.into_iter().chain(self.history.retires_at).min()
    }

    /// The key as a token of it acts: with these scopes at most, and never [`NOT_BY_TOKEN`].
    #[must_use]
    pub fn narrowed(&self, scopes: &BTreeSet<Scope>) -> Self {
        let mut narrowed = self.clone();
        narrowed.scopes.retain(|scope| *scope != NOT_BY_TOKEN && scopes.contains(scope));
        narrowed
    }

    /// Whether it is the deployment's operator.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.store.is_none() && self.role == Some(Role::Operator)
    }

    /// Whether it may make, or rotate, a key with these scopes, store, mode and expiry: never more
    /// than itself. The one exception is the deployment's operator: it opens stores, and so makes
    /// their owners in both modes; and it lets people of the deployment look, as finance or auditor.
    #[must_use]
    pub fn may_make(&self, other: &Self) -> bool {
        let opens_a_store = self.is_operator() && other.store.is_some();
        let lets_look = self.is_operator() && other.looks_at_all_stores();
        let store = self.store.is_none() || other.store == self.store;
        let mode = opens_a_store || other.mode == self.mode;
        let scopes = opens_a_store || lets_look || other.scopes.is_subset(&self.scopes);
        let expiry = match (self.ends_at(), other.ends_at()) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => theirs <= mine,
            (Some(_), None) => false,
        };
        // An operator's key is the deployment's; a store's key is never one.
        let operator = other.role != Some(Role::Operator) || other.store.is_none();
        store && mode && scopes && expiry && operator
    }

    /// Whether it is a deployment's finance or auditor, with the scopes of that role at most.
    fn looks_at_all_stores(&self) -> bool {
        let role = self.role.filter(|role| matches!(role, Role::Finance | Role::Auditor));
        let within = |role: Role| self.scopes.iter().all(|scope| role.scopes().contains(scope));
        self.store.is_none() && role.is_some_and(within)
    }
}
