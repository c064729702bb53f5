//! Repeated calls: what a POST with an `Idempotency-Key` answered is kept for a day, so that its
//! repetition finds it.
//!
//! Sign-ups and resends are their own records. For every other POST the record is indexed and
//! sealed under keys derived from the caller's API secret: without it nobody can open the answer,
//! which may hold a new key.
//!
//! A token carries a secret for its own records, which follows from its key's secret and its
//! scopes: the next token of the same client repeats the calls of the last one. It stands in the
//! token in clear, as functions without keys of ours verify tokens, too. So whoever steals a token
//! and reads the table can open what such tokens were answered in the last day; that is never a
//! key, as tokens make none.

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Mode,
    id::StoreId,
    keys::Root,
    ports::Chance,
    seal::{KeyVersion, Place, SealError, SealKey, framed},
};

/// How long an answer is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a call may run before its repetition may take over.
pub const LOCK: SignedDuration = SignedDuration::from_secs(15);

/// The keys of one caller's records.
pub struct ReplayKeys {
    scope: (StoreId, Mode),
    index: hmac::Key,
    seal: SealKey,
}

impl std::fmt::Debug for ReplayKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReplayKeys(…)")
    }
}

/// Where a call's record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Whose.
    pub scope: (StoreId, Mode),
    /// The call and its idempotency key, as a keyed digest.
    pub request: String,
    /// The body, as a keyed digest.
    pub body: String,
    /// When the call began; also the name of its lock.
    pub began: Timestamp,
}

/// The answer of [`Replays::begin`](crate::ports::Replays::begin).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The call is new, and locked.
    Ours,
    /// The same call is still running.
    Running,
    /// It was answered before: the sealed answer.
    Answered(Vec<u8>),
    /// The idempotency key came with another body.
    OtherBody,
}

impl ReplayKeys {
    pub(crate) fn new(secret: [u8; 32], scope: (StoreId, Mode)) -> Self {
        let root = Root::new(secret);
        Self { scope, index: root.hmac(scope, "replay"), seal: root.sealing(scope, "replay/seal") }
    }

    /// The keys of the calls with tokens of one key and the same scopes, from
    /// [`PlainKey::token_replay`](crate::token::PlainKey::token_replay).
    #[must_use]
    pub fn of_token(secret: [u8; 32], scope: (StoreId, Mode)) -> Self {
        Self::new(secret, scope)
    }

    /// The slot of a call that begins now.
    #[must_use]
    pub fn slot(&self, call: &str, idempotency_key: &str, body: &[u8], began: Timestamp) -> Slot {
        let request = self.digest(&[b"key", call.as_bytes(), idempotency_key.as_bytes()]);
        Slot { scope: self.scope, request, body: self.digest(&[b"body", body]), began }
    }

    /// Seals an answer for its slot.
    pub fn seal(&self, slot: &Slot, answer: &[u8], chance: &impl Chance) -> Vec<u8> {
        self.seal.seal(KeyVersion(0), self.scope, place(slot), answer, chance)
    }

    /// Opens the answer of a slot.
    ///
    /// # Errors
    /// When it was not sealed for this slot.
    pub fn open(&self, slot: &Slot, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.seal.open(self.scope, place(slot), sealed)
    }

    fn digest(&self, parts: &[&[u8]]) -> String {
        let tag = hmac::sign(&self.index, &framed(b"doorstep/1", parts));
        tag.as_ref()[..16].iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}

fn place(slot: &Slot) -> Place<'_> {
    Place { item: &slot.request, attribute: "answer" }
}
