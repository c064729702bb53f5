//! Stores and their settings.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{
    Fault, Mode,
    account::SealedAccount,
    carrier::CarrierName,
    id::StoreId,
    keys::RootUse,
    ports::{Page, Stores},
    seal::KeyVersion,
    store::{Saved, Store, WrappedRoot},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item, Table, is_refused,
    item::{self, number, parse, pk, time},
    settings_row::{SettingsRow, settings, settings_row},
};
use crate::aws::fault;

const CORRUPT: &str = "a store in `state`";

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    l_pk: String,
    l_sk: String,
    own: SettingsRow,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    accounts: BTreeMap<String, AccountRow>,
    roots: Vec<RootRow>,
    indexing: u16,
    created: i64,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
struct AccountRow {
    id: String,
    sealed: ByteBuf,
    changed: i64,
}

#[derive(Serialize, Deserialize)]
struct RootRow {
    mode: String,
    usage: String,
    version: u16,
    wrapped: ByteBuf,
}

impl Stores for Table {
    async fn find(&self, id: StoreId) -> Result<Option<Arc<Store>>, Fault> {
        if let Some(store) = self.stores.get(&id) {
            return Ok(Some(store));
        }
        // The deployment is read with every store: whoever sends needs both.
        let mut wanted = None;
        for store in self.load(&[id, Store::DEPLOYMENT]).await?.into_iter().map(Arc::new) {
            if store.id == id {
                wanted = Some(Arc::clone(&store));
            }
            self.stores.put(store.id, store);
        }
        Ok(wanted)
    }

    fn forget(&self, id: StoreId) {
        self.stores.forget(&id);
    }

    async fn save(&self, store: &Store) -> Result<Saved, Fault> {
        let mut call = self
            .db
            .put_item()
            .table_name(&self.state)
            .set_item(Some(to_item(store)?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        call = match store.revision.checked_sub(1) {
            None => call.condition_expression("attribute_not_exists(pk)"),
            Some(before) => call
                .condition_expression("revision = :before")
                .expression_attribute_values(":before", number(before)),
        };
        self.stores.forget(&store.id);
        match call.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref());
                Ok(Saved::Yes)
            }
            Err(e) if is_refused(&e) => Ok(Saved::Conflict),
            Err(e) => Err(fault("save a store", &e)),
        }
    }

    async fn list(&self, limit: usize, cursor: Option<String>) -> Result<Page<Store>, Fault> {
        let mut ids: Vec<StoreId> = self
            .listed(partition())
            .await?
            .iter()
            .rev()
            .filter(|id| cursor.as_ref().is_none_or(|after| *id > after))
            .map(|id| parse(id, CORRUPT))
            .collect::<Result<_, _>>()?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let mut items = self.load(&ids).await?;
        items.sort_by_key(|store| store.id);
        let next = ids.last().filter(|_| more).map(ToString::to_string);
        Ok(Page { items, next })
    }
}

impl Table {
    /// Stores with the defaults that apply to them, in one call.
    async fn load(&self, ids: &[StoreId]) -> Result<Vec<Store>, Fault> {
        let mut pks: Vec<_> = ids.iter().map(|id| store_pk(*id)).collect();
        pks.push(store_pk(Store::DEPLOYMENT));
        pks.sort_unstable();
        pks.dedup();
        let items = self.get_many(&pks).await?;
        let stores = items.into_iter().map(from_item).collect::<Result<Vec<_>, _>>()?;
        let deployment = stores.iter().find(|store| store.id == Store::DEPLOYMENT).cloned();
        let wanted = stores.into_iter().filter(|store| ids.contains(&store.id));
        Ok(match deployment {
            Some(deployment) => wanted.map(|store| store.inheriting(&deployment)).collect(),
            None => wanted.collect(),
        })
    }
}

fn store_pk(id: StoreId) -> String {
    pk((id, Mode::Live), "STO", id)
}

/// The list of all stores belongs to the deployment.
fn partition() -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "STO", "all")
}

fn to_item(store: &Store) -> Result<Item, Fault> {
    let roots = store.roots.iter().map(|root| RootRow {
        mode: root.mode.to_string(),
        usage: root.usage.as_str().to_owned(),
        version: root.version.0,
        wrapped: ByteBuf::from(root.wrapped.clone()),
    });
    item::to_item(&Row {
        pk: store_pk(store.id),
        sk: item::SK.to_owned(),
        // The defaults are no store: they stay out of the list.
        l_pk: if store.id == Store::DEPLOYMENT { store_pk(store.id) } else { partition() },
        l_sk: store.id.to_string(),
        own: settings_row(&store.own),
        accounts: store.own_accounts().map(account_row).collect(),
        roots: roots.collect(),
        indexing: store.indexing.0,
        created: store.created_at.as_millisecond(),
        revision: store.revision,
    })
}

fn from_item(item: Item) -> Result<Store, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let own = settings(row.own)?;
    let id = parse(&row.l_sk, CORRUPT)?;
    Ok(Store {
        id,
        settings: own.clone(),
        own,
        accounts: row.accounts.into_iter().map(|row| account(id, row)).collect::<Result<_, _>>()?,
        roots: row.roots.into_iter().map(root).collect::<Result<_, _>>()?,
        indexing: KeyVersion(row.indexing),
        created_at: time(row.created)?,
        revision: row.revision,
    })
}

fn account_row((carrier, account): (CarrierName, &SealedAccount)) -> (String, AccountRow) {
    let row = AccountRow {
        id: account.id.clone(),
        sealed: ByteBuf::from(account.sealed.clone()),
        changed: account.changed_at.as_millisecond(),
    };
    (carrier.as_str().to_owned(), row)
}

fn account(
    owner: StoreId,
    (carrier, row): (String, AccountRow),
) -> Result<(CarrierName, SealedAccount), Fault> {
    let AccountRow { id, sealed, changed } = row;
    let account =
        SealedAccount { id, owner, sealed: sealed.into_vec(), changed_at: time(changed)? };
    Ok((parse(&carrier, CORRUPT)?, account))
}

fn root(row: RootRow) -> Result<WrappedRoot, Fault> {
    let usage = match row.usage.as_str() {
        "data" => RootUse::Data,
        "codes" => RootUse::Codes,
        _ => return Err(Fault::corrupt(CORRUPT)),
    };
    Ok(WrappedRoot {
        mode: parse(&row.mode, CORRUPT)?,
        usage,
        version: KeyVersion(row.version),
        wrapped: row.wrapped.into_vec(),
    })
}
