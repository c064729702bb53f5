//! Drains receipts and inbound texts over a bind that lasts as long as it is told.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use doorstep_domain::carrier::Outcome;
use futures::{StreamExt, stream};
use rusmpp::Pdu;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{
    alphabet::Alphabet,
    deliver::{Delivery, parse},
    dial::Dial,
    frame::Frame,
    ids::IdBase,
    link::{Link, NOT_NOW},
    settings::{Settings, SettingsError, Timeouts},
    warm::Binder,
};

/// `ESME_RX_P_APPN`: never; what nobody can read must not come again for ever.
const NEVER: u32 = 0x65;

/// How many deliveries may wait in memory; further ones the carrier has to keep.
const BACKLOG: usize = 1_000;

/// A bind that only receives. Carriers count binds: hold a lease before running one.
pub struct Receiver<D> {
    binder: Binder<D>,
    alphabet: Alphabet,
    ids: IdBase,
    at_once: usize,
    timeouts: Timeouts,
}

/// What a run brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Deliveries that the callback took, and the carrier may forget.
    pub taken: usize,
    /// Deliveries that it did not take: the carrier hands them over again.
    pub refused: usize,
    /// Deliveries that nobody can read: the carrier was told to give up on them.
    pub unreadable: usize,
    /// Why the run ended.
    pub ended: Ended,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its time was over; we unbound.
    InTime,
    /// The carrier hung up, unbound, or did not answer `enquire_link`.
    ByTheCarrier,
}

#[derive(Default)]
struct Tally {
    taken: AtomicUsize,
    refused: AtomicUsize,
    unreadable: AtomicUsize,
}

impl<D: Dial> Receiver<D> {
    /// A receiver that has not bound yet.
    ///
    /// # Errors
    /// When a setting has no place in SMPP, or the roots are none.
    pub fn new(settings: &Settings, dial: D) -> Result<Self, SettingsError> {
        Ok(Self {
            binder: Binder::receiver(dial, settings)?,
            alphabet: settings.alphabet,
            ids: settings.ids,
            at_once: usize::try_from(settings.window.get()).unwrap_or(usize::MAX),
            timeouts: settings.timeouts,
        })
    }

    /// Binds, hands over what comes for so long, and unbinds. `take` is called for up to a window
    /// of deliveries at a time, and has to keep them for good: the carrier is told "received" only
    /// when it returns `true`. A delivery may come again.
    ///
    /// The run takes up to `hold` plus the time of one callback, an `enquire_link` and the bind.
    ///
    /// # Errors
    /// An [`Outcome::Failed`] when the bind failed; the caller leaves the carrier alone until its
    /// next schedule.
    pub async fn run<F, T>(&self, hold: Duration, take: F) -> Result<Drained, Outcome>
    where
        F: Fn(Delivery) -> T,
        T: Future<Output = bool>,
    {
        let (sender, deliveries) = mpsc::channel(BACKLOG);
        let link = self.binder.bind(Some(sender)).await?;
        let tally = Tally::default();
        let incoming = stream::unfold(deliveries, async |mut deliveries| {
            deliveries.recv().await.map(|frame| (frame, deliveries))
        });
        let mut incoming = Box::pin(incoming).take_until(Box::pin(self.watch(&link, hold)));
        let handle = |frame: Frame| self.handle(frame, &link, &take, &tally);
        incoming.by_ref().for_each_concurrent(self.at_once, handle).await;
        let ended = incoming.take_result().unwrap_or(Ended::ByTheCarrier);
        drop(incoming);
        link.unbind(self.timeouts.enquire).await;
        Ok(tally.drained(ended))
    }

    /// One delivery: kept first, acknowledged then.
    async fn handle<F, T>(&self, frame: Frame, link: &Link, take: &F, tally: &Tally)
    where
        F: Fn(Delivery) -> T,
        T: Future<Output = bool>,
    {
        let kept = match parse(&frame.body, self.alphabet, self.ids) {
            Some(delivery) => Some(take(delivery).await),
            None => None,
        };
        let (counter, status) = match kept {
            Some(true) => (&tally.taken, 0),
            Some(false) => (&tally.refused, NOT_NOW),
            None => (&tally.unreadable, NEVER),
        };
        link.acknowledge(frame.sequence, status).await;
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends when the time is over, or the carrier does not answer.
    async fn watch(&self, link: &Link, hold: Duration) -> Ended {
        let alive = async {
            loop {
                sleep(self.timeouts.keepalive).await;
                if link.ask(Pdu::EnquireLink, self.timeouts.enquire).await.is_err() {
                    break;
                }
            }
        };
        match timeout(hold, alive).await {
            Ok(()) => Ended::ByTheCarrier,
            Err(_) => Ended::InTime,
        }
    }
}

impl Tally {
    fn drained(&self, ended: Ended) -> Drained {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        Drained {
            taken: count(&self.taken),
            refused: count(&self.refused),
            unreadable: count(&self.unreadable),
            ended,
        }
    }
}
