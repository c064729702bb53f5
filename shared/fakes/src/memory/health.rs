//! The carriers' health and the log of decisions.

use std::{collections::BTreeMap, sync::Arc};

use doorstep_domain::{
    Fault, Mode,
    decisions::Line,
    health::Health,
    id::{MessageId, StoreId},
    phone::Region,
    ports::{HealthBook, Range},
    steer::Country,
    watch::Told,
};

use super::{Memory, Tables};

impl HealthBook for Memory {
    async fn country(&self, region: Region) -> Result<Option<Country>, Fault> {
        self.others_first().await;
        Ok(self.tables().countries.get(&region).cloned())
    }

    async fn glance(&self, region: Region) -> Result<Arc<Vec<Health>>, Fault> {
        let found = self.country(region).await?;
        Ok(Arc::new(found.map(|country| country.carriers).unwrap_or_default()))
    }

    async fn countries(&self) -> Result<Vec<Region>, Fault> {
        self.others_first().await;
        Ok(self.tables().countries.keys().copied().collect())
    }

    async fn advance(&self, country: &Country, decided: &[Line]) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let known = tables.countries.get(&country.region);
        if known.map_or(0, |known| known.revision + 1) != country.revision {
            return Ok(false);
        }
        tables.countries.insert(country.region, country.clone());
        for entry in decided {
            note(&mut tables, entry);
        }
        Ok(true)
    }

    async fn log(&self, entry: &Line) -> Result<(), Fault> {
        self.others_first().await;
        note(&mut self.tables(), entry);
        Ok(())
    }

    async fn logged(&self, scope: (StoreId, Mode), range: &Range) -> Result<Vec<Line>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let wanted = |entry: &&Line| {
            let below = range.cursor.as_ref().is_none_or(|cursor| entry.place() < *cursor);
            entry.scope == scope && entry.at >= range.from && entry.at < range.to && below
        };
        let newest = tables.log.values().rev().filter(wanted);
        Ok(newest.take(range.limit).cloned().collect())
    }

    async fn texts(
        &self,
        ids: &[(StoreId, MessageId)],
    ) -> Result<BTreeMap<(StoreId, MessageId), Told>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let told = |(store, id): &(StoreId, MessageId)| {
            let message = &tables.messages.get(&((*store, Mode::Live), *id))?.message;
            let told = Told { leg: message.leg, history: message.history.clone() };
            Some(((*store, *id), told))
        };
        Ok(ids.iter().filter_map(told).collect())
    }
}

fn note(tables: &mut Tables, entry: &Line) {
    tables.log.insert((entry.place(), entry.scope), entry.clone());
}
