//! SQS batches: each record by itself, all at once; a bad one never fails its neighbours.

use std::{future::Future, sync::Arc};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use doorstep_domain::{
    Fault,
    ports::{Clock, Queue},
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

/// Why a record was not handled. It comes again, and ends in the dead-letter queue.
#[derive(Debug, thiserror::Error)]
pub enum Unhandled {
    /// It is not what this queue carries.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A function behind a queue.
pub trait Worker: Send + Sync {
    /// Handles one record's body.
    fn handle(&self, body: &str) -> impl Future<Output = Result<Handled, Unhandled>> + Send;
}

/// What every queue function needs around its worker.
pub struct Function<Q, C> {
    /// Its name.
    pub name: &'static str,
    /// The queue that it reads from.
    pub queue: Q,
    /// The clock.
    pub clock: C,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<Q: Queue, C: Clock> Function<Q, C> {
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
        let began = self.clock.now();
        let request_id = &event.context.request_id;
        let records = event.payload.records.iter().map(|record| self.record(worker, record));
        let failed = join_all(records).await.into_iter().flatten().collect();
        Invocation { function: self.name, request_id, began }.end(&self.meter, &self.clock);
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = failed;
        response
    }

    /// Handles one record; the answer names it if it has to come again.
    async fn record(&self, worker: &impl Worker, record: &SqsMessage) -> Option<BatchItemFailure> {
        let id = record.message_id.clone().unwrap_or_default();
        let handled = worker.handle(record.body.as_deref().unwrap_or_default()).await;
        match handled {
            Ok(Handled::Done) => return None,
            Ok(Handled::Again(after)) => {
                let handle = record.receipt_handle.as_deref().unwrap_or_default();
                if let Err(fault) = self.queue.postpone(handle, after).await {
                    tracing::warn!(error.code = fault.code, "A record could not be postponed.");
                }
            }
            Err(error) => {
                tracing::error!(record.id = id, error = %error, "A record was not handled.");
            }
        }
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        Some(failure)
    }
}
