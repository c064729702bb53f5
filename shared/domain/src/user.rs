//! Shoppers: those whose number is verified, and those whom a store knows.

use jiff::Timestamp;

use crate::{
    carrier::CarrierName,
    id::{MessageId, SignupId, UserId},
    message::Letter,
    phone::PhoneNumber,
};

/// What the shop told of a shopper. Personal data: `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// The shop's own id.
    pub external_id: Option<String>,
    /// Name, without control and bidirectional characters.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Customer(…)")
    }
}

/// The proof that a number belongs to whoever typed the code or confirmed the link. Only
/// [`crate::verify`] and [`crate::confirm`] make one.
#[derive(Debug)]
pub struct Verified {
    phone: PhoneNumber,
}

impl Verified {
    pub(crate) const fn proven(phone: PhoneNumber) -> Self {
        Self { phone }
    }

    /// The number that was proven.
    #[must_use]
    pub const fn phone(&self) -> &PhoneNumber {
        &self.phone
    }
}

/// A shopper whose number was verified, or whom the store brought along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their number.
    pub phone: PhoneNumber,
    /// What the shop told of them.
    pub customer: Customer,
    /// When the number was proven last; never, for one that was only brought along.
    pub verified_at: Option<Timestamp>,
    /// When it was proven first.
    pub first_verified_at: Option<Timestamp>,
    /// The sign-up that proved it last.
    pub signup: Option<SignupId>,
    /// When the store brought them along; never, for one that signed up by themselves.
    pub brought_at: Option<Timestamp>,
}

/// A shopper whom a store brought along: whose number nobody proved.
#[derive(Debug, Clone)]
pub struct Brought {
    /// Their id.
    pub id: UserId,
    /// Their number.
    pub phone: PhoneNumber,
    /// The shop's own id.
    pub external_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What a verification writes, at once or not at all.
#[derive(Debug)]
pub struct Registration {
    /// The sign-up, pending until now.
    pub signup: SignupId,
    /// The user, new or known.
    pub user: UserId,
    /// The proof.
    pub verified: Verified,
    /// What the shop told of the shopper; replaces what was known, leaves what was not told.
    pub customer: Customer,
    /// When.
    pub at: Timestamp,
    /// The text that welcomes them, if there is one.
    pub welcome: Option<(MessageId, Box<Letter>)>,
    /// How many tries the sign-up had used, this one included.
    pub tries: u8,
    /// The carrier that chance chose for its text, if any: its health counts the typed code.
    pub drawn: Option<CarrierName>,
}
