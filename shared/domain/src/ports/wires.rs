//! What leads out of the house: the topic, queues, the vault, carriers.

use std::future::Future;

use crate::{
    Fault,
    carrier::{Account, CarrierName, Outcome, Outgoing},
    hear::{Callback, Document, Heard, NotHeard},
    webhook::Proved,
};

/// The topic that senders and other workers listen to.
pub trait Topic: Send + Sync {
    /// Publishes a body of ids; its attributes, such as `kind` and `carrier`, decide which queues
    /// get it.
    fn publish(
        &self,
        attributes: &[(&str, &str)],
        body: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// The queue that a worker reads from.
pub trait Queue: Send + Sync {
    /// Hides a received message for a while longer, so that it comes again then.
    fn postpone(
        &self,
        receipt_handle: &str,
        by: jiff::SignedDuration,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Puts the body of a message that will never be understood where people look at such, with
    /// the function that gave it up and its reason. Without such a place that is a fault.
    fn bury(
        &self,
        body: &str,
        function: &str,
        reason: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// A queue that a function writes to.
pub trait Inbox: Send + Sync {
    /// Puts a body there; it may come out twice.
    fn put(&self, body: String) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Where the first key of a deployment is put for its operator.
pub trait Vault: Send + Sync {
    /// Keeps the key; the answer names the secret.
    fn put(
        &self,
        key: &crate::token::PlainKey,
    ) -> impl Future<Output = Result<String, Fault>> + Send;
}

/// What waits in front of a carrier's sender, over all stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parked {
    /// Texts that wait, or are being sent.
    pub queued: u64,
    /// Texts that no sender could handle, in the dead-letter queue.
    pub dead: u64,
}

/// The queues of the senders.
pub trait Backlog: Send + Sync {
    /// About how much waits for this carrier; SQS counts roughly.
    fn parked(&self, carrier: CarrierName) -> impl Future<Output = Result<Parked, Fault>> + Send;
}

/// Reads what carriers send to our webhooks.
pub trait Hearing: Send + Sync {
    /// Proves the request under the account's secret, and reads it; an event that means nothing
    /// to us gives an empty list. The proof is what was verified: what a sender may add at will
    /// must not change it.
    ///
    /// # Errors
    /// When it is not proven, or not readable.
    fn hear(
        &self,
        account: &Account,
        callback: &Callback<'_>,
    ) -> Result<Proved<Vec<Heard>>, NotHeard>;

    /// What to read out when the request tells of a key pressed in a call; `None` for every other
    /// request. It is answered at once, and kept nowhere.
    ///
    /// # Errors
    /// When it is not proven.
    fn pressed(&self, _: &Account, _: &Callback<'_>) -> Result<Option<Proved<Document>>, NotHeard> {
        Ok(None)
    }
}

/// Reads what a carrier publishes to topics of ours: that it may publish there is its proof.
pub trait Overhearing: Send + Sync {
    /// What a message says; `None` for one that means nothing to us.
    fn overhear(&self, message: &str) -> Option<Heard>;
}

/// Hands a message to a carrier.
pub trait Carrier: Send + Sync {
    /// Sends once, without retries of its own. Never an error: what went wrong is an outcome.
    fn send(&self, text: &Outgoing) -> impl Future<Output = Outcome> + Send;
}

/// Challenges of somebody else's, such as Turnstile.
pub trait Challenges: Send + Sync {
    /// Whether this token stands for a solved challenge that is about this. A broken or silent
    /// service is a fault, as is a secret that it does not take.
    fn solved(
        &self,
        token: &str,
        expected: &crate::guard::Expected,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}
