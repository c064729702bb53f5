//! Imports and their rows.

use doorstep_domain::{
    Fault,
    id::ImportId,
    import::{Import, Row, RowError, Status},
    keys::DataKeys,
    ports::{Chunks, Imports},
};

use super::Memory;

impl Imports for Memory {
    async fn find(&self, keys: &DataKeys, id: ImportId) -> Result<Option<Import>, Fault> {
        self.others_first().await;
        Ok(self.tables().imports.get(&(keys.scope(), id)).cloned())
    }

    async fn open(&self, keys: &DataKeys, import: &Import) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), import.id);
        if tables.imports.contains_key(&key) {
            return Ok(false);
        }
        tables.imports.insert(key, import.clone());
        tables.events.push(format!("job/import/{}", import.next));
        Ok(true)
    }

    async fn advance(
        &self,
        keys: &DataKeys,
        before: &Import,
        after: &Import,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let Some(stored) = tables.imports.get_mut(&(keys.scope(), before.id)) else {
            return Ok(false);
        };
        if stored.next != before.next || stored.status != Status::Running {
            return Ok(false);
        }
        *stored = after.clone();
        if after.status == Status::Running {
            tables.events.push(format!("job/import/{}", after.next));
        }
        Ok(true)
    }
}

impl Chunks for Memory {
    async fn keep(
        &self,
        keys: &DataKeys,
        id: ImportId,
        (number, rows): (u32, &[Row]),
    ) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().chunks.insert((keys.scope(), id, number), rows.to_vec());
        Ok(())
    }

    async fn rows(
        &self,
        keys: &DataKeys,
        id: ImportId,
        number: u32,
    ) -> Result<Option<Vec<Row>>, Fault> {
        self.others_first().await;
        Ok(self.tables().chunks.get(&(keys.scope(), id, number)).cloned())
    }

    async fn forget(&self, keys: &DataKeys, id: ImportId, number: u32) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().chunks.remove(&(keys.scope(), id, number));
        Ok(())
    }

    async fn keep_errors(
        &self,
        keys: &DataKeys,
        id: ImportId,
        errors: &[RowError],
    ) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().row_errors.insert((keys.scope(), id), errors.to_vec());
        Ok(())
    }

    async fn errors(&self, keys: &DataKeys, id: ImportId) -> Result<Vec<RowError>, Fault> {
        self.others_first().await;
        Ok(self.tables().row_errors.get(&(keys.scope(), id)).cloned().unwrap_or_default())
    }
}
