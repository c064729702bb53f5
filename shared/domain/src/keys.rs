//! The keys of a store, derived from its two roots by HKDF-SHA-256.
//!
//! The root for personal data gives the keys that seal, index and fingerprint; the root for codes
//! gives the keys that make codes and links. Each root has versions: the newest seals, all open.

mod index;

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    hkdf::{HKDF_SHA256, KeyType, Salt},
    hmac::{self, HMAC_SHA256},
};

pub use self::index::{
    ExternalIndex, Fingerprint, PhoneIndex, PrefixIndex, RequestKey, SourceIndex,
};
use crate::{
    Mode,
    code::{Code, CodeSeed},
    id::{MessageId, SignupId, StoreId},
    link::{LinkToken, Match},
    phone::PhoneNumber,
    ports::Chance,
    seal::{KeyVersion, Place, SealError, SealKey, framed, version_of},
    token::AttemptSecret,
};

/// What a root is for; part of the encryption context under which it is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RootUse {
    /// Personal data.
    Data,
    /// Codes and links.
    Codes,
}

impl RootUse {
    /// `data` or `codes`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Codes => "codes",
        }
    }
}

/// An unwrapped root: 32 random bytes, never at rest.
pub struct Root([u8; 32]);

impl Root {
    /// Takes the bytes that the key service unwrapped.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn derive(&self, scope: (StoreId, Mode), label: &str) -> [u8; 32] {
        struct Bytes32;
        impl KeyType for Bytes32 {
            fn len(&self) -> usize {
                32
            }
        }
        let store = scope.0.to_string();
        let info = framed(label.as_bytes(), &[store.as_bytes(), scope.1.as_str().as_bytes()]);
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, b"doorstep/1")
            .extract(&self.0)
            .expand(&[&info], Bytes32)
            .and_then(|okm| okm.fill(&mut key))
            .expect("HKDF-SHA-256 gives 32 bytes");
        key
    }

    pub(crate) fn sealing(&self, scope: (StoreId, Mode), label: &str) -> SealKey {
        SealKey::new(&self.derive(scope, label))
    }

    pub(crate) fn hmac(&self, scope: (StoreId, Mode), label: &str) -> hmac::Key {
        hmac::Key::new(HMAC_SHA256, &self.derive(scope, label))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(…)")
    }
}

struct DataKey {
    seal: SealKey,
    phone: hmac::Key,
    external: hmac::Key,
    request: hmac::Key,
    secret: hmac::Key,
    guard: hmac::Key,
    matching: hmac::Key,
}

/// The keys for a store's personal data in one mode.
pub struct DataKeys {
    store: StoreId,
    mode: Mode,
    sealing: KeyVersion,
    indexing: KeyVersion,
    versions: BTreeMap<KeyVersion, DataKey>,
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKeys({}, {}, {} versions)", self.store, self.mode, self.versions.len())
    }
}

impl DataKeys {
    /// Derives the keys. The newest root seals; `indexing` is the version of all indexes, which
    /// only a re-keying job moves. `None` when a named version is missing.
    #[must_use]
    pub fn new(
        store: StoreId,
        mode: Mode,
        roots: &[(KeyVersion, Root)],
        indexing: KeyVersion,
    ) -> Option<Self> {
        let scope = (store, mode);
        let versions: BTreeMap<_, _> = roots
            .iter()
            .map(|(version, root)| {
                let key = DataKey {
                    seal: root.sealing(scope, "seal"),
                    phone: root.hmac(scope, "index/phone"),
                    external: root.hmac(scope, "index/external"),
                    request: root.hmac(scope, "request"),
                    secret: root.hmac(scope, "attempt-secret"),
                    guard: root.hmac(scope, "guard"),
                    matching: root.hmac(scope, "match"),
                };
                (*version, key)
            })
            .collect();
        let sealing = *versions.last_key_value()?.0;
        versions.contains_key(&indexing).then_some(())?;
        Some(Self { store, mode, sealing, indexing, versions })
    }

    /// Whose keys these are.
    #[must_use]
    pub const fn scope(&self) -> (StoreId, Mode) {
        (self.store, self.mode)
    }

