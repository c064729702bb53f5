//! The audit log: in `evidence` by store and day, and in its index by day alone.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{KeysAndAttributes, ReturnConsumedCapacity},
};
use doorstep_domain::{
    Fault, Mode,
    audit::{AuditEntry, Place},
    id::StoreId,
    ports::{Audit, AuditLog, Range},
    store::Store,
};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    BATCH, Item, Table,
    attempt_row::day,
    item::{self, parse, pk, text, time},
    listing::day_of,
};
use crate::aws::fault;

const CORRUPT: &str = "an audit entry in `evidence`";
const DAY: SignedDuration = SignedDuration::from_hours(24);

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    /// All stores' entries of a day.
    l_pk: String,
    l_sk: String,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    request: String,
    suppressed: u32,
}

impl Audit for Table {
    async fn record(&self, entry: &AuditEntry) -> Result<(), Fault> {
        self.add_evidence("write an audit entry", to_item(entry)?).await.map(drop)
    }
}

impl AuditLog for Table {
    async fn entries(
        &self,
        of: Option<(StoreId, Mode)>,
        range: &Range,
    ) -> Result<Vec<AuditEntry>, Fault> {
        let (from, to) = (cursor(range.from), cursor(range.to));
        let mut below = range.cursor.clone().unwrap_or_else(|| to.clone());
        let mut today = day_of(&below, range.to);
        let mut entries = Vec::new();
        while entries.len() < range.limit && day(today) >= day(range.from) {
            let wanted = range.limit - entries.len();
            let query = self.day(of, today, (&from, &below)).scan_index_forward(false);
            // One more: `below` itself is not wanted.
            let found = readable(self.evidence_of(query, Some(wanted + 1)).await?);
            entries.extend(found.filter(|entry| entry.cursor() < below).take(wanted));
            today -= DAY;
            below.clone_from(&to);
        }
        Ok(entries)
    }

    async fn at(&self, places: &[Place]) -> Result<Vec<AuditEntry>, Fault> {
        let batches = places.chunks(BATCH).map(|places| self.evidence_at(places));
        let items = try_join_all(batches).await?.into_iter().flatten();
        Ok(readable(items).collect())
    }
}

impl Table {
    /// The entries of a range, of all stores, oldest first.
    pub(super) async fn entries_between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<AuditEntry>, Fault> {
        let (mut today, mut entries) = (from, Vec::new());
        while day(today) <= day(to) {
            let query = self.day(None, today, (&cursor(from), &cursor(to)));
            entries.extend(readable(self.evidence_of(query, None).await?));
            today += DAY;
        }
        Ok(entries)
    }

    /// A day's entries of a store that name this target, oldest first.
    pub(super) async fn audited_on(
        &self,
        scope: (StoreId, Mode),
        target: &str,
        today: Timestamp,
    ) -> Result<Vec<AuditEntry>, Fault> {
        let query = self
            .query_evidence("pk = :pk")
            .consistent_read(true)
            .filter_expression("#target = :target")
            .expression_attribute_names("#target", "target")
            .expression_attribute_values(":pk", text(pk(scope, "AUD", day(today))))
            .expression_attribute_values(":target", text(target));
        Ok(readable(self.evidence_of(query, None).await?).collect())
    }

