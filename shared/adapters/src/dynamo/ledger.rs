//! The consent ledger of a user: entries that are only ever added to `evidence`, numbered.

use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem, Update};
use doorstep_domain::{
    Fault,
    consent::Linked,
    id::UserId,
    keys::DataKeys,
    ports::{Ledger, News},
};

use super::{
    Table,
    attempts::is_second,
    item::{self, pk, text},
    ledger_row,
};
use crate::aws::fault;

impl Ledger for Table {
    async fn entries(&self, keys: &DataKeys, user: UserId) -> Result<Vec<Linked>, Fault> {
        let (mut entries, mut after) = (Vec::new(), None);
        loop {
            let page = self
                .db
                .query()
                .table_name(&self.evidence)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(pk(keys.scope(), "USR", user)))
                .consistent_read(true)
                .set_exclusive_start_key(after)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| fault("read a user's consents", &e))?;
            self.read("dynamodb.Query", page.consumed_capacity.as_ref());
            for item in page.items.unwrap_or_default() {
                entries.push(ledger_row::from_item(keys, user, item)?);
            }
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(entries);
            }
        }
    }

    async fn append(
        &self,
        keys: &DataKeys,
        user: UserId,
        entries: &[Linked],
        news: Option<News<'_>>,
    ) -> Result<bool, Fault> {
        let mut writes = Vec::with_capacity(entries.len() + 1);
        if let Some(news) = news {
            let last = entries.last().map_or(0, |last| last.seq);
            let told = self.tells(&pk(keys.scope(), "USR", user), (news, last))?;
            writes.push(TransactWriteItem::builder().update(told).build());
        }
        for entry in entries {
            writes.push(TransactWriteItem::builder().put(self.entry(keys, entry)?).build());
        }
        let sent = self
            .db
            .transact_write_items()
            .set_transact_items(Some(writes))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                for used in answer.consumed_capacity() {
                    self.wrote("dynamodb.TransactWriteItems", Some(used));
                }
                Ok(true)
            }
            Err(e) if is_second(&e) => Ok(false),
            Err(e) => Err(fault("add to the consent ledger", &e)),
        }
    }
}

impl Table {
    /// One entry in a transaction.
    pub(super) fn entry(&self, keys: &DataKeys, entry: &Linked) -> Result<Put, Fault> {
        Put::builder()
            .table_name(&self.evidence)
            .set_item(Some(ledger_row::to_item(keys, entry)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|_| Fault::corrupt("a write of a transaction"))
    }

    /// The news on the user's item, which has to be there. The number of the last entry makes them
    /// other news than those before: what an item said already is no event.
    fn tells(&self, pk: &str, (news, last): (News<'_>, u32)) -> Result<Update, Fault> {
        Update::builder()
            .table_name(&self.state)
            .set_key(Some(item::key(pk)))
            .update_expression("SET #out = :news, trace = :trace")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":news", text(format!("news/{}/{last}", news.kind)))
            .expression_attribute_values(":trace", text(news.trace))
            .build()
            .map_err(|_| Fault::corrupt("a write of a transaction"))
    }
}
