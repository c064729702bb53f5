//! Functions that a topic calls.

use std::{future::Future, sync::Arc};

use aws_lambda_events::sns::SnsEvent;
use doorstep_domain::{Fault, ports::Clock, usage::Meter};
use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::telemetry::Invocation;

/// A function behind a topic.
pub trait Subscriber: Send + Sync {
    /// Handles one published message.
    fn handle(&self, message: &str) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// What a topic's function needs around its subscriber.
pub struct Function<C> {
    /// Its name.
    pub name: &'static str,
    /// The clock.
    pub clock: C,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<C: Clock> Function<C> {
    /// Serves until Lambda stops. A message that fails fails its invocation: Lambda comes again,
    /// and what was handled before is handled twice, and harmless.
    ///
    /// # Errors
    /// When the runtime cannot be reached.
    pub async fn serve(self, subscriber: impl Subscriber) -> Result<(), Error> {
        let (function, subscriber) = (&self, &subscriber);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<SnsEvent>| async move {
            let began = function.clock.now();
            let handled = handle(subscriber, &event.payload).await;
            let request_id = &event.context.request_id;
            Invocation { function: function.name, request_id, began }
                .end(&function.meter, &function.clock);
            handled.map_err(|_| Error::from("A published message was not handled."))
        }))
        .await
    }
}

async fn handle(subscriber: &impl Subscriber, event: &SnsEvent) -> Result<(), Fault> {
    for record in &event.records {
        if let Err(fault) = subscriber.handle(&record.sns.message).await {
            tracing::error!(error.what = fault.what, error.code = fault.code, "A port is broken.");
            return Err(fault);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Remembers what it was told, until it breaks.
    struct Listening(Mutex<Vec<String>>, usize);

    impl Subscriber for Listening {
        async fn handle(&self, message: &str) -> Result<(), Fault> {
            let mut told = self.0.lock().unwrap();
            if told.len() == self.1 {
                return Err(Fault::new("send to a queue", "Throttled"));
            }
            told.push(message.to_owned());
            Ok(())
        }
    }

    #[tokio::test]
    async fn each_message_is_handled_and_a_failure_fails_them_all() {
        let sample = include_str!("../../../events/webhooks-eum-delivered.json");
        let mut event: SnsEvent = serde_json::from_str(sample).unwrap();
        event.records.push(event.records[0].clone());
        let listening = Listening(Mutex::default(), 2);
        handle(&listening, &event).await.unwrap();
        assert!(listening.0.lock().unwrap()[0].contains("TEXT_DELIVERED"));
        assert!(handle(&listening, &event).await.is_err());
    }
}
