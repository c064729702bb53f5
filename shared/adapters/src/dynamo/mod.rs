//! The two tables: `state`, whose stream is the outbox, and `evidence`, which is only added to.
//!
//! Every partition key begins with `{store}#{mode}#`; the deployment's own items (defaults, keys)
//! belong to the pseudo-store [`Store::DEPLOYMENT`](doorstep_domain::store::Store::DEPLOYMENT).

mod api_keys;
mod attempt_row;
mod attempts;
mod audit;
mod calls;
mod chain;
mod claims;
mod complaints;
mod confirmations;
mod health;
mod health_row;
mod imports;
mod item;
mod lags;
mod leases;
mod ledger;
mod ledger_row;
mod links;
mod listing;
mod message_row;
mod messages;
mod nonces;
mod people;
mod phones;
mod preferences;
mod proofs;
mod replays;
mod retention;
mod rights;
mod sandbox;
mod settings_row;
mod shelves;
mod signing;
mod slates;
mod stores;
mod subjects;
mod templates;
mod texted;
mod users;
mod wordings;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        put_item::builders::PutItemFluentBuilder,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, ConsumedCapacity, KeysAndAttributes, ReturnConsumedCapacity},
};
use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, KEY_CACHE, KeyId, SIGNING_CACHE},
    account::{Holder, Unique},
    health::Health,
    id::StoreId,
    lag::Lag,
    phone::Region,
    ports::{Chance, Clock},
    signing::KeySet,
    store::Store,
    template::{Template, TemplateName},
    text::locale::Locale,
    usage::Meter,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    aws::{Aws, fault},
    cache::Cache,
    system::{SystemChance, SystemClock},
};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// How long a store's settings may be old: levers take effect within 10 s.
const STORE_LIFE: SignedDuration = SignedDuration::from_secs(10);
/// How long a text that was changed may still go out.
const TEMPLATE_LIFE: SignedDuration = SignedDuration::from_secs(10);
/// How old the health may be that a message is routed by.
const HEALTH_LIFE: SignedDuration = SignedDuration::from_secs(10);
/// How long who held a name may live on after it was deleted.
const HOLDER_LIFE: SignedDuration = SignedDuration::from_secs(30);
/// How old the news may be that texts wait.
const LAG_LIFE: SignedDuration = SignedDuration::from_secs(5);
/// How often one function tells that texts wait.
const NOTED_LIFE: SignedDuration = SignedDuration::from_secs(2);
/// How many items one `BatchGetItem` reads at most.
const BATCH: usize = 100;

/// A text's name in a store, and the locales that were looked for.
type TemplateKey = ((StoreId, Mode), TemplateName, Vec<Locale>);

/// Storage: meets every port for it.
pub struct Table {
    db: Client,
    state: String,
    evidence: String,
    meter: Arc<Meter>,
    stores: Cache<StoreId, Arc<Store>>,
    healths: Cache<Region, Arc<Vec<Health>>>,
    keys: Cache<(Mode, KeyId), Arc<ApiKey>>,
    key_set: Cache<(), Arc<KeySet>>,
    templates: Cache<TemplateKey, Arc<Template>>,
    holders: Cache<Unique, Holder>,
    lags: Cache<(StoreId, Mode), Option<Lag>>,
    noted_lags: Cache<(StoreId, Mode), Timestamp>,
    kept_wordings: Mutex<HashSet<String>>,
}

impl Clock for Table {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }
}

impl Chance for Table {
    fn fill(&self, bytes: &mut [u8]) {
        SystemChance.fill(bytes);
    }
}

impl Table {
    /// Works with these two tables.
    #[must_use]
    pub fn new(aws: &Aws, state: String, evidence: String) -> Self {
        Self {
            db: aws.dynamodb(),
            state,
            evidence,
            meter: Arc::clone(&aws.meter),
            stores: Cache::new(STORE_LIFE, u32::MAX),
            healths: Cache::new(HEALTH_LIFE, u32::MAX),
            keys: Cache::new(KEY_CACHE, u32::MAX),
            key_set: Cache::new(SIGNING_CACHE, u32::MAX),
            templates: Cache::new(TEMPLATE_LIFE, u32::MAX),
            holders: Cache::new(HOLDER_LIFE, u32::MAX),
            lags: Cache::new(LAG_LIFE, u32::MAX),
            noted_lags: Cache::new(NOTED_LIFE, u32::MAX),
            kept_wordings: Mutex::default(),
        }
    }

