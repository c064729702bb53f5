//! Users, and what they agreed to.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{
    Fault,
    consent::{ConsentState, Said},
    id::UserId,
    keys::DataKeys,
    phone::PhoneNumber,
    ports::{Ledger, Users},
    seal::Place,
    user::User,
};
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{
    Item, Table,
    item::{self, pk, text, time},
};
use crate::aws::fault;

const CORRUPT: &str = "a user in `state`";

#[derive(Deserialize)]
struct Row {
    phone: ByteBuf,
}

#[derive(Deserialize)]
struct EntryRow {
    purpose: String,
    channel: String,
    granted: bool,
    occurred_at: i64,
}

impl Users for Table {
    async fn find(&self, keys: &DataKeys, id: UserId) -> Result<Option<User>, Fault> {
        let Some(item) = self.get(&pk(keys.scope(), "USR", id)).await? else { return Ok(None) };
        let row: Row = item::from_item(item, CORRUPT)?;
        let name = id.to_string();
        let place = Place { item: &name, attribute: "phone" };
        let plain = keys.open(place, &row.phone).map_err(|_| Fault::corrupt("a sealed phone"))?;
        let plain = String::from_utf8(plain).map_err(|_| Fault::corrupt(CORRUPT))?;
        let phone = PhoneNumber::parse(&plain, None, keys.scope().1);
        Ok(Some(User { id, phone: phone.map_err(|_| Fault::corrupt(CORRUPT))? }))
    }
}

impl Ledger for Table {
    async fn state(&self, keys: &DataKeys, user: UserId) -> Result<ConsentState, Fault> {
        let (mut said, mut next) = (Vec::new(), None);
        loop {
            let answer = self
                .db
                .query()
                .table_name(&self.evidence)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(pk(keys.scope(), "USR", user)))
                .consistent_read(true)
                .set_exclusive_start_key(next)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| fault("read the consent ledger", &e))?;
            self.read("dynamodb.Query", answer.consumed_capacity.as_ref());
            for item in answer.items.unwrap_or_default() {
                said.push(entry(item)?);
            }
            next = answer.last_evaluated_key;
            if next.is_none() {
                return Ok(ConsentState(said));
            }
        }
    }
}

fn entry(item: Item) -> Result<Said, Fault> {
    let EntryRow { purpose, channel, granted, occurred_at } =
        item::from_item(item, "a consent in `evidence`")?;
    Ok(Said { purpose, channel, granted, at: time(occurred_at)? })
}