    /// Seals `plain` for one place, under the newest version.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], chance: &impl Chance) -> Vec<u8> {
        let key = &self.versions[&self.sealing].seal;
        key.seal(self.sealing, self.scope(), place, plain, chance)
    }

    /// Opens what was sealed for this place, under whichever version.
    ///
    /// # Errors
    /// When the value was changed, moved, or sealed under a version that is gone.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let version = version_of(sealed)?;
        let key = self.versions.get(&version).ok_or(SealError::Version(version))?;
        key.seal.open(self.scope(), place, sealed)
    }

    /// The index of a phone number.
    #[must_use]
    pub fn phone_index(&self, phone: &PhoneNumber) -> PhoneIndex {
        let digest = first_half(&self.index_key().phone, &[phone.expose().as_bytes()]);
        PhoneIndex { version: self.indexing, digest }
    }

    /// Every index that a phone number ever had: one for each version, that of now first.
    #[must_use]
    pub fn phone_indexes(&self, phone: &PhoneNumber) -> Vec<PhoneIndex> {
        let older = self.versions.iter().rev().filter(|(version, _)| **version != self.indexing);
        let older = older.map(|(version, key)| {
            let digest = first_half(&key.phone, &[phone.expose().as_bytes()]);
            PhoneIndex { version: *version, digest }
        });
        std::iter::once(self.phone_index(phone)).chain(older).collect()
    }

    /// The index of a shop's own customer id.
    #[must_use]
    pub fn external_index(&self, id: &str) -> ExternalIndex {
        let digest = first_half(&self.index_key().external, &[id.as_bytes()]);
        ExternalIndex { version: self.indexing, digest }
    }

    /// The fingerprint of a request to `call` with this body.
    #[must_use]
    pub fn fingerprint(&self, call: &str, body: &[u8]) -> Fingerprint {
        let digest = first_half(&self.index_key().request, &[b"body", call.as_bytes(), body]);
        Fingerprint { version: self.indexing, digest }
    }

    /// Whether `known` is the fingerprint of this, under whichever version it was made.
    #[must_use]
    pub fn is_fingerprint(&self, known: &Fingerprint, call: &str, body: &[u8]) -> bool {
        let Some(key) = self.versions.get(&known.version) else { return false };
        let digest = first_half(&key.request, &[b"body", call.as_bytes(), body]);
        equal_in_constant_time(&digest, &known.digest)
    }

    /// The index of an `Idempotency-Key` sent to `call`.
    #[must_use]
    pub fn request_key(&self, call: &str, idempotency_key: &str) -> RequestKey {
        let parts: &[&[u8]] = &[b"key", call.as_bytes(), idempotency_key.as_bytes()];
        RequestKey { version: self.indexing, digest: first_half(&self.index_key().request, parts) }
    }

    /// 128 bits that follow from an id and what they are for: the same, however often it comes.
    #[must_use]
    pub fn derived(&self, what_for: &str, id: &str) -> u128 {
        u128::from_be_bytes(self.request_key(what_for, id).digest)
    }

    /// The sign-up that a request with this `Idempotency-Key` opens: always the same one.
    #[must_use]
    pub fn signup_id(&self, idempotency_key: &str) -> SignupId {
        let key = self.request_key("POST /signups", idempotency_key);
        SignupId::derived(u128::from_be_bytes(key.digest))
    }

    /// The letter that a request with this `Idempotency-Key` writes: always the same one.
    #[must_use]
    pub fn letter_id(&self, idempotency_key: &str) -> MessageId {
        let key = self.request_key("POST /messages", idempotency_key);
        MessageId::derived(u128::from_be_bytes(key.digest))
    }

    /// An index under the key of the guards.
    pub(crate) fn guard_index(&self, parts: &[&[u8]]) -> (KeyVersion, [u8; 16]) {
        (self.indexing, first_half(&self.index_key().guard, parts))
    }

    /// What a browser must show to read, resend and verify this sign-up.
    #[must_use]
    pub fn attempt_secret(&self, id: SignupId, seed: &CodeSeed) -> AttemptSecret {
        let tag = tag(&self.index_key().secret, &[id.to_string().as_bytes(), &seed.nonce]);
        AttemptSecret::new(&tag[..32])
    }

    /// The two digits that the page which started a link shows: HMAC-SHA-256 over attempt and
    /// nonce, the first 64 bits modulo 100. Under the version that indexes its phone, to which the
    /// sign-up is pinned; `None` when that is gone.
    ///
    /// They come from the root of personal data, since the function that starts sign-ups shows
    /// them and must never hold the root of codes. They prove nothing without the link's token.
    #[must_use]
    pub fn link_match(&self, id: SignupId, seed: &CodeSeed, phone: &PhoneIndex) -> Option<Match> {
        let key = &self.versions.get(&phone.version)?.matching;
        let tag = tag(key, &[b"match", id.to_string().as_bytes(), &seed.nonce]);
        let bits = u64::from_be_bytes(tag[..8].try_into().expect("a tag has 32 bytes"));
        Some(Match::from_bits(bits))
    }

    /// What is kept of digits that took a link's one try.
    #[must_use]
    pub fn match_fingerprint(&self, id: SignupId, typed: &Match) -> Fingerprint {
        let route = format!("POST /l/{{token}} {id}");
        self.fingerprint(&route, typed.expose().as_bytes())
    }

    fn index_key(&self) -> &DataKey {
        &self.versions[&self.indexing]
    }
}

