//! Keys to the API.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, KeyId, Kind, Scope},
    id::StoreId,
    ports::ApiKeys,
    store::Store,
    token::KeyDigest,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item, Table,
    item::{self, parse, pk, time},
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
        expires: key.expires_at.map(jiff::Timestamp::as_millisecond),
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
    })
}
