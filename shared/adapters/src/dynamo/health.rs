//! The carriers' health, and the log of decisions.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem};
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
use jiff::SignedDuration;

use super::{
    Item, Table, attempt_row,
    attempts::is_second,
    health_row::{self, countries_pk, country_item, country_pk, entry_item, log_pk},
    item::{number, pk, text},
    listing::day_of,
    message_row,
};
use crate::aws::fault;

/// So many items one call reads.
const AT_ONCE: usize = 100;

impl HealthBook for Table {
    async fn country(&self, region: Region) -> Result<Option<Country>, Fault> {
        self.get(&country_pk(region)).await?.map(health_row::country).transpose()
    }

    async fn glance(&self, region: Region) -> Result<Arc<Vec<Health>>, Fault> {
        if let Some(known) = self.healths.get(&region) {
            return Ok(known);
        }
        let found = self.country(region).await?;
        let carriers = Arc::new(found.map(|country| country.carriers).unwrap_or_default());
        self.healths.put(region, Arc::clone(&carriers));
        Ok(carriers)
    }

    async fn countries(&self) -> Result<Vec<Region>, Fault> {
        let listed = self.listed(countries_pk()).await?;
        Ok(listed.iter().filter_map(|name| Region::parse(name)).collect())
    }

    async fn advance(&self, country: &Country, decided: &[Line]) -> Result<bool, Fault> {
        let mut writes = vec![write(self.country_put(country)?)];
        for entry in decided {
            writes.push(write(self.put_of(entry_item(entry)?)?));
        }
        let sent = self
            .db
            .transact_write_items()
            .set_transact_items(Some(writes))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        self.healths.forget(&country.region);
        match sent {
            Ok(answer) => {
                for used in answer.consumed_capacity() {
                    self.wrote("dynamodb.TransactWriteItems", Some(used));
                }
                Ok(true)
            }
            Err(e) if is_second(&e) => Ok(false),
            Err(e) => Err(fault("keep a country's health", &e)),
        }
    }

    async fn log(&self, entry: &Line) -> Result<(), Fault> {
        let put = self
            .db
            .put_item()
            .table_name(&self.state)
            .set_item(Some(entry_item(entry)?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("log a decision", &e))?;
        self.wrote("dynamodb.PutItem", put.consumed_capacity.as_ref());
        Ok(())
    }

    async fn logged(&self, scope: (StoreId, Mode), range: &Range) -> Result<Vec<Line>, Fault> {
        let (from, to) = (range.from.as_millisecond(), range.to.as_millisecond());
        let below = range.cursor.clone().unwrap_or_else(|| to.to_string());
        let (mut day, mut entries) = (day_of(&below, range.to), Vec::new());
        while entries.len() < range.limit && attempt_row::day(day) >= attempt_row::day(range.from) {
            let between = (from.to_string(), below.clone());
            let wanted = range.limit - entries.len();
            let found = self.lines(log_pk(scope, day), between, wanted).await?;
            let found = found.into_iter().map(|item| health_row::entry(scope, item));
            entries.extend(found.collect::<Result<Vec<_>, _>>()?);
            day -= SignedDuration::from_hours(24);
        }
        Ok(entries)
    }

    async fn texts(
        &self,
        ids: &[(StoreId, MessageId)],
    ) -> Result<BTreeMap<(StoreId, MessageId), Told>, Fault> {
        let mut texts = BTreeMap::new();
        for some in ids.chunks(AT_ONCE) {
            let key = |(store, id): &(StoreId, MessageId)| pk((*store, Mode::Live), "MSG", id);
            let pks: Vec<_> = some.iter().map(key).collect();
            for item in self.get_many(&pks).await? {
                let (store, id, told) = message_row::told(item)?;
                texts.insert((store, id), told);
            }
        }
        Ok(texts)
    }
}

fn write(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

impl Table {
    fn put_of(&self, item: Item) -> Result<Put, Fault> {
        let put = Put::builder().table_name(&self.state).set_item(Some(item)).build();
        put.map_err(|_| Fault::corrupt("a write of a transaction"))
    }

    /// The country, if its revision is the one before.
    fn country_put(&self, country: &Country) -> Result<Put, Fault> {
        let put = Put::builder().table_name(&self.state).set_item(Some(country_item(country)?));
        let put = match country.revision.checked_sub(1) {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("revision = :before")
                .expression_attribute_values(":before", number(before)),
        };
        put.build().map_err(|_| Fault::corrupt("a write of a transaction"))
    }

    /// The items of a partition whose places are from `between.0` up to, not including,
    /// `between.1`, highest first.
    async fn lines(
        &self,
        partition: String,
        between: (String, String),
        limit: usize,
    ) -> Result<Vec<Item>, Fault> {
        if between.0 > between.1 {
            return Ok(Vec::new());
        }
        let answer = self
            .db
            .query()
            .table_name(&self.state)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":from", text(&between.0))
            .expression_attribute_values(":to", text(&between.1))
            .scan_index_forward(false)
            .consistent_read(true)
            // One more: `between.1` itself is not wanted.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("read the log", &e))?;
        self.read("dynamodb.Query", answer.consumed_capacity.as_ref());
        let end = text(&between.1);
        let lines = answer.items.unwrap_or_default().into_iter();
        let lines = lines.filter_map(|item| self.live(item));
        Ok(lines.filter(|item| item.get("sk") != Some(&end)).take(limit).collect())
    }
}
