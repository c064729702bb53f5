//! The state table's stream: the outbox.

use std::{future::Future, sync::Arc};

use aws_lambda_events::dynamodb::{Event, EventRecord};
use doorstep_domain::{ports::Clock, usage::Meter};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_dynamo::AttributeValue;

use crate::telemetry::Invocation;

/// What a changed item says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The item's partition key.
    pub pk: String,
    /// The event that it carries.
    pub out: String,
    /// W3C `traceparent`.
    pub trace: String,
}

/// A function behind the stream.
pub trait Listener: Send + Sync {
    /// Why it could not do its work.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Handles one change.
    fn handle(&self, change: &Change) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// What a stream function needs around its listener.
pub struct Function<C> {
    /// Its name.
    pub name: &'static str,
    /// The clock.
    pub clock: C,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<C: Clock> Function<C> {
    /// Serves until Lambda stops. A change that fails fails its batch: Lambda bisects and comes
    /// again, in order; what was published before is published twice, and harmless.
    ///
    /// # Errors
    /// When the runtime cannot be reached.
    pub async fn serve(self, listener: impl Listener) -> Result<(), Error> {
        let (function, listener) = (&self, &listener);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
            let began = function.clock.now();
            let handled = function.batch(listener, &event.payload).await;
            let request_id = &event.context.request_id;
            Invocation { function: function.name, request_id, began }
                .end(&function.meter, &function.clock);
            // A stable type and sentence: what the runtime reports of a failure is logged.
            handled.map_err(|_| Error::from("A change was not published."))
        }))
        .await
    }

    async fn batch<L: Listener>(&self, listener: &L, event: &Event) -> Result<(), L::Error> {
        for change in event.records.iter().filter_map(change) {
            if let Err(error) = listener.handle(&change).await {
                tracing::error!(error = %error, "A change was not published.");
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The change, if its event is new: items keep their last event through other changes.
fn change(record: &EventRecord) -> Option<Change> {
    let text = |item: &serde_dynamo::Item, name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    let (new, old) = (&record.change.new_image, &record.change.old_image);
    let out = text(new, "out")?;
    let change =
        Change { pk: text(new, "pk")?, trace: text(new, "trace").unwrap_or_default(), out };
    (text(old, "out").as_ref() != Some(&change.out)).then_some(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_events_are_changes() {
        let sample = include_str!("../../../events/relay-started-verified-failover.json");
        let event: Event = serde_json::from_str(sample).unwrap();
        let outs: Vec<_> = event.records.iter().filter_map(change).map(|c| c.out).collect();
        assert_eq!(outs, ["send/sandbox/0/0", "send/sandbox-2/0/1"], "a verified one stays quiet");
    }
}
