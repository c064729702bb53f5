//! Values kept for a while.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use doorstep_domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::system::SystemClock;

/// How many values are kept; all are dropped when there are more.
const ROOM: usize = 1_000;

/// Values that are good for `life` and a number of uses.
pub(crate) struct Cache<K, V> {
    life: SignedDuration,
    uses: u32,
    entries: Mutex<HashMap<K, Entry<V>>>,
}

struct Entry<V> {
    value: V,
    until: Timestamp,
    uses: u32,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub(crate) fn new(life: SignedDuration, uses: u32) -> Self {
        Self { life, uses, entries: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut entries = self.entries();
        let entry = entries.get_mut(key)?;
        if SystemClock.now() >= entry.until || entry.uses == 0 {
            entries.remove(key);
            return None;
        }
        entry.uses -= 1;
        Some(entry.value.clone())
    }

    pub(crate) fn put(&self, key: K, value: V) {
        let mut entries = self.entries();
        if entries.len() >= ROOM {
            entries.clear();
        }
        let until = SystemClock.now() + self.life;
        entries.insert(key, Entry { value, until, uses: self.uses });
    }

    pub(crate) fn forget(&self, key: &K) {
        self.entries().remove(key);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
