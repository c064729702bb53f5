//! SQS batches: each record by itself, all at once; a bad one never fails its neighbours.

use std::{future::Future, sync::Arc};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use doorstep_domain::{
    Fault,
    ports::{Chance, Clock, Queue},
    usage::Meter,
};
use futures::future::join_all;
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::{events::Unreadable, telemetry::Invocation};

/// What became of one record.
#[derive(Debug)]
pub enum Handled {
    /// It is done.
    Done,
    /// It has to come again after this time.
    Again(SignedDuration),
}

/// Why a record was not handled.
#[derive(Debug, thiserror::Error)]
pub enum Unhandled {
    /// It is not what this queue carries: it is buried at once.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A port is broken: it comes again, each time later, and ends in the dead-letter queue.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A function behind a queue.
pub trait Worker: Send + Sync {
    /// Handles one record's body.
    fn handle(&self, body: &str) -> impl Future<Output = Result<Handled, Unhandled>> + Send;
}

/// What every queue function needs around its worker.
pub struct Function<Q, S> {
    /// Its name.
    pub name: &'static str,
    /// The queue that it reads from.
    pub queue: Q,
    /// The clock, and the chance that spreads what comes again.
    pub system: S,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<Q: Queue, S: Clock + Chance> Function<Q, S> {
    /// Serves until Lambda stops.
    ///
    /// # Errors
    /// When the runtime cannot be reached.
    pub async fn serve(self, worker: impl Worker) -> Result<(), Error> {
        let (function, worker) = (&self, &worker);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
            Ok::<_, Error>(function.batch(worker, event).await)
        }))
        .await
    }

    async fn batch(&self, worker: &impl Worker, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
        let began = self.system.now();
        let request_id = &event.context.request_id;
        let records = event.payload.records.iter().map(|record| self.record(worker, record));
        let failed = join_all(records).await.into_iter().flatten().collect();
        Invocation { function: self.name, request_id, began }.end(&self.meter, &self.system);
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = failed;
        response
    }

    /// Handles one record; the answer names it if it has to come again.
    async fn record(&self, worker: &impl Worker, record: &SqsMessage) -> Option<BatchItemFailure> {
        let body = record.body.as_deref().unwrap_or_default();
        let after = match worker.handle(body).await {
            Ok(Handled::Done) => return None,
            Ok(Handled::Again(after)) => after,
            Err(error) => {
                let id = record.message_id.as_deref().unwrap_or_default();
                tracing::error!(record.id = id, error = %error, "A record was not handled.");
                if matches!(error, Unhandled::Unreadable(_)) && self.is_buried(body).await {
                    return None;
                }
                back_off(receives(record), &self.system)
            }
        };
        let handle = record.receipt_handle.as_deref().unwrap_or_default();
        if let Err(fault) = self.queue.postpone(handle, after).await {
            tracing::warn!(error.code = fault.code, "A record could not be postponed.");
        }
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = record.message_id.clone().unwrap_or_default();
        Some(failure)
    }

    /// Nobody will ever read it: it goes where people look, and does not come again.
    async fn is_buried(&self, body: &str) -> bool {
        let buried = self.queue.bury(body, self.name, "unreadable").await;
        if let Err(fault) = &buried {
            tracing::warn!(error.code = fault.code, "A record could not be buried.");
        }
        buried.is_ok()
    }
}

/// How often a record was received, this time included.
fn receives(record: &SqsMessage) -> u32 {
    let count = record.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// The longest time that a record is put off.
const LONGEST: u64 = 300;

/// 2 s · 2ⁿ after the `n`th time, at most 5 minutes; half of it is left to chance, so that what
/// failed together does not come back together.
fn back_off(receives: u32, chance: &impl Chance) -> SignedDuration {
    let whole = (2 << receives.min(10)).min(LONGEST) * 1000;
    let mut bytes = [0; 8];
    chance.fill(&mut bytes);
    let part = u64::from_be_bytes(bytes) % (whole / 2 + 1);
    SignedDuration::from_millis(i64::try_from(whole / 2 + part).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
