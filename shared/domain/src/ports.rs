//! What differs between production and tests. "Not found" is `None`, "no" is an enum, "broken"
//! is a [`Fault`].

mod access;
mod audit;
mod calls;
mod complaints;
mod confirmations;
mod health;
mod lags;
mod leases;
mod links;
mod people;
mod preferences;
mod sandbox;
mod shelves;
mod shoppers;
mod slates;
mod subjects;
mod templates;
mod wires;

use std::{future::Future, sync::Arc};

use jiff::Timestamp;

pub use self::{
    access::{ApiKeys, Replays, SigningKeys},
    audit::{Audit, AuditLog, Chain, Heads, Nonces, Notary},
    calls::Calls,
    complaints::Complaints,
    confirmations::Confirmations,
    health::HealthBook,
    lags::Lags,
    leases::Leases,
    links::Links,
    people::{Chunks, Imports, People},
    preferences::PreferenceLinks,
    sandbox::Sandbox,
    shelves::{Objects, Shelves},
    shoppers::{Ledger, News, Users, Wordings},
    slates::Slates,
    subjects::{Archive, DeadLetter, DeadLetters, Rights, Subjects},
    templates::Templates,
    wires::{
        Backlog, Carrier, Challenges, Hearing, Inbox, Overhearing, Parked, Queue, Topic, Vault,
    },
};
use crate::{
    Fault, Mode,
    carrier::CarrierName,
    consent::Linked,
    health::Observation,
    id::{MessageId, SignupId, StoreId, UserId},
    keys::{CodeKeys, DataKeys, ExternalIndex, PhoneIndex},
    message::{Claim, Claimed, Message, ReceiptTaken, Step},
    signup::{Created, RegistrationAttempt, Send as AttemptSend},
    store::{Saved, Store},
    tries::{Counted, PhoneRecord, Try},
    user::Registration,
};

/// The time now.
pub trait Clock: Send + Sync {
    /// The time now, in UTC.
    fn now(&self) -> Timestamp;
}

/// Unpredictable bytes.
pub trait Chance: Send + Sync {
    /// Fills `bytes` from a cryptographic generator.
    fn fill(&self, bytes: &mut [u8]);
}

/// A page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub struct Range {
    /// From this time on.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
    /// At most so many.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// Stores and their settings.
pub trait Stores: Send + Sync {
    /// The store. Implementations may answer from a cache of at most 10 s.
    fn find(&self, id: StoreId) -> impl Future<Output = Result<Option<Arc<Store>>, Fault>> + Send;
    /// Drops what a cache has of the store: whoever changes it, or looks at it after a change, has
    /// to find it as it is now.
    fn forget(&self, _id: StoreId) {}
    /// Creates the store (revision 0), or replaces exactly the revision before `store.revision`.
    fn save(&self, store: &Store) -> impl Future<Output = Result<Saved, Fault>> + Send;
    /// All stores, by id.
    fn list(
        &self,
        limit: usize,
        cursor: Option<String>,
    ) -> impl Future<Output = Result<Page<Store>, Fault>> + Send;
}

