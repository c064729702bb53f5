//! Keys to the API.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem, Update};
use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, History, KeyId, Kind, Scope},
    id::StoreId,
    ports::ApiKeys,
    store::Store,
    token::KeyDigest,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item, Table,
    attempts::is_second,
    item::{self, millis, number, parse, pk, text, time},
};
use crate::aws::fault;

const CORRUPT: &str = "a key in `state`";

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    l_pk: String,
    l_sk: String,
    name: String,
    kind: String,
    mode: String,
    store: Option<String>,
    role: Option<String>,
    scopes: Vec<String>,
    digest: ByteBuf,
    created: i64,
    expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rotated_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl ApiKeys for Table {
    async fn find(&self, mode: Mode, id: &KeyId) -> Result<Option<Arc<ApiKey>>, Fault> {
        let slot = (mode, id.clone());
        if let Some(key) = self.keys.get(&slot) {
            return Ok(Some(key));
        }
        let Some(item) = self.get(&key_pk(mode, id)).await? else { return Ok(None) };
        let key = Arc::new(from_item(item)?);
        self.keys.put(slot, Arc::clone(&key));
        Ok(Some(key))
    }

    fn forget_key(&self, mode: Mode, id: &KeyId) {
        self.keys.forget(&(mode, id.clone()));
    }

    async fn create(&self, key: &ApiKey) -> Result<(), Fault> {
        let answer = self
            .db
            .put_item()
            .table_name(&self.state)
            .set_item(Some(to_item(key)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("create a key", &e))?;
        self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref());
        Ok(())
    }

    async fn rotate(&self, new: &ApiKey, replaced: &KeyId, end: Timestamp) -> Result<bool, Fault> {
        let broken = |_| Fault::corrupt("a write of a transaction");
        let put = Put::builder()
            .table_name(&self.state)
            .set_item(Some(to_item(new)?))
            .condition_expression("attribute_not_exists(pk)");
        let retire = Update::builder()
            .table_name(&self.state)
            .set_key(Some(item::key(&key_pk(new.mode, replaced))))
            .update_expression("SET retires = :end, rotated_to = :new, #ttl = :ttl")
            // Its end moves forward only.
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(retires) OR retires >= :end)",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":end", millis(end))
            .expression_attribute_values(":new", text(&new.id))
            .expression_attribute_values(":ttl", number(forgotten(end)));
        let put = TransactWriteItem::builder().put(put.build().map_err(broken)?).build();
        let retire = TransactWriteItem::builder().update(retire.build().map_err(broken)?).build();
        let sent = self
            .db
            .transact_write_items()
            .transact_items(put)
            .transact_items(retire)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        self.forget_key(new.mode, replaced);
        match sent {
            Ok(answer) => {
                for used in answer.consumed_capacity() {
                    self.wrote("dynamodb.TransactWriteItems", Some(used));
                }
                Ok(true)
            }
            Err(e) if is_second(&e) => Ok(false),
            Err(e) => Err(fault("rotate a key", &e)),
        }
    }

    async fn used(&self, key: &ApiKey, day: Date) -> Result<(), Fault> {
        let slot = (key.mode, key.id.clone());
        if let Some(known) = self.keys.get(&slot) {
            let mut noted = (*known).clone();
            noted.history.last_used_day = noted.history.last_used_day.max(Some(day));
            self.keys.replace(&slot, Arc::new(noted));
        }
        let note = self
            .update(&key_pk(key.mode, &key.id))
            .update_expression("SET used = :day")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(used) OR used < :day)",
            )
            .expression_attribute_values(":day", text(day));
        self.change("note that a key was used", note).await.map(drop)
    }

    async fn delete(&self, key: &ApiKey) -> Result<(), Fault> {
        let answer = self
            .db
            .delete_item()
            .table_name(&self.state)
            .set_key(Some(item::key(&key_pk(key.mode, &key.id))))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("delete a key", &e))?;
        self.wrote("dynamodb.DeleteItem", answer.consumed_capacity.as_ref());
        self.keys.forget(&(key.mode, key.id.clone()));
        Ok(())
    }

    async fn list(&self, store: Option<StoreId>, mode: Mode) -> Result<Vec<ApiKey>, Fault> {
        let ids = self.listed(partition(store, mode)).await?;
        let id_of = |sk: &String| sk.rsplit('#').next().unwrap_or_default().to_owned();
        let pks: Vec<_> =
            ids.iter().map(|sk| pk((Store::DEPLOYMENT, mode), "KEY", id_of(sk))).collect();
        let mut keys = Vec::new();
        for chunk in pks.chunks(100) {
            let items = self.get_many(chunk).await?;
            keys.extend(items.into_iter().map(from_item).collect::<Result<Vec<_>, _>>()?);
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        Ok(keys)
    }
}

