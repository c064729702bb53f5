//! Functions that a schedule starts.

use std::{future::Future, sync::Arc};

use doorstep_domain::{Fault, ports::Clock, usage::Meter};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;

use crate::telemetry::Invocation;

/// One start by the schedule.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// The invocation's id. One that comes again has the same.
    pub request_id: &'a str,
    /// When Lambda ends it.
    pub deadline: Timestamp,
}

/// What is done by a schedule.
pub trait Job: Send + Sync {
    /// Does it once.
    ///
    /// # Errors
    /// When it was not done. The next turn does it.
    fn run(&self, turn: Turn<'_>) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// What every scheduled function needs around its job.
pub struct Function<C> {
    /// Its name.
    pub name: &'static str,
    /// The clock.
    pub clock: C,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<C: Clock> Function<C> {
    /// Serves until Lambda stops. What the event says does not matter: that it came does.
    ///
    /// # Errors
    /// When the runtime cannot be reached.
    pub async fn serve(self, job: impl Job) -> Result<(), Error> {
        let (function, job) = (&self, &job);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<IgnoredAny>| async move {
            let (began, context) = (function.clock.now(), event.context);
            let deadline = i64::try_from(context.deadline).map(Timestamp::from_millisecond);
            let deadline = deadline.ok().and_then(Result::ok).unwrap_or(began);
            let request_id = context.request_id.as_str();
            let done = Box::pin(job.run(Turn { request_id, deadline })).await;
            Invocation { function: function.name, request_id, began }
                .end(&function.meter, &function.clock);
            done.map_err(|fault| {
                tracing::error!(error = %fault, "A scheduled job was not done.");
                // A stable sentence: what the runtime reports of a failure is logged.
                Error::from("A scheduled job was not done.")
            })
        }))
        .await
    }
}