/// What only one store of the deployment may have: ids of carrier accounts, numbers for texts.
pub trait Claims: Send + Sync {
    /// Who has it. Implementations may answer from a cache of at most 30 s.
    fn holder(
        &self,
        what: &crate::account::Unique,
    ) -> impl Future<Output = Result<Option<crate::account::Holder>, Fault>> + Send;
    /// Takes it; `false` when somebody else has it, by another store or carrier.
    fn claim(
        &self,
        what: &crate::account::Unique,
        holder: crate::account::Holder,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Gives it back; a no-op when somebody else has it.
    fn release(
        &self,
        what: &crate::account::Unique,
        holder: crate::account::Holder,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Makes the wrapped roots of a new store. It never sees them in clear.
pub trait Roots: Send + Sync {
    /// A wrapped root, 32 random bytes that only the key service can unwrap.
    fn make(
        &self,
        store: StoreId,
        mode: Mode,
        usage: crate::keys::RootUse,
    ) -> impl Future<Output = Result<Vec<u8>, Fault>> + Send;
}

/// The unwrapped keys of a store. Implementations keep them for minutes and a bounded number of
/// uses.
pub trait KeyRing: Send + Sync {
    /// The keys for personal data.
    fn data(
        &self,
        store: &Store,
        mode: Mode,
    ) -> impl Future<Output = Result<Arc<DataKeys>, Fault>> + Send;
    /// The keys for codes and links. Only `verify` and `send` may have them; in test mode also
    /// `messages`, for the sandbox's inbox.
    fn codes(
        &self,
        store: &Store,
        mode: Mode,
    ) -> impl Future<Output = Result<Arc<CodeKeys>, Fault>> + Send;
}

/// Registration attempts.
pub trait Attempts: Send + Sync {
    /// The attempt, read consistently.
    fn find(
        &self,
        keys: &DataKeys,
        id: SignupId,
    ) -> impl Future<Output = Result<Option<RegistrationAttempt>, Fault>> + Send;
    /// One conditional put: the attempt and its message to the sender. It is its own idempotency
    /// record.
    fn create(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
    ) -> impl Future<Output = Result<Created, Fault>> + Send;
    /// Adds a send after exactly `attempt.sends`; `false` when another was faster.
    fn resend(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
        send: &AttemptSend,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Tells once that a pending attempt's code has ended; a no-op on any other.
    fn expire(
        &self,
        keys: &DataKeys,
        id: SignupId,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Closes codes on a pending attempt; a no-op on any other.
    fn lock(
        &self,
        keys: &DataKeys,
        id: SignupId,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// In one transaction: the attempt is verified once, the user is registered, the consents
    /// enter the ledger, the text that welcomes them is written. `false` when it was verified
    /// before, an entry's number is taken, or the user was [let go](Subjects::let_go).
    fn register(
        &self,
        keys: &DataKeys,
        registration: &Registration,
        consents: &[Linked],
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The ids of the store's attempts, newest first.
    fn list(
        &self,
        keys: &DataKeys,
        range: Range,
    ) -> impl Future<Output = Result<Page<SignupId>, Fault>> + Send;
    /// The ids of the attempts for one of the store's own customer ids, newest first.
    fn of_customer(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
        range: Range,
    ) -> impl Future<Output = Result<Page<SignupId>, Fault>> + Send;
    /// The ids of the store's attempts for a number, under each version of its index, newest first.
    fn of_phone(
        &self,
        keys: &DataKeys,
        phones: &[PhoneIndex],
        range: Range,
    ) -> impl Future<Output = Result<Page<SignupId>, Fault>> + Send;
}

/// What is known of a phone number, under its keyed index.
pub trait Phones: Send + Sync {
    /// The record, empty when there is none.
    fn find(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
    ) -> impl Future<Output = Result<PhoneRecord, Fault>> + Send;
    /// Notes that this sign-up is for this phone; keeps the newest twenty. Comes before any try.
    fn remember(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        signup: SignupId,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Notes that this letter went to this phone; keeps the newest twenty. For test mode's inbox.
    fn remember_letter(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        letter: MessageId,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Counts a try in one conditional write, before the code is compared. Refuses, and tells
    /// the record, when the sign-up has `limit` tries, the phone 14 entries, or 100 in a row.
    /// The first counted try reserves `user` for the phone.
    fn count(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        attempt: &Try,
        limit: u8,
        user: UserId,
    ) -> impl Future<Output = Result<Counted, Fault>> + Send;
    /// Replaces the marketing texts that are known, if they still are these; `false` when another
    /// was faster.
    fn plan(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        before_and_after: (&[crate::cap::Planned], &[crate::cap::Planned]),
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Replaces the tries of exactly this revision, as the full record was, by the settled ones;
    /// `false` when it has moved on.
    fn settle(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        full_and_settled: (&PhoneRecord, &PhoneRecord),
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}

/// What shoppers' own texts change of their phone's record.
pub trait Suppressions: Send + Sync {
    /// The number texted STOP at this time: no text goes to it from now on, it has
    /// [objected](Suppressions::object) then if not later, and the write carries the news. `false`, and nothing is
    /// written, when no text went to it already, or a later START took it back.
    fn suppress(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
        trace: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The number texted START at this time: takes back what an earlier STOP did, nothing else.
    /// `false` when there is no such.
    fn lift(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// The number wants no marketing from this time on, and the write carries the news. Nothing
    /// lifts that; only consent that is proven later counts. `false` when it was so already.
    fn object(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
        trace: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Keeps the one answer that a number gets in 24 hours for this message; the same message may
    /// have it again.
    fn reserve_reply(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}

/// Proofs of requests that were accepted, over the whole deployment.
pub trait Proofs: Send + Sync {
    /// Remembers a proof for seven days with the account that it was good for. The answer is when
    /// it first came; `None` when it was good for another account.
    fn remember(
        &self,
        proof: &crate::webhook::Proof,
        account: &crate::message::AccountRef,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, Fault>> + Send;
}

/// Messages and what became of them.
pub trait Messages: Send + Sync {
    /// Keeps a letter and its event: to the senders, or to the timers if it has to wait. `false`
    /// when a message with this id is there already.
    fn write(
        &self,
        keys: &DataKeys,
        id: MessageId,
        letter: &crate::message::Letter,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Several messages; those of a sign-up that no sender has claimed yet are left out.
    fn find(
        &self,
        keys: &DataKeys,
        ids: &[MessageId],
    ) -> impl Future<Output = Result<Vec<Message>, Fault>> + Send;
    /// Claims the message for one call to a carrier. A letter has to be there.
    fn claim(
        &self,
        keys: &DataKeys,
        claim: &Claim,
    ) -> impl Future<Output = Result<Claimed, Fault>> + Send;
    /// Writes down the carrier's answer to the claimed message, with the event that follows, and
    /// with what the carriers' health should see of it.
    fn settle(
        &self,
        keys: &DataKeys,
        message: &Message,
        step: &Step,
        seen: Option<&Observation>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Takes the message from the carrier of its leg, which is silent, to the next one: the write
    /// carries the event and its trace. A no-op when the message has moved on; one that nobody has
    /// claimed yet begins with the next carrier.
    fn hand_on(
        &self,
        keys: &DataKeys,
        message: &Message,
        to: (CarrierName, &str),
        happening: &crate::message::Happening,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Hands a letter that waited to its first carrier: the write carries the event. A no-op when
    /// it is with a sender already.
    fn release(
        &self,
        keys: &DataKeys,
        message: &Message,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Applies a receipt: once, and never back from a higher rank. It counts only from an account
    /// that the message went by; one that gives the message up, only from the one that has it.
    fn receive(
        &self,
        store: StoreId,
        mode: Mode,
        id: MessageId,
        receipt: &crate::message::DeliveryReceipt,
    ) -> impl Future<Output = Result<ReceiptTaken, Fault>> + Send;
}