    /// A day's entries from `between.0` up to `between.1`: of a time alone the entries are greater.
    fn day(
        &self,
        of: Option<(StoreId, Mode)>,
        today: Timestamp,
        between: (&str, &str),
    ) -> QueryFluentBuilder {
        let query = self.query_evidence("#pk = :pk AND #sk BETWEEN :from AND :to");
        let (query, [pk_name, sk_name], partition) = match of {
            Some(scope) => {
                (query.consistent_read(true), ["pk", "sk"], pk(scope, "AUD", day(today)))
            }
            None => (query.index_name("listing"), ["l_pk", "l_sk"], of_all(today)),
        };
        query
            .expression_attribute_names("#pk", pk_name)
            .expression_attribute_names("#sk", sk_name)
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":from", text(between.0))
            .expression_attribute_values(":to", text(between.1))
    }

    /// A query of `evidence`.
    pub(super) fn query_evidence(&self, condition: &str) -> QueryFluentBuilder {
        self.db
            .query()
            .table_name(&self.evidence)
            .key_condition_expression(condition)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// What a query finds: all, or so many.
    pub(super) async fn evidence_of(
        &self,
        query: QueryFluentBuilder,
        limit: Option<usize>,
    ) -> Result<Vec<Item>, Fault> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let left = limit.map(|limit| limit - items.len());
            let page = query
                .clone()
                .set_limit(left.map(|left| i32::try_from(left).unwrap_or(i32::MAX)))
                .set_exclusive_start_key(after)
                .send()
                .await
                .map_err(|e| fault("read the audit log", &e))?;
            self.read("dynamodb.Query", page.consumed_capacity.as_ref());
            items.extend(page.items.unwrap_or_default());
            after = page.last_evaluated_key;
            if after.is_none() || limit.is_some_and(|limit| items.len() >= limit) {
                return Ok(items);
            }
        }
    }

    /// At most a hundred entries, read consistently.
    async fn evidence_at(&self, places: &[Place]) -> Result<Vec<Item>, Fault> {
        let keys = places.iter().map(|place| {
            Item::from([
                ("pk".to_owned(), text(own(place))),
                ("sk".to_owned(), text(place.cursor())),
            ])
        });
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys.collect()));
        let wanted = wanted.consistent_read(true).build();
        let mut wanted = wanted.map_err(|_| Fault::corrupt("a batch of keys"))?;
        let mut found = Vec::new();
        while !wanted.keys().is_empty() {
            let answer = self
                .db
                .batch_get_item()
                .request_items(&self.evidence, wanted.clone())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| fault("read audit entries", &e))?;
            for used in answer.consumed_capacity() {
                self.read("dynamodb.BatchGetItem", Some(used));
            }
            let of = |items: Option<HashMap<String, Vec<Item>>>| {
                items.and_then(|mut tables| tables.remove(&self.evidence)).unwrap_or_default()
            };
            found.extend(of(answer.responses));
            let left = answer.unprocessed_keys.and_then(|mut keys| keys.remove(&self.evidence));
            let Some(left) = left else { break };
            wanted = left;
        }
        Ok(found)
    }
}

/// The partition of a store's entries of a day.
fn own(place: &Place) -> String {
    pk((place.store, place.mode), "AUD", day(place.at))
}

/// The partition of all entries of a day.
fn of_all(today: Timestamp) -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "AUD", day(today))
}

/// Where the entries of a time begin.
fn cursor(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond())
}

/// What can be read. An entry that was changed beyond that is missing, and told by its link: one
/// bad item must not hide the others.
fn readable(items: impl IntoIterator<Item = Item>) -> impl Iterator<Item = AuditEntry> {
    items.into_iter().filter_map(|item| from_item(item).ok())
}

fn to_item(entry: &AuditEntry) -> Result<Item, Fault> {
    let sk = entry.cursor();
    item::to_item(&Row {
        pk: own(&entry.place()),
        l_pk: of_all(entry.at),
        l_sk: sk.clone(),
        sk,
        at: entry.at.as_millisecond(),
        actor: entry.actor.as_ref().map(ToString::to_string),
        role: entry.role.map(|role| role.as_str().to_owned()),
        action: entry.action.as_str().to_owned(),
        target: entry.target.clone(),
        outcome: entry.outcome.as_str().to_owned(),
        code: entry.code.clone(),
        network: entry.network.clone(),
        request: entry.request_id.clone(),
        suppressed: entry.suppressed,
    })
}

fn from_item(item: Item) -> Result<AuditEntry, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let mut scope = row.pk.split('#');
    let (store, mode) = (scope.next().unwrap_or_default(), scope.next().unwrap_or_default());
    let id = row.sk.rsplit('#').next().unwrap_or_default();
    Ok(AuditEntry {
        id: parse(id, CORRUPT)?,
        at: time(row.at)?,
        store: parse(store, CORRUPT)?,
        mode: parse(mode, CORRUPT)?,
        actor: row.actor.map(|actor| parse(&actor, CORRUPT)).transpose()?,
        role: row.role.map(|role| parse(&role, CORRUPT)).transpose()?,
        action: parse(&row.action, CORRUPT)?,
        target: row.target,
        outcome: parse(&row.outcome, CORRUPT)?,
        code: row.code,
        network: row.network,
        request_id: row.request,
        suppressed: row.suppressed,
    })
}
