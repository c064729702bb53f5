//! Stores, their keys to the API, and their wordings.

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, KeyId},
    consent::{Wording, WordingHash},
    id::StoreId,
    keys::DataKeys,
    ports::{ApiKeys, Page, Stores, Wordings},
    store::{Saved, Store},
};
use jiff::{Timestamp, civil::Date};

use super::{Memory, page};

impl Stores for Memory {
    async fn find(&self, id: StoreId) -> Result<Option<Arc<Store>>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let found = tables.stores.get(&id).cloned();
        let found = match tables.stores.get(&Store::DEPLOYMENT) {
            Some(deployment) => found.map(|store| store.inheriting(deployment)),
            None => found,
        };
        Ok(found.map(Arc::new))
    }

    async fn save(&self, store: &Store) -> Result<Saved, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let before = tables.stores.get(&store.id).map_or(0, |known| known.revision + 1);
        if before != store.revision {
            return Ok(Saved::Conflict);
        }
        let mut kept = store.clone();
        kept.accounts.retain(|_, account| account.owner == store.id);
        tables.stores.insert(store.id, kept);
        Ok(Saved::Yes)
    }

    async fn list(&self, limit: usize, cursor: Option<String>) -> Result<Page<Store>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let all = tables.stores.values();
        let named = all.map(|store| (store.id.to_string(), store.clone()));
        Ok(page(named.collect(), limit, cursor))
    }
}

impl ApiKeys for Memory {
    async fn find(&self, mode: Mode, id: &KeyId) -> Result<Option<Arc<ApiKey>>, Fault> {
        self.others_first().await;
        Ok(self.tables().keys.get(&(mode, id.clone())).cloned().map(Arc::new))
    }

    async fn create(&self, key: &ApiKey) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().keys.insert((key.mode, key.id.clone()), key.clone());
        Ok(())
    }

    async fn rotate(&self, new: &ApiKey, replaced: &KeyId, end: Timestamp) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let Some(old) = tables.keys.get_mut(&(new.mode, replaced.clone())) else {
            return Ok(false);
        };
        if old.history.retires_at.is_some_and(|earlier| earlier < end) {
            return Ok(false);
        }
        old.history.retires_at = Some(end);
        old.history.rotated_to = Some(new.id.clone());
        tables.keys.insert((new.mode, new.id.clone()), new.clone());
        Ok(true)
    }

    async fn used(&self, key: &ApiKey, day: Date) -> Result<(), Fault> {
        self.others_first().await;
        if let Some(key) = self.tables().keys.get_mut(&(key.mode, key.id.clone())) {
            key.history.last_used_day = key.history.last_used_day.max(Some(day));
        }
        Ok(())
    }

    async fn delete(&self, key: &ApiKey) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().keys.remove(&(key.mode, key.id.clone()));
        Ok(())
    }

    async fn list(&self, store: Option<StoreId>, mode: Mode) -> Result<Vec<ApiKey>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let own = tables.keys.values().filter(|key| key.store == store && key.mode == mode);
        Ok(own.cloned().collect())
    }
}

impl Wordings for Memory {
    async fn keep(
        &self,
        keys: &DataKeys,
        hash: &WordingHash,
        wording: &Wording,
    ) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        tables.wordings.entry((keys.scope(), hash.clone())).or_insert_with(|| wording.clone());
        Ok(())
    }

    async fn find(&self, keys: &DataKeys, hash: &WordingHash) -> Result<Option<Wording>, Fault> {
        self.others_first().await;
        Ok(self.tables().wordings.get(&(keys.scope(), hash.clone())).cloned())
    }
}
