//! Logs as JSON lines, and one usage record per invocation.
//!
//! Logs hold ids, codes, counts and times: no phone, no name, no text of foreign errors.

use doorstep_domain::{
    carrier::CarrierName,
    money::Money,
    ports::Clock,
    sweep::Tally,
    usage::{Meter, UsageRecord},
};
use jiff::Timestamp;
use serde_json::{Map, json};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Starts the log: our own crates from information up, since usage records and what alarms count are
/// that. Everything else is off, as the SDK and its transport would print requests.
pub fn init() {
    let ours = Targets::new().with_target("doorstep", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
}

/// Says which sign-up's text a sender was at: its trace leads from the request to the carrier.
pub fn at_text(trace: &str, message: &str, done: bool) {
    tracing::info!(trace, message, done, "A text was at its carrier.");
}

/// Says that a store wants a welcome text that cannot be made, and why.
pub fn unwelcome(trace: &str, reason: &str) {
    tracing::warn!(trace, reason, "The store's welcome template cannot be used.");
}

/// Says what a receiver brought from its carrier, and how its run ended.
pub fn drained(account: &str, taken: usize, refused: usize, unreadable: usize) {
    tracing::info!(account, taken, refused, unreadable, "A receiver was bound for a while.");
}

/// Says that a receiver did not get or keep its bind; `code` is the carrier's or our own.
pub fn not_bound(account: &str, code: &str) {
    tracing::error!(account, error.code = code, "A receiver could not stay bound.");
}

/// Says that something from a carrier was not kept: the carrier hands it over again.
pub fn not_kept(account: &str, fault: &doorstep_domain::Fault) {
    tracing::warn!(account, error = %fault, "What a carrier brought was not kept.");
}

/// Says why a scheduled job had nothing to do.
pub fn idle(reason: &'static str) {
    tracing::info!(reason, "Nothing was to be done.");
}

/// Says what was linked into the audit chain, and whether its head was signed.
pub fn linked(links: u64, signed: bool) {
    tracing::info!(links, signed, "Audit entries were linked.");
}

/// Says what a sweep found; alarms count it.
pub fn swept(tally: &Tally) {
    let Tally { items, deleted, overdue_left, duties_due_soon, duties_overdue } = *tally;
    tracing::info!(
        items,
        deleted,
        overdue_left,
        duties_due_soon,
        duties_overdue,
        "A sweep is done."
    );
}

/// Says that an export cannot be shown. It stays owed, so that the sweep's alarms tell of it.
pub fn export_too_large(id: &str, bytes: usize) {
    tracing::error!(
        export = id,
        bytes,
        "An export is too large: it has to be told in another way."
    );
}

/// Says that a sweep goes on with the next turn.
pub fn sweeping(tally: &Tally) {
    tracing::info!(items = tally.items, deleted = tally.deleted, "A sweep is under way.");
}

/// Says that something from a carrier led to nothing, and why.
pub fn dropped(trace: &str, carrier: &str, reason: &'static str) {
    tracing::warn!(trace, carrier, reason, "What a carrier told led to nothing.");
}

/// Says that nobody told whether a challenge was solved: the proof of work is still good.
pub fn nobody_to_ask(fault: &doorstep_domain::Fault) {
    tracing::error!(error = %fault, "Nobody told whether a challenge was solved.");
}

/// Says that a message cost more than was set aside for it, in pounds. An alarm can count these.
pub fn price_above(message: &str, carrier: CarrierName, (reserved, price): (Money, Money)) {
    let (reserved, price) = (reserved.amount(), price.amount());
    let carrier = carrier.as_str();
    tracing::error!(message, carrier, reserved, price, "A price is above what was set aside.");
}

/// Says what became of a shopper's text.
pub fn texted(trace: &str, carrier: &str, became: &'static str) {
    tracing::info!(trace, carrier, became, "A shopper's text was dealt with.");
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
