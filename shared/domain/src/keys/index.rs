//! What look-ups go by: 128 bits of a keyed HMAC, and the version of its key.

use crate::seal::KeyVersion;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name {
            pub(super) version: KeyVersion,
            pub(super) digest: [u8; 16],
        }

        impl $name {
            /// As it stands in item keys: the key version and 128 bits in hexadecimal.
            #[must_use]
            pub fn as_text(&self) -> String {
                format!("{}.{:032x}", self.version.0, u128::from_be_bytes(self.digest))
            }

            /// Reads back what [`Self::as_text`] wrote.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                let (version, digest) = text.split_once('.')?;
                let digest = u128::from_str_radix(digest, 16).ok()?.to_be_bytes();
                Some(Self { version: KeyVersion(version.parse().ok()?), digest })
            }
        }
    };
}

index!(
    /// A phone number under a store's keyed HMAC.
    PhoneIndex
);
index!(
    /// A shop's own customer id under a store's keyed HMAC.
    ExternalIndex
);
index!(
    /// A request's body under a store's keyed HMAC: the same body, the same fingerprint.
    Fingerprint
);
index!(
    /// A request's idempotency key under a store's keyed HMAC.
    RequestKey
);

index!(
    /// A range of ten thousand numbers under a keyed HMAC.
    PrefixIndex
);
index!(
    /// An IP address, or a shop's session, under a store's keyed HMAC.
    SourceIndex
);

impl PhoneIndex {
    /// The first 64 of its bits.
    pub(crate) const fn tag(&self) -> u64 {
        (u128::from_be_bytes(self.digest) >> 64) as u64
    }
}

impl PrefixIndex {
    pub(crate) const fn new((version, digest): (KeyVersion, [u8; 16])) -> Self {
        Self { version, digest }
    }
}

impl SourceIndex {
    pub(crate) const fn new((version, digest): (KeyVersion, [u8; 16])) -> Self {
        Self { version, digest }
    }
}
