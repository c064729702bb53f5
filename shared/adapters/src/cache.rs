//! Values kept for a while: never longer than that since they were read.

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
pub(crate) struct Cache<K, V, C = SystemClock> {
    life: SignedDuration,
    uses: u32,
    clock: C,
    entries: Mutex<HashMap<K, Entry<V>>>,
}

struct Entry<V> {
    value: V,
    until: Timestamp,
    uses: u32,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub(crate) fn new(life: SignedDuration, uses: u32) -> Self {
        Self { life, uses, clock: SystemClock, entries: Mutex::default() }
    }
}

impl<K: Eq + Hash, V: Clone, C: Clock> Cache<K, V, C> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut entries = self.entries();
        let entry = entries.get_mut(key)?;
        if self.clock.now() >= entry.until || entry.uses == 0 {
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
        let until = self.clock.now() + self.life;
        entries.insert(key, Entry { value, until, uses: self.uses });
    }

    /// Changes a value that is kept; it stays no longer for that.
    pub(crate) fn replace(&self, key: &K, value: V) {
        if let Some(entry) = self.entries().get_mut(key) {
            entry.value = value;
        }
    }

    pub(crate) fn forget(&self, key: &K) {
        self.entries().remove(key);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use doorstep_domain::access::{KEY_CACHE, REVOCATION, SIGNING_CACHE};
    use doorstep_fakes::StillClock;

    use super::*;

    fn still(life: SignedDuration) -> Cache<&'static str, u8, StillClock> {
        let clock = StillClock::default();
        Cache { life, uses: u32::MAX, clock, entries: Mutex::default() }
    }

    #[test]
    fn what_was_revoked_is_forgotten_within_a_minute_all_caches_together() {
        let (keys, signing) = (still(KEY_CACHE), still(SIGNING_CACHE));
        keys.put("key", 1);
        signing.put("set", 1);
        for cache in [&keys, &signing] {
            // However often it is asked for.
            for _ in 0..29 {
                cache.clock.pass(SignedDuration::from_secs(1));
                let _ = (cache.get(&"key"), cache.get(&"set"));
            }
            cache.clock.pass(SignedDuration::from_secs(1));
        }
        assert_eq!((keys.get(&"key"), signing.get(&"set")), (None, None));
        assert_eq!(keys.life + signing.life, REVOCATION);
        assert!(REVOCATION <= SignedDuration::from_secs(60));
    }

    #[test]
    fn a_value_that_is_changed_stays_no_longer() {
        let cache = still(KEY_CACHE);
        cache.put("key", 1);
        cache.clock.pass(SignedDuration::from_secs(20));
        cache.replace(&"key", 2);
        assert_eq!(cache.get(&"key"), Some(2));
        cache.clock.pass(SignedDuration::from_secs(10));
        assert_eq!(cache.get(&"key"), None);
        cache.replace(&"key", 3);
        assert_eq!(cache.get(&"key"), None, "what is not kept is not put");
    }
}
