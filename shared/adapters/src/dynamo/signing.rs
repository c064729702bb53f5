//! The keys that sign tokens: one item for the deployment.

use std::sync::Arc;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{
    Fault, Mode,
    ports::SigningKeys,
    signing::{KeySet, SigningKey},
    store::{Saved, Store},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item, Table, is_refused,
    item::{self, number, pk, time},
};
use crate::aws::fault;

const CORRUPT: &str = "the signing keys in `state`";

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    issuer: String,
    keys: Vec<KeyRow>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
struct KeyRow {
    id: String,
    public: ByteBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<ByteBuf>,
    made: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired: Option<i64>,
}

impl SigningKeys for Table {
    async fn key_set(&self) -> Result<Option<Arc<KeySet>>, Fault> {
        if let Some(set) = self.key_set.get(&()) {
            return Ok(Some(set));
        }
        let Some(item) = self.get(&place()).await? else { return Ok(None) };
        let set = Arc::new(from_item(item)?);
        self.key_set.put((), Arc::clone(&set));
        Ok(Some(set))
    }

    fn forget_key_set(&self) {
        self.key_set.forget(&());
    }

    async fn save_key_set(&self, set: &KeySet) -> Result<Saved, Fault> {
        let mut call = self
            .db
            .put_item()
            .table_name(&self.state)
            .set_item(Some(to_item(set)?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        call = match set.revision.checked_sub(1) {
            None => call.condition_expression("attribute_not_exists(pk)"),
            Some(before) => call
                .condition_expression("revision = :before")
                .expression_attribute_values(":before", number(before)),
        };
        self.forget_key_set();
        match call.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref());
                Ok(Saved::Yes)
            }
            Err(e) if is_refused(&e) => Ok(Saved::Conflict),
            Err(e) => Err(fault("save the signing keys", &e)),
        }
    }
}

fn place() -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "JWK", "all")
}

fn to_item(set: &KeySet) -> Result<Item, Fault> {
    let keys = set.keys.iter().map(|key| KeyRow {
        id: key.id.clone(),
        public: ByteBuf::from(key.public),
        sealed: key.sealed.clone().map(ByteBuf::from),
        made: key.made_at.as_millisecond(),
        retired: key.retired_at.map(Timestamp::as_millisecond),
    });
    item::to_item(&Row {
        pk: place(),
        sk: item::SK.to_owned(),
        issuer: set.issuer.clone(),
        keys: keys.collect(),
        revision: set.revision,
    })
}

fn from_item(item: Item) -> Result<KeySet, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let keys = row.keys.into_iter().map(|key| {
        Ok(SigningKey {
            id: key.id,
            public: key.public.as_slice().try_into().map_err(|_| Fault::corrupt(CORRUPT))?,
            sealed: key.sealed.map(ByteBuf::into_vec),
            made_at: time(key.made)?,
            retired_at: key.retired.map(time).transpose()?,
        })
    });
    let keys = keys.collect::<Result<_, Fault>>()?;
    Ok(KeySet { issuer: row.issuer, keys, revision: row.revision })
}
