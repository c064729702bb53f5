//! The keys that sign tokens.

use std::sync::Arc;

use doorstep_domain::{Fault, ports::SigningKeys, signing::KeySet, store::Saved};

use super::Memory;

impl SigningKeys for Memory {
    async fn key_set(&self) -> Result<Option<Arc<KeySet>>, Fault> {
        self.others_first().await;
        Ok(self.tables().key_set.clone().map(Arc::new))
    }

    async fn save_key_set(&self, set: &KeySet) -> Result<Saved, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let next = tables.key_set.as_ref().map_or(0, |known| known.revision + 1);
        if set.revision != next {
            return Ok(Saved::Conflict);
        }
        tables.key_set = Some(set.clone());
        Ok(Saved::Yes)
    }
}
