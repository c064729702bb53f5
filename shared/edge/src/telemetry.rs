//! Logs as JSON lines, and one usage record per invocation.
//!
//! Logs hold ids, codes, counts and times: no phone, no name, no text of foreign errors.

use doorstep_domain::{
    ports::Clock,
    usage::{Meter, UsageRecord},
};
use jiff::Timestamp;
use serde_json::{Map, json};
use tracing_subscriber::EnvFilter;

/// Starts the log: our own crates at `LOG_LEVEL` (default info), everything else at warn; the
/// SDK and its transport are off, as they would print requests.
pub fn init() {
    let ours = EnvFilter::try_from_env("LOG_LEVEL")
        .ok()
        .and_then(|filter| filter.max_level_hint())
        .map_or_else(|| "info".to_owned(), |level| level.to_string());
    let filter = format!("off,doorstep={ours}");
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(EnvFilter::new(filter))
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false)
        .init();
}

/// Says which sign-up's text a sender was at: its trace leads from the request to the carrier.
pub fn at_text(trace: &str, signup: &str, done: bool) {
    tracing::info!(trace, signup, done, "A text was at its carrier.");
}

/// One invocation, from first to last.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// The function's name.
    pub function: &'a str,
    /// The request's id.
    pub request_id: &'a str,
    /// When it began.
    pub began: Timestamp,
}

impl Invocation<'_> {
    /// Leaves the usage record.
    pub fn end(&self, meter: &Meter, clock: &impl Clock) {
        let duration = clock.now().duration_since(self.began).as_millis();
        let UsageRecord { services, shares } = meter.take();
        let services: Map<String, _> = services
            .into_iter()
            .map(|(operation, used)| {
                let retries = used.attempts.saturating_sub(used.calls);
                let used = json!({
                    "calls": used.calls, "retries": retries,
                    "read_units": used.read_units, "write_units": used.write_units,
                });
                (operation, used)
            })
            .collect();
        let record = json!({
            "function": self.function, "request_id": self.request_id,
            "duration_ms": i64::try_from(duration).unwrap_or(i64::MAX),
            "services": services, "shares": shares,
        });
        tracing::info!(usage = %record, "usage");
    }
}
