//! The consent ledger of a user: entries that are only ever added to `evidence`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use doorstep_domain::{
    Fault,
    consent::{Entry, Withdrawal},
    id::UserId,
    keys::DataKeys,
    ports::Ledger,
};
use serde::Deserialize;

use super::{
    Item, Table, is_refused,
    item::{self, millis, pk, text, time},
};
use crate::aws::fault;

const CORRUPT: &str = "a consent in `evidence`";

#[derive(Deserialize)]
struct Row {
    purpose: String,
    channel: String,
    granted: bool,
    occurred_at: i64,
}

impl Ledger for Table {
    async fn entries(&self, keys: &DataKeys, user: UserId) -> Result<Vec<Entry>, Fault> {
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
                entries.push(entry(item)?);
            }
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(entries);
            }
        }
    }

    async fn withdraw(&self, keys: &DataKeys, withdrawal: &Withdrawal) -> Result<(), Fault> {
        let at = withdrawal.occurred_at;
        let entry = HashMap::from([
            ("pk".to_owned(), text(pk(keys.scope(), "USR", withdrawal.user))),
            ("sk".to_owned(), text(format!("{}#{}", at.as_millisecond(), withdrawal.id))),
            ("purpose".to_owned(), text(&withdrawal.purpose)),
            ("channel".to_owned(), text(&withdrawal.channel)),
            ("granted".to_owned(), AttributeValue::Bool(false)),
            ("method".to_owned(), text(&withdrawal.method)),
            ("occurred_at".to_owned(), millis(at)),
        ]);
        let call = self
            .db
            .put_item()
            .table_name(&self.evidence)
            .set_item(Some(entry))
            .condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match call.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref());
                Ok(())
            }
            Err(e) if is_refused(&e) => Ok(()),
            Err(e) => Err(fault("write a withdrawal", &e)),
        }
    }
}

fn entry(item: Item) -> Result<Entry, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    Ok(Entry {
        purpose: row.purpose,
        channel: row.channel,
        granted: row.granted,
        occurred_at: time(row.occurred_at)?,
    })
}
