//! Exports, erasures, and the bucket.

use std::collections::{BTreeMap, HashMap};

use doorstep_domain::{
    Fault, Mode,
    erase::Erasure,
    export::{Export, ExportState},
    id::{ExportId, StoreId, UserId},
    keys::DataKeys,
    ports::{Archive, Rights},
};
use jiff::{Timestamp, civil::Date};

use super::{Memory, Scope};

/// What people asked for, and what the bucket has.
#[derive(Default)]
pub(super) struct Asked {
    erasures: HashMap<(Scope, UserId), Erasure>,
    exports: BTreeMap<(Scope, ExportId), Export>,
    objects: HashMap<(Scope, UserId, ExportId), Vec<u8>>,
    journal: HashMap<(Scope, Date, UserId), Erasure>,
}

impl Asked {
    /// Forgets what a store was exported.
    pub(super) fn forget_exports_of(&mut self, scope: Scope) {
        self.exports.retain(|(of, _), _| *of != scope);
    }
}

impl Memory {
    /// How many sealed exports the bucket has.
    #[must_use]
    pub fn sealed_exports(&self) -> usize {
        self.tables().asked.objects.len()
    }

    /// How many erasures the journal has.
    #[must_use]
    pub fn journal_entries(&self) -> usize {
        self.tables().asked.journal.len()
    }
}

impl Rights for Memory {
    async fn ask_erasure(
        &self,
        keys: &DataKeys,
        erasure: &Erasure,
        _: &str,
    ) -> Result<bool, Fault> {
        self.step().await?;
        let mut tables = self.tables();
        let known = tables.asked.erasures.get(&(keys.scope(), erasure.user));
        if known.is_some_and(|known| known.erased_at.is_none()) {
            return Ok(false);
        }
        tables.asked.erasures.insert((keys.scope(), erasure.user), erasure.clone());
        tables.events.push("job/erase".to_owned());
        Ok(true)
    }

    async fn erasure(&self, keys: &DataKeys, user: UserId) -> Result<Option<Erasure>, Fault> {
        self.step().await?;
        Ok(self.tables().asked.erasures.get(&(keys.scope(), user)).cloned())
    }

    async fn erased(&self, keys: &DataKeys, erasure: &Erasure, at: Timestamp) -> Result<(), Fault> {
        self.step().await?;
        let mut tables = self.tables();
        let known = tables.asked.erasures.get(&(keys.scope(), erasure.user));
        if known.is_some_and(|known| known.erased_at.is_some()) {
            return Ok(());
        }
        let done = Erasure { erased_at: Some(at), ..erasure.clone() };
        tables.asked.erasures.insert((keys.scope(), erasure.user), done);
        tables.events.push("news/user.erased".to_owned());
        Ok(())
    }

    async fn ask_export(&self, keys: &DataKeys, export: &Export, _: &str) -> Result<(), Fault> {
        self.step().await?;
        let mut tables = self.tables();
        tables.asked.exports.insert((keys.scope(), export.id), export.clone());
        tables.events.push("job/export".to_owned());
        Ok(())
    }

    async fn export(&self, keys: &DataKeys, id: ExportId) -> Result<Option<Export>, Fault> {
        self.step().await?;
        Ok(self.tables().asked.exports.get(&(keys.scope(), id)).cloned())
    }

    async fn settle_export(
        &self,
        keys: &DataKeys,
        id: ExportId,
        state: ExportState,
    ) -> Result<bool, Fault> {
        self.step().await?;
        let mut tables = self.tables();
        let found = tables.asked.exports.get_mut(&(keys.scope(), id));
        Ok(found.map(|export| export.state = state).is_some())
    }

    async fn exports_of(&self, keys: &DataKeys, user: UserId) -> Result<Vec<ExportId>, Fault> {
        self.step().await?;
        let tables = self.tables();
        let of_user = tables.asked.exports.iter();
        let of_user = of_user.filter(|((of, _), it)| *of == keys.scope() && it.user == user);
        Ok(of_user.map(|((_, id), _)| *id).collect())
    }

    async fn forget_exports(&self, keys: &DataKeys, ids: &[ExportId]) -> Result<(), Fault> {
        self.step().await?;
        let exports = &mut self.tables().asked.exports;
        exports.retain(|(of, id), _| *of != keys.scope() || !ids.contains(id));
        Ok(())
    }
}

impl Archive for Memory {
    async fn keep_export(
        &self,
        scope: (StoreId, Mode),
        (user, id): (UserId, ExportId),
        sealed: Vec<u8>,
    ) -> Result<(), Fault> {
        self.step().await?;
        self.tables().asked.objects.insert((scope, user, id), sealed);
        Ok(())
    }

    async fn sealed_export(
        &self,
        scope: (StoreId, Mode),
        (user, id): (UserId, ExportId),
    ) -> Result<Option<Vec<u8>>, Fault> {
        self.step().await?;
        Ok(self.tables().asked.objects.get(&(scope, user, id)).cloned())
    }

    async fn forget_exports(&self, scope: (StoreId, Mode), user: UserId) -> Result<(), Fault> {
        self.step().await?;
        self.tables().asked.objects.retain(|(of, whose, _), _| *of != scope || *whose != user);
        Ok(())
    }

    async fn journal(&self, scope: (StoreId, Mode), erasure: &Erasure) -> Result<(), Fault> {
        self.step().await?;
        let key = (scope, erasure.day(), erasure.user);
        self.tables().asked.journal.entry(key).or_insert_with(|| erasure.clone());
        Ok(())
    }

    async fn journaled(
        &self,
        scope: (StoreId, Mode),
        (day, user): (Date, UserId),
    ) -> Result<Option<Erasure>, Fault> {
        self.step().await?;
        Ok(self.tables().asked.journal.get(&(scope, day, user)).cloned())
    }
}
