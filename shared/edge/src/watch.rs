//! What the state table's stream tells of the carriers' health, and the function that hears it.

use std::{future::Future, sync::Arc};

use aws_lambda_events::dynamodb::{Event, EventRecord};
use doorstep_domain::{
    Fault,
    carrier::CarrierName,
    health::Observation,
    id::{SignupId, StoreId},
    message::{Happening, MessageStatus},
    phone::Region,
    ports::Clock,
    usage::Meter,
    watch::{Noticed, Typed, reported},
};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_dynamo::{AttributeValue, Item};

use crate::telemetry::Invocation;

/// A function that watches the stream, and looks around when nothing happens.
pub trait Watcher: Send + Sync {
    /// A batch, named by its first event.
    fn batch(
        &self,
        name: &str,
        noticed: Vec<Noticed>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The schedule's turn.
    fn tick(&self) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// What may call the function: the stream, or the schedule, whose input the template writes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Trigger {
    Batch(Event),
    Tick {
        #[serde(rename = "tick")]
        _tick: String,
    },
}

/// What a watching function needs around its watcher.
pub struct Function<C> {
    /// Its name.
    pub name: &'static str,
    /// The clock.
    pub clock: C,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<C: Clock> Function<C> {
    /// Serves until Lambda stops. A batch that fails comes again as a whole.
    ///
    /// # Errors
    /// When the runtime cannot be reached.
    pub async fn serve(self, watcher: impl Watcher) -> Result<(), Error> {
        let (function, watcher) = (&self, &watcher);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Trigger>| async move {
            let began = function.clock.now();
            let handled = match &event.payload {
                Trigger::Batch(batch) => watcher.batch(&name(batch), noticed(batch)).await,
                Trigger::Tick { .. } => watcher.tick().await,
            };
            let request_id = &event.context.request_id;
            Invocation { function: function.name, request_id, began }
                .end(&function.meter, &function.clock);
            handled.map_err(|fault| {
                tracing::error!(error = %fault, "The carriers' health was not kept.");
                // A stable type and sentence: what the runtime reports of a failure is logged.
                Error::from("The carriers' health was not kept.")
            })
        }))
        .await
    }
}

/// The first event's id: a batch that comes again has the same.
fn name(batch: &Event) -> String {
    batch.records.first().map(|record| record.event_id.clone()).unwrap_or_default()
}

/// What a batch tells. What cannot be read is left out: it must not hold up the rest.
fn noticed(batch: &Event) -> Vec<Noticed> {
    batch.records.iter().filter_map(read).collect()
}

/// What one changed item tells, if that is new: an item keeps its mark through other changes.
fn read(record: &EventRecord) -> Option<Noticed> {
    let (new, old) = (&record.change.new_image, &record.change.old_image);
    let mark = text(new, "h")?;
    let mut key = text(new, "pk")?.splitn(4, '#').collect::<Vec<_>>().into_iter();
    let (store, _, kind, id) = (key.next()?, key.next()?, key.next()?, key.next()?);
    match kind {
        "SGN" if text(old, "h").is_none() => {
            let (carrier, region) = mark.strip_suffix("/verified")?.split_once('/')?;
            Some(Noticed::Typed(Typed {
                store: store.parse::<StoreId>().ok()?,
                signup: id.parse::<SignupId>().ok()?,
                carrier: carrier.parse().ok()?,
                region: Region::parse(region)?,
                at: millis(new.get("ended")?)?,
            }))
        }
        "MSG" if lines(new).len() > lines(old).len() && text(new, "channel") != Some("voice") => {
            let history: Vec<_> = lines(new).iter().filter_map(happening).collect();
            match Region::parse(mark) {
                Some(region) => reported(region, &history),
                None => Observation::parse(mark, history.last()?.at).ok(),
            }
            .map(Noticed::Seen)
        }
        _ => None,
    }
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    word(item.get(name)?)
}

fn word(value: &AttributeValue) -> Option<&str> {
    match value {
        AttributeValue::S(text) => Some(text),
        _ => None,
    }
}

fn millis(value: &AttributeValue) -> Option<Timestamp> {
    match value {
        AttributeValue::N(number) => Timestamp::from_millisecond(number.parse().ok()?).ok(),
        _ => None,
    }
}

/// The lines of a message's history.
fn lines(item: &Item) -> &[AttributeValue] {
    match item.get("history") {
        Some(AttributeValue::L(lines)) => lines,
        _ => &[],
    }
}

/// A line as far as health reads it.
fn happening(line: &AttributeValue) -> Option<Happening> {
    let AttributeValue::M(line) = line else { return None };
    let known = |name: &str| line.get(name).and_then(word);
    Some(Happening {
        status: known("s")?.parse::<MessageStatus>().ok()?,
        at: millis(line.get("t")?)?,
        carrier: known("by").and_then(|name| name.parse::<CarrierName>().ok()),
        class: known("class").and_then(|class| class.parse().ok()),
        code: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Event {
        let sample = include_str!("../../../events/carrier-health-batch.json");
        match serde_json::from_str(sample).unwrap() {
            Trigger::Batch(batch) => batch,
            Trigger::Tick { .. } => panic!("it is a batch"),
        }
    }

    #[test]
    fn a_batch_tells_what_is_new_of_live_texts() {
        let seen: Vec<_> = noticed(&batch())
            .iter()
            .map(|noticed| match noticed {
                Noticed::Seen(seen) => seen.to_string(),
                Noticed::Typed(typed) => format!("{} by {}", typed.signup, typed.carrier.as_str()),
            })
            .collect();
        insta::assert_snapshot!(seen.join("\n"), @r"
        eum/GB/accepted/drawn
        eum/GB/delivered/3200
        twilio/GB/undelivered/unknown/10000
        sgn_3Q4X8K2M6N7P9R1S5T0V2W8Y40 by eum
        ");
    }

    #[test]
    fn words_count_when_their_text_was_sent() {
        let sent: Vec<_> = noticed(&batch())
            .iter()
            .filter_map(|noticed| match noticed {
                Noticed::Seen(seen) => Some(seen.sent_at.as_millisecond()),
                Noticed::Typed(_) => None,
            })
            .collect();
        assert_eq!(sent, [1_798_804_801_000, 1_798_804_801_000, 1_798_804_801_000]);
        assert_eq!(name(&batch()), "one");
    }

    #[test]
    fn the_schedule_is_no_batch() {
        let sample = include_str!("../../../events/carrier-health-tick.json");
        assert!(matches!(serde_json::from_str(sample), Ok(Trigger::Tick { .. })));
        assert!(serde_json::from_str::<Trigger>("{}").is_err());
    }
}
