//! Sealing of personal data: AES-256-GCM, bound to where the value stands.
//!
//! Format: `1` (format), key version (u16, big endian), nonce (12 bytes), ciphertext and tag.
//! Additional data: a label, store, mode, item key and attribute, each with its length before it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::{Mode, id::StoreId, ports::Chance};

/// The first byte of each sealed value.
const FORMAT: u8 = 1;
/// Format, key version and nonce.
const HEADER: usize = 1 + 2 + NONCE_LEN;
const LABEL: &[u8] = b"doorstep/seal/1";

/// Which generation of a store's root a value was made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyVersion(pub u16);

/// Where a sealed value stands: it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The item's key, such as `SGN#sgn_…`.
    pub item: &'a str,
    /// The attribute's name.
    pub attribute: &'a str,
}

/// A sealed value did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short, or of a format that this version does not know.
    #[error("a sealed value has an unknown format")]
    Format,
    /// Sealed under a key version that the store does not have.
    #[error("a sealed value names an unknown key version")]
    Version(KeyVersion),
    /// Changed, moved to another place, or sealed under another key.
    #[error("a sealed value does not open here")]
    Broken,
}

/// One version of a store's sealing key.
pub(crate) struct SealKey(LessSafeKey);

impl SealKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key");
        Self(LessSafeKey::new(key))
    }

    pub(crate) fn seal(
        &self,
        version: KeyVersion,
        scope: (StoreId, Mode),
        place: Place<'_>,
        plain: &[u8],
        chance: &impl Chance,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        chance.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + 16);
        sealed.push(FORMAT);
        sealed.extend(version.0.to_be_bytes());
        sealed.extend(nonce);
        let mut body = plain.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(additional_data(scope, place)),
                &mut body,
            )
            .expect("a value in memory is shorter than AES-GCM's limit of 64 GiB");
        sealed.extend(body);
        sealed
    }

    pub(crate) fn open(
        &self,
        scope: (StoreId, Mode),
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; NONCE_LEN] =
            sealed.get(3..HEADER).and_then(|n| n.try_into().ok()).ok_or(SealError::Format)?;
        let mut body = sealed[HEADER..].to_vec();
        let aad = Aad::from(additional_data(scope, place));
        let length = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_| SealError::Broken)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

/// The key version that a sealed value names.
pub(crate) fn version_of(sealed: &[u8]) -> Result<KeyVersion, SealError> {
    match sealed {
        [FORMAT, high, low, ..] if sealed.len() >= HEADER => {
            Ok(KeyVersion(u16::from_be_bytes([*high, *low])))
        }
        _ => Err(SealError::Format),
    }
}

fn additional_data((store, mode): (StoreId, Mode), place: Place<'_>) -> Vec<u8> {
    let store = store.to_string();
    framed(
        LABEL,
        &[
            store.as_bytes(),
            mode.as_str().as_bytes(),
            place.item.as_bytes(),
            place.attribute.as_bytes(),
        ],
    )
}

/// A label and parts, each with its length before it, so that no two lists look alike.
pub(crate) fn framed(label: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in std::iter::once(&label).chain(parts) {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(*part);
    }
    bytes
}