    /// A write to one item of `state`.
    fn update(&self, pk: &str) -> UpdateItemFluentBuilder {
        self.db
            .update_item()
            .table_name(&self.state)
            .set_key(Some(item::key(pk)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Sends a conditional write; `false` when it found another state than it expected.
    async fn change(
        &self,
        what: &'static str,
        write: UpdateItemFluentBuilder,
    ) -> Result<bool, Fault> {
        match write.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                Ok(true)
            }
            Err(e) if is_refused(&e) => Ok(false),
            Err(e) => Err(fault(what, &e)),
        }
    }

    /// Sends a conditional write, and tells what it was asked to return; the item as it is, as an
    /// error, when that is another state than expected.
    async fn change_or_see(
        &self,
        what: &'static str,
        write: UpdateItemFluentBuilder,
    ) -> Result<Result<Item, Item>, Fault> {
        match write.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                Ok(Ok(answer.attributes.unwrap_or_default()))
            }
            Err(e) => match e.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Err(refused.item.clone().unwrap_or_default()))
                }
                _ => Err(fault(what, &e)),
            },
        }
    }

    /// Puts an item that is not there yet; `false` when it is.
    async fn put_new(&self, what: &'static str, item: Item) -> Result<bool, Fault> {
        self.put_into(self.if_new(), what, item).await
    }

    /// Adds an item to `evidence`; `false` when there is one.
    async fn add_evidence(&self, what: &'static str, item: Item) -> Result<bool, Fault> {
        let put = self.db.put_item().table_name(&self.evidence);
        self.put_into(put.condition_expression("attribute_not_exists(pk)"), what, item).await
    }

    /// Puts an item into `state` on this condition; `false` when it does not hold.
    async fn put_if(&self, what: &'static str, item: Item, condition: &str) -> Result<bool, Fault> {
        let put = self.db.put_item().table_name(&self.state);
        self.put_into(put.condition_expression(condition), what, item).await
    }

    async fn put_into(
        &self,
        put: PutItemFluentBuilder,
        what: &'static str,
        item: Item,
    ) -> Result<bool, Fault> {
        let put = put.set_item(Some(item)).return_consumed_capacity(ReturnConsumedCapacity::Total);
        match put.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref());
                Ok(true)
            }
            Err(e) if is_refused(&e) => Ok(false),
            Err(e) => Err(fault(what, &e)),
        }
    }

    /// One item, read consistently.
    async fn get(&self, pk: &str) -> Result<Option<Item>, Fault> {
        let call = self.db.get_item().table_name(&self.state).set_key(Some(item::key(pk)));
        let answer = call
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("read an item", &e))?;
        self.read("dynamodb.GetItem", answer.consumed_capacity.as_ref());
        Ok(answer.item.and_then(|item| self.live(item)))
    }

    /// Several items, read consistently, in no order.
    async fn get_many(&self, pks: &[String]) -> Result<Vec<Item>, Fault> {
        let mut found = Vec::new();
        for pks in pks.chunks(BATCH) {
            found.extend(self.get_batch(pks).await?);
        }
        Ok(found)
    }

    /// At most a hundred items.
    async fn get_batch(&self, pks: &[String]) -> Result<Vec<Item>, Fault> {
        let Some(mut wanted) = batch(pks)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        loop {
            let answer = self
                .db
                .batch_get_item()
                .request_items(&self.state, wanted)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| fault("read items", &e))?;
            for used in answer.consumed_capacity() {
                self.read("dynamodb.BatchGetItem", Some(used));
            }
            let items = answer.responses.and_then(|mut r| r.remove(&self.state));
            found.extend(items.unwrap_or_default().into_iter().filter_map(|item| self.live(item)));
            match answer.unprocessed_keys.and_then(|mut keys| keys.remove(&self.state)) {
                Some(rest) if !rest.keys().is_empty() => wanted = rest,
                _ => return Ok(found),
            }
        }
    }

    fn read(&self, operation: &str, used: Option<&ConsumedCapacity>) {
        self.meter.capacity(
            operation,
            used.and_then(|u| u.capacity_units).unwrap_or_default(),
            0.0,
        );
    }

    fn wrote(&self, operation: &str, used: Option<&ConsumedCapacity>) {
        self.meter.capacity(
            operation,
            0.0,
            used.and_then(|u| u.capacity_units).unwrap_or_default(),
        );
    }
}

fn batch(pks: &[String]) -> Result<Option<KeysAndAttributes>, Fault> {
    if pks.is_empty() {
        return Ok(None);
    }
    let keys = pks.iter().map(|pk| item::key(pk)).collect();
    let batch = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
    batch.build().map(Some).map_err(|_| Fault::corrupt("a batch of keys"))
}

/// Whether a conditional write found another state than it expected.
fn is_refused<E>(error: &SdkError<E>) -> bool
where
    E: ProvideErrorMetadata,
{
    error.as_service_error().and_then(|e| e.code()) == Some("ConditionalCheckFailedException")
}
