//! API keys and attempt secrets: the plain form, shown once, and the digest, stored.

use std::{collections::BTreeSet, fmt};

use aws_lc_rs::digest::{SHA256, digest};

use crate::{
    Mode,
    access::{KeyId, Kind, Scope},
    id::StoreId,
    keys::equal_in_constant_time,
    ports::Chance,
    replay::ReplayKeys,
    seal::framed,
    store::Store,
};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of a key's id: 71 bits, enough to be unique.
const ID: usize = 12;
/// Characters of a key's secret: 256 bits.
const SECRET: usize = 43;
/// Characters of the CRC-32 at the end, which turns typing errors and fakes away without a read.
const CHECK: usize = 6;

/// A key to the API as its holder sends it: `dst_live_` (secret) or `dstpk_live_` (publishable),
/// then id, secret and CRC-32 in base62. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainKey {
    kind: Kind,
    mode: Mode,
    id: KeyId,
    secret: String,
}

impl PlainKey {
    /// A new key.
    pub fn random(kind: Kind, mode: Mode, chance: &impl Chance) -> Self {
        let secret = match kind {
            Kind::Secret => random_text(SECRET, chance),
            Kind::Publishable => String::new(),
        };
        Self { kind, mode, id: KeyId(random_text(ID, chance)), secret }
    }

    /// Reads a key; `None` for anything that no Doorstep ever made.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = match text.strip_prefix("dst_") {
            Some(rest) => (Kind::Secret, rest),
            None => (Kind::Publishable, text.strip_prefix("dstpk_")?),
        };
        let (mode, rest) = rest.split_once('_')?;
        let secret = if kind == Kind::Secret { SECRET } else { 0 };
        let base62 = rest.bytes().all(|b| b.is_ascii_alphanumeric());
        if rest.len() != ID + secret + CHECK || !base62 {
            return None;
        }
        let (body, check) = text.split_at(text.len() - CHECK);
        (check == check_digits(body)).then_some(())?;
        Some(Self {
            kind,
            mode: mode.parse().ok()?,
            id: KeyId(rest[..ID].to_owned()),
            secret: rest[ID..ID + secret].to_owned(),
        })
    }

    /// The whole key. Shown once, when it is made.
    #[must_use]
    pub fn expose(&self) -> String {
        let body = format!("{}{}_{}{}", self.kind.prefix(), self.mode, self.id, self.secret);
        let check = check_digits(&body);
        body + &check
    }

    /// Secret or publishable.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The mode that it opens.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The part that names it.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The keys of this holder's replay records; a publishable key has no secret, and none.
    #[must_use]
    pub fn replay_keys(&self, store: Option<StoreId>) -> Option<ReplayKeys> {
        (self.kind == Kind::Secret).then(|| {
            // Not what is stored: the stored digest opens nothing.
            let root = digest(&SHA256, format!("replay/{}", self.secret).as_bytes());
            let root = root.as_ref().try_into().expect("SHA-256 has 32 bytes");
            ReplayKeys::new(root, (store.unwrap_or(Store::DEPLOYMENT), self.mode))
        })
    }

    /// What a token of this key with these scopes carries for its replay records. The key's own
    /// records stay closed to it, and those of tokens with other scopes.
    #[must_use]
    pub fn token_replay(&self, scopes: &BTreeSet<Scope>) -> [u8; 32] {
        let scopes = scopes.iter().map(|scope| scope.as_str().as_bytes());
        let parts: Vec<_> = std::iter::once(self.secret.as_bytes()).chain(scopes).collect();
        let digest = digest(&SHA256, &framed(b"doorstep/token-replay/1", &parts));
        digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// What is stored of it. A secret has 256 bits, so that a plain SHA-256 is enough.
    #[must_use]
    pub fn digest(&self) -> KeyDigest {
        let digest = digest(&SHA256, self.secret.as_bytes());
        KeyDigest(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainKey({})", self.id)
    }
}

/// What is stored of a key.
#[derive(Clone)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Brings back a stored digest.
    #[must_use]
    pub const fn restore(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        equal_in_constant_time(&self.0, &other.0)
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

/// What the browser that started a sign-up holds, so that nobody else can read or verify it.
#[derive(Clone)]
pub struct AttemptSecret(String);

impl AttemptSecret {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|b| char::from(ALPHABET[usize::from(*b) % 62])).collect())
    }

    /// The secret. Shown in the answer that starts the sign-up, and its replays.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is the secret, in constant time.
    #[must_use]
    pub fn matches(&self, shown: &str) -> bool {
        equal_in_constant_time(self.0.as_bytes(), shown.as_bytes())
    }
}

impl fmt::Debug for AttemptSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptSecret(…)")
    }
}

fn check_digits(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[rest % 62];
        rest /= 62;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// Base62 without bias: bytes of 248 and above are thrown away.
pub(crate) fn random_text(length: usize, chance: &impl Chance) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        chance.fill(&mut bytes);
        let fair = bytes.iter().filter(|b| **b < 248).map(|b| ALPHABET[usize::from(*b) % 62]);
        text.extend(fair.take(length - text.len()).map(char::from));
    }
    text
}