/// When an ended key leaves the list, in seconds since 1970: it is shown for a month.
fn forgotten(end: Timestamp) -> i64 {
    end.as_second() + SignedDuration::from_hours(30 * 24).as_secs()
}

/// Keys are found before their store is known: they belong to the deployment.
fn key_pk(mode: Mode, id: &KeyId) -> String {
    pk((Store::DEPLOYMENT, mode), "KEY", id)
}

fn partition(store: Option<StoreId>, mode: Mode) -> String {
    pk((store.unwrap_or(Store::DEPLOYMENT), mode), "KEY", "all")
}

fn to_item(key: &ApiKey) -> Result<Item, Fault> {
    let created = key.created_at.as_millisecond();
    item::to_item(&Row {
        pk: key_pk(key.mode, &key.id),
        sk: item::SK.to_owned(),
        l_pk: partition(key.store, key.mode),
        l_sk: format!("{created}#{}", key.id),
        name: key.name.clone(),
        kind: key.kind.prefix().to_owned(),
        mode: key.mode.to_string(),
        store: key.store.map(|store| store.to_string()),
        role: key.role.map(|role| role.as_str().to_owned()),
        scopes: key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        digest: ByteBuf::from(key.digest.bytes()),
        created,
        expires: key.expires_at.map(Timestamp::as_millisecond),
        replaces: key.history.replaces.as_ref().map(ToString::to_string),
        rotated_to: key.history.rotated_to.as_ref().map(ToString::to_string),
        retires: key.history.retires_at.map(Timestamp::as_millisecond),
        used: key.history.last_used_day.map(|day| day.to_string()),
        ttl: key.ends_at().map(forgotten),
    })
}

fn from_item(item: Item) -> Result<ApiKey, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let digest = row.digest.as_slice().try_into().map_err(|_| Fault::corrupt(CORRUPT))?;
    let id = row.pk.rsplit('#').next().unwrap_or_default();
    let scopes = row.scopes.iter().map(|scope| parse(scope, CORRUPT));
    Ok(ApiKey {
        id: parse(id, CORRUPT)?,
        name: row.name,
        kind: if row.kind == Kind::Secret.prefix() { Kind::Secret } else { Kind::Publishable },
        mode: parse(&row.mode, CORRUPT)?,
        store: row.store.map(|store| parse(&store, CORRUPT)).transpose()?,
        role: row.role.map(|role| parse(&role, CORRUPT)).transpose()?,
        scopes: scopes.collect::<Result<BTreeSet<Scope>, _>>()?,
        digest: KeyDigest::restore(digest),
        created_at: time(row.created)?,
        expires_at: row.expires.map(time).transpose()?,
        history: History {
            replaces: row.replaces.map(|id| parse(&id, CORRUPT)).transpose()?,
            rotated_to: row.rotated_to.map(|id| parse(&id, CORRUPT)).transpose()?,
            retires_at: row.retires.map(time).transpose()?,
            last_used_day: row.used.map(|day| parse(&day, CORRUPT)).transpose()?,
        },
    })
}
