#![doc = include_str!("../README.md")]

mod accounts;
mod translate;

use std::time::Duration;

use doorstep_domain::{
    Fault,
    carrier::{CarrierName, Outcome},
    lease::Lease,
    ports::{Chance, Clock, Inbox, KeyRing, Leases, Stores},
};
use doorstep_edge::{
    heard::{HeardEvent, Source},
    scheduled::{Job, Turn},
    telemetry, trace,
};
use doorstep_smpp::{Delivery, Dial, Ended, Endpoint, Receiver, Settings};
use futures::future::join_all;
use jiff::SignedDuration;
use tokio::time::sleep;

use crate::{accounts::Opened, translate::heard};

/// How long the lease lasts if it is not renewed.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(20);
/// What is left of the invocation when the receivers end: they unbind, and give the lease back.
const SPARE: SignedDuration = SignedDuration::from_secs(10);

/// What this function needs of storage.
pub trait Ports: Stores + Leases + Clock + Chance {}
impl<P: Stores + Leases + Clock + Chance> Ports for P {}

/// Fetches what the carrier holds for all accounts.
pub struct Receiving<P, K, Q, D> {
    /// Storage, clock and chance.
    pub ports: P,
    /// The stores' keys.
    pub ring: K,
    /// The queue that `ingest` reads from.
    pub queue: Q,
    /// Opens connections.
    pub dial: D,
    /// Where the carrier listens.
    pub endpoint: Endpoint,
    /// How long the receivers stay bound.
    pub hold: SignedDuration,
}

impl<P: Ports, K: KeyRing, Q: Inbox, D: Dial + Copy> Job for Receiving<P, K, Q, D> {
    async fn run(&self, turn: Turn<'_>) -> Result<(), Fault> {
        let owner = self.owner(turn);
        if !self.ports.hold(&self.lease(&owner)).await? {
            telemetry::idle("another receiver is bound");
            return Ok(());
        }
        let ended = tokio::select! {
            ended = self.receive(turn) => ended,
            lost = self.renew(&owner) => lost,
        };
        self.ports.give_back(&self.lease(&owner)).await?;
        ended
    }
}

impl<P: Ports, K: KeyRing, Q: Inbox, D: Dial + Copy> Receiving<P, K, Q, D> {
    /// No other run has this name, not even one of the same invocation that came twice.
    fn owner(&self, turn: Turn<'_>) -> String {
        let mut chance = [0; 8];
        self.ports.fill(&mut chance);
        format!("{}/{:016x}", turn.request_id, u64::from_be_bytes(chance))
    }

    fn lease(&self, owner: &str) -> Lease {
        let at = self.ports.now();
        Lease { name: "smpp".to_owned(), owner: owner.to_owned(), at, until: at + LEASE }
    }

    /// Ends when the lease is lost.
    async fn renew(&self, owner: &str) -> Result<(), Fault> {
        loop {
            sleep(RENEW).await;
            if !self.ports.hold(&self.lease(owner)).await? {
                return Err(Fault::new("hold the receivers' lease", "lost"));
            }
        }
    }

    /// All accounts at once, until the time is over.
    async fn receive(&self, turn: Turn<'_>) -> Result<(), Fault> {
        let accounts = accounts::all(&self.ports, &self.ring).await?;
        let left = turn.deadline.duration_since(self.ports.now()) - SPARE;
        let Ok(hold) = Duration::try_from(self.hold.min(left)) else { return Ok(()) };
        let bound = join_all(accounts.iter().map(|account| self.bind(account, hold, turn))).await;
        if bound.into_iter().all(|bound| bound) {
            Ok(())
        } else {
            Err(Fault::new("hold a receiver", "not_bound"))
        }
    }

    /// Whether the account's receiver was bound for all that time.
    async fn bind(&self, account: &Opened, hold: Duration, turn: Turn<'_>) -> bool {
        let id = account.account.id.as_str();
        let settings = Settings::of(&account.account, self.endpoint.clone());
        let receiver = settings.and_then(|settings| Receiver::new(&settings, self.dial));
        let Ok(receiver) = receiver else {
            telemetry::not_bound(id, "account");
            return false;
        };
        let trace = trace::parent(None, turn.request_id);
        match receiver.run(hold, |delivery| self.keep(account, delivery, &trace)).await {
            Ok(drained) => {
                telemetry::drained(id, drained.taken, drained.refused, drained.unreadable);
                let whole = drained.ended == Ended::InTime;
                if !whole {
                    telemetry::not_bound(id, "link");
                }
                whole
            }
            Err(outcome) => {
                let code = match &outcome {
                    Outcome::Failed { code, .. } => code,
                    Outcome::Accepted { .. } => "",
                };
                telemetry::not_bound(id, code);
                false
            }
        }
    }

    /// Whether it is in the queue: only then may the carrier forget it.
    async fn keep(&self, account: &Opened, delivery: Delivery, trace: &str) -> bool {
        let source = Source {
            carrier: CarrierName::Smpp,
            account: Some(&account.account.id),
            at: self.ports.now(),
            trace,
        };
        let heard = heard(delivery, &self.ports);
        let event = HeardEvent::seal(&account.keys, source, &heard, &self.ports);
        let put = self.queue.put(event.body()).await;
        if let Err(fault) = &put {
            telemetry::not_kept(&account.account.id, fault);
        }
        put.is_ok()
    }
}
