//! The keys that sign access tokens: Ed25519, one at a time for the deployment.
//!
//! The private half is sealed under the deployment's live keys, so that only a function that may
//! unwrap them can sign; the public half is in clear, so that every function can verify.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault, Mode,
    open_store::{blank, first_roots},
    ports::{Chance, Clock, KeyRing, Roots, SigningKeys, Stores},
    seal::Place,
    start::in_milliseconds,
    store::{Saved, Store},
};

/// How long a token lives.
pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// How long a key signs.
pub const SIGNS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How much longer than its last token a key is known: other clocks, and caches of signers.
const SLACK: SignedDuration = SignedDuration::from_mins(5);
/// How often somebody else may be faster before a signer gives up.
const TRIES: usize = 3;

/// A signing key as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name in tokens (`kid`): 64 bits of its public half, in hexadecimal.
    pub id: String,
    /// The public half.
    pub public: [u8; 32],
    /// The private half, sealed; gone once it no longer signs.
    pub sealed: Option<Vec<u8>>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When the next one took over.
    pub retired_at: Option<Timestamp>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

impl SigningKey {
    /// Whether this signature of the message is this key's.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(message, signature).is_ok()
    }

    fn is_known(&self, now: Timestamp) -> bool {
        self.retired_at.is_none_or(|at| now < at + TOKEN_LIFE + SLACK)
    }
}

/// The deployment's signing keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    /// Who signs: stands in each token, and stays when keys change.
    pub issuer: String,
    /// The keys, the one that signs first.
    pub keys: Vec<SigningKey>,
    /// Goes up with each change.
    pub revision: u64,
}

impl KeySet {
    /// The keys whose tokens may still live.
    pub fn known(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(move |key| key.is_known(now))
    }

    /// The key of this name, if its tokens may still live.
    #[must_use]
    pub fn find(&self, id: &str, now: Timestamp) -> Option<&SigningKey> {
        self.known(now).find(|key| key.id == id)
    }

    fn signing(&self, now: Timestamp) -> Option<&SigningKey> {
        let newest = self.keys.first()?;
        (newest.retired_at.is_none() && now < newest.made_at + SIGNS_FOR).then_some(newest)
    }

    /// The next revision, with a new key in front.
    fn renewed(&self, key: SigningKey, now: Timestamp) -> Self {
        let retired = self.known(now).cloned().map(|old| SigningKey {
            sealed: None,
            retired_at: old.retired_at.or(Some(now)),
            ..old
        });
        let keys = std::iter::once(key).chain(retired).collect();
        Self { issuer: self.issuer.clone(), keys, revision: self.revision + 1 }
    }
}

/// Signs tokens.
pub struct Signer {
    /// The name of its key.
    pub key: String,
    /// Who signs.
    pub issuer: String,
    pair: Ed25519KeyPair,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.key)
    }
}

impl Signer {
    /// The signature of a message, 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// What a signer needs of storage.
pub trait Ports: SigningKeys + Stores + Clock + Chance {}
impl<P: SigningKeys + Stores + Clock + Chance> Ports for P {}

/// The signer of the deployment; its key is made when there is none, or the last one has signed
/// for 30 days.
///
/// # Errors
/// When a port is broken.
pub async fn signer(ports: &impl Ports, kms: &(impl Roots + KeyRing)) -> Result<Signer, Fault> {
    let deployment = deployment(ports, kms).await?;
    let keys = kms.data(&deployment, Mode::Live).await?;
    for _ in 0..TRIES {
        let now = in_milliseconds(ports.now());
        let set = ports.key_set().await?;
        if let Some((set, key)) = set.as_ref().and_then(|set| Some((set, set.signing(now)?))) {
            let corrupt = || Fault::corrupt("a signing key");
            let sealed = key.sealed.as_ref().ok_or_else(corrupt)?;
            let seed = keys.open(place(&key.id), sealed).map_err(|_| corrupt())?;
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| corrupt())?;
            return Ok(Signer { key: key.id.clone(), issuer: set.issuer.clone(), pair });
        }
        let (key, seed) = fresh(ports, now)?;
        let sealed = Some(keys.seal(place(&key.id), &seed, ports));
        let key = SigningKey { sealed, ..key };
        let next = match set {
            Some(set) => set.renewed(key, now),
            None => KeySet { issuer: issuer(ports), keys: vec![key], revision: 0 },
        };
        // Whoever was faster made the key that signs.
        ports.save_key_set(&next).await?;
        ports.forget_key_set();
    }
    Err(Fault::new("make a signing key", "conflict"))
}

/// A key that is not sealed yet, and its private half.
fn fresh(chance: &impl Chance, now: Timestamp) -> Result<(SigningKey, [u8; 32]), Fault> {
    let mut seed = [0; 32];
    chance.fill(&mut seed);
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
        .map_err(|_| Fault::corrupt("a new signing key"))?;
    let public: [u8; 32] = pair.public_key().as_ref().try_into().expect("a key has 32 bytes");
    let id = public[..8].iter().fold(String::new(), |id, byte| id + &format!("{byte:02x}"));
    Ok((SigningKey { id, public, sealed: None, made_at: now, retired_at: None }, seed))
}

/// A name that no other deployment has.
fn issuer(chance: &impl Chance) -> String {
    format!("urn:doorstep:{}", crate::id::StoreId::random(chance)).replace("sto_", "")
}

fn place(id: &str) -> Place<'_> {
    Place { item: id, attribute: "signing" }
}

/// The pseudo-store whose keys seal; it gets roots with its first secret.
async fn deployment(
    ports: &(impl Stores + Clock),
    roots: &impl Roots,
) -> Result<std::sync::Arc<Store>, Fault> {
    for _ in 0..TRIES {
        let found = ports.find(Store::DEPLOYMENT).await?;
        let mut store = match found {
            Some(found) if !found.roots.is_empty() => return Ok(found),
            Some(found) => Store { revision: found.revision + 1, ..(*found).clone() },
            None => blank(Store::DEPLOYMENT, ports.now()),
        };
        store.roots = first_roots(roots, Store::DEPLOYMENT).await?;
        if ports.save(&store).await? == Saved::Yes {
            return Ok(std::sync::Arc::new(store));
        }
        ports.forget(Store::DEPLOYMENT);
    }
    Err(Fault::new("open the deployment's keys", "conflict"))
}