struct CodeKey {
    code: hmac::Key,
    link: hmac::Key,
}

/// The keys for a store's codes and links in one mode.
pub struct CodeKeys {
    store: StoreId,
    mode: Mode,
    versions: BTreeMap<KeyVersion, CodeKey>,
}

impl fmt::Debug for CodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeKeys({}, {}, {} versions)", self.store, self.mode, self.versions.len())
    }
}

impl CodeKeys {
    /// Derives the keys of each version.
    #[must_use]
    pub fn new(store: StoreId, mode: Mode, roots: &[(KeyVersion, Root)]) -> Self {
        let scope = (store, mode);
        let key = |root: &Root| CodeKey {
            code: root.hmac(scope, "code"),
            link: root.hmac(scope, "link"),
        };
        let versions = roots.iter().map(|(version, root)| (*version, key(root))).collect();
        Self { store, mode, versions }
    }

    /// Whose keys these are.
    #[must_use]
    pub const fn scope(&self) -> (StoreId, Mode) {
        (self.store, self.mode)
    }

    /// The code of an attempt: HMAC-SHA-256 over store, mode, attempt and nonce, the first 64 bits
    /// modulo 10⁶. The same on every redelivery, failover and resend. `None` when the attempt's
    /// key version is gone.
    #[must_use]
    pub fn code(&self, id: SignupId, seed: &CodeSeed) -> Option<Code> {
        let tag = self.tag(&self.versions.get(&seed.version)?.code, b"code", (id, seed));
        let bits = u64::from_be_bytes(tag[..8].try_into().expect("a tag has 32 bytes"));
        Some(Code::from_bits(bits))
    }

    /// The link of an attempt: made as the code is, under a key and a label of its own, its first
    /// 128 bits. `None` when the attempt's key version is gone.
    #[must_use]
    pub fn link(&self, id: SignupId, seed: &CodeSeed) -> Option<LinkToken> {
        let tag = self.tag(&self.versions.get(&seed.version)?.link, b"link", (id, seed));
        let half = tag[..16].try_into().expect("half of 32 bytes is 16");
        Some(LinkToken::new(self.scope(), id, half))
    }

    fn tag(&self, key: &hmac::Key, label: &[u8], (id, seed): (SignupId, &CodeSeed)) -> [u8; 32] {
        let (store, id) = (self.store.to_string(), id.to_string());
        let mode = self.mode.as_str().as_bytes();
        tag(key, &[label, store.as_bytes(), mode, id.as_bytes(), &seed.nonce])
    }
}

fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let tag = hmac::sign(key, &framed(b"doorstep/1", parts));
    tag.as_ref().try_into().expect("an HMAC-SHA-256 tag has 32 bytes")
}

fn first_half(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 16] {
    tag(key, parts)[..16].try_into().expect("half of 32 bytes is 16")
}

/// Compares secrets without telling where they differ.
#[must_use]
pub fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    verify_slices_are_equal(a, b).is_ok()
}
