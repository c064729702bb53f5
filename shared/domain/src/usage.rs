//! What an invocation used: the bill, one line at a time.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// What one kind of call to one service used.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceUse {
    /// Calls, retries not included.
    pub calls: u32,
    /// Requests sent for them, retries included.
    pub attempts: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
}

/// What one invocation used. Records plus the line `unattributed` equal the bill.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UsageRecord {
    /// By service and operation, such as `dynamodb.GetItem`.
    pub services: BTreeMap<String, ServiceUse>,
    /// How many of a batch's records belong to which store; an HTTP call has one.
    pub shares: BTreeMap<String, u32>,
}

/// Counts what the invocation in progress uses. An instance serves one invocation at a time.
#[derive(Debug, Default)]
pub struct Meter(Mutex<UsageRecord>);

impl Meter {
    /// A call begins.
    pub fn call(&self, operation: &str) {
        self.with(|record| record.services.entry(operation.to_owned()).or_default().calls += 1);
    }

    /// A request is sent for it: the first, or a retry.
    pub fn attempt(&self, operation: &str) {
        self.with(|record| record.services.entry(operation.to_owned()).or_default().attempts += 1);
    }

    /// Capacity units that a call to the tables used.
    pub fn capacity(&self, operation: &str, read: f64, write: f64) {
        self.with(|record| {
            let entry = record.services.entry(operation.to_owned()).or_default();
            entry.read_units += read;
            entry.write_units += write;
        });
    }

    /// One record of the invocation belongs to this store.
    pub fn share(&self, store: &str) {
        self.with(|record| *record.shares.entry(store.to_owned()).or_default() += 1);
    }

    /// What was used since the last call.
    #[must_use]
    pub fn take(&self) -> UsageRecord {
        self.with(std::mem::take)
    }

    fn with<T>(&self, change: impl FnOnce(&mut UsageRecord) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
