//! Ids: a prefix that says what is named, and 128 bits in the text form of a ULID.
//!
//! Ids of sign-ups are derived from the request's idempotency key, with the last four bits zero;
//! the messages of a sign-up are its id plus the number of the send. So neither needs an index.

use std::{fmt, str::FromStr};

use ulid::Ulid;

use crate::ports::Chance;

/// Text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u128);

        impl $name {
            /// What stands before the ULID.
            pub const PREFIX: &'static str = $prefix;

            /// A new id of 128 random bits.
            pub fn random(chance: &impl Chance) -> Self {
                let mut bytes = [0; 16];
                chance.fill(&mut bytes);
                Self(u128::from_be_bytes(bytes))
            }

            /// The id with exactly these bits.
            #[must_use]
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn bits(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, Ulid(self.0))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let ulid = text.strip_prefix($prefix).ok_or(NotAnId)?;
                let id = Self(Ulid::from_string(ulid).map_err(|_| NotAnId)?.0);
                // One spelling each: an id is part of item keys.
                if id.to_string() == text { Ok(id) } else { Err(NotAnId) }
            }
        }
    };
}

id!(
    /// A store: one online shop.
    StoreId, "sto_"
);
id!(
    /// A sign-up: one registration attempt.
    SignupId, "sgn_"
);
id!(
    /// A message: one text or call to one number.
    MessageId, "msg_"
);
id!(
    /// A user: a shopper whose number was verified for a store.
    UserId, "usr_"
);
id!(
    /// An entry of the audit log.
    AuditId, "aud_"
);
id!(
    /// An import: one list of shoppers that a store brought.
    ImportId, "imp_"
);
id!(
    /// A consent: one entry of the ledger.
    ConsentId, "cns_"
);
id!(
    /// A complaint.
    ComplaintId, "cmp_"
);
id!(
    /// An export: everything that is held on one user.
    ExportId, "exp_"
);

/// How many messages a sign-up's id leaves room for.
const ROOM: u128 = 16;

impl SignupId {
    /// A sign-up's id from derived bits; the last four are cleared to make room for its messages.
    #[must_use]
    pub const fn derived(bits: u128) -> Self {
        Self(bits & !(ROOM - 1))
    }

    /// The id of the sign-up's `send`th message, 0 to 15.
    #[must_use]
    pub fn message(self, send: u8) -> MessageId {
        MessageId(self.0 | (u128::from(send) % ROOM))
    }

    /// The id of the text that welcomes its shopper: the last that it has room for.
    #[must_use]
    pub fn welcome(self) -> MessageId {
        MessageId(self.0 | (ROOM - 1))
    }

    /// The id of the consent that this sign-up gives at place `index` of its list.
    #[must_use]
    pub fn consent(self, index: u8) -> ConsentId {
        ConsentId(self.0 | (u128::from(index) % ROOM))
    }
}

impl MessageId {
    /// A letter's id from derived bits.
    #[must_use]
    pub const fn derived(bits: u128) -> Self {
        Self(bits)
    }

    /// The sign-up a message of these bits would belong to, and which send it is.
    #[must_use]
    pub fn signup(self) -> (SignupId, u8) {
        let send = u8::try_from(self.0 % ROOM).unwrap_or_default();
        (SignupId::derived(self.0), send)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_shows() {
        let id = SignupId::derived(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 30);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let text = SignupId::derived(0xff00).to_string();
        assert!(text.to_lowercase().parse::<SignupId>().is_err());
        assert!(text.replace("sgn_", "usr_").parse::<SignupId>().is_err());
        assert!("sgn_".parse::<SignupId>().is_err());
        assert!("sgn_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<SignupId>().is_err());
    }

    #[test]
    fn a_message_knows_its_signup() {
        let id = SignupId::derived(u128::MAX);
        assert_eq!(id.message(3).signup(), (id, 3));
    }
}
