//! How long items are kept: told by their store when they are written, and looked at when they are
//! read.

use aws_sdk_dynamodb::{
    operation::put_item::builders::PutItemFluentBuilder, types::AttributeValue,
};
use doorstep_domain::{
    Fault, Mode,
    id::StoreId,
    ports::{Clock, Stores},
    retention::{Kind, Retention},
};
use jiff::Timestamp;

use super::{Item, Table, item::number};

impl Table {
    /// When an item of this kind and time is over, in seconds since 1970. Whoever writes has its
    /// store's keys, and so the store in its cache.
    pub(super) async fn over(
        &self,
        (store, mode): (StoreId, Mode),
        kind: Kind,
        since: Timestamp,
    ) -> Result<i64, Fault> {
        let store = Stores::find(self, store).await?;
        let said = store.and_then(|store| store.settings.retention).unwrap_or_default();
        Ok(since.as_second() + Retention::seconds(&said, kind, mode))
    }

    /// A put into `state` that finds nothing, or nothing whose time is not over.
    pub(super) fn if_new(&self) -> PutItemFluentBuilder {
        self.db
            .put_item()
            .table_name(&self.state)
            .condition_expression("attribute_not_exists(pk) OR #ttl <= :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", number(self.now().as_second()))
    }

    /// The item, unless its time is over: `DynamoDB` may take days to delete it.
    pub(super) fn live(&self, item: Item) -> Option<Item> {
        let now = self.now().as_second();
        let over = match item.get("ttl") {
            Some(AttributeValue::N(ttl)) => ttl.parse::<i64>().is_ok_and(|ttl| ttl <= now),
            _ => false,
        };
        (!over).then_some(item)
    }
}
