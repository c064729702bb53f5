//! What finds and forgets all that is held on one person: by keys and by the index `listing`, whose
//! partitions of a day hold the phone's index beside each id.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{
    Fault, Mode,
    audit::AuditEntry,
    erase::{Erasure, Traces},
    id::{MessageId, SignupId, StoreId, UserId},
    keys::{DataKeys, PhoneIndex},
    ports::Subjects,
    retention::Kind,
    store::Store,
    write::AHEAD,
};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    Item, Table, attempt_row,
    item::{self, millis, parse, pk, text, time},
    message_row::letters_of_day,
};
use crate::aws::fault;

const CORRUPT: &str = "a user in `state`";
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// DynamoDB deletes what has ended "within a few days" (its developer guide on TTL): so many more
/// are looked through.
const LINGERS: i64 = 7;
/// So many days are read at once.
pub(super) const DAYS_AT_ONCE: usize = 8;

/// What of a message leads to it from a carrier's id.
#[derive(Deserialize)]
struct SentRow {
    #[serde(default)]
    carrier_message_id: Option<String>,
    #[serde(default)]
    accounts: BTreeSet<String>,
}

/// What a phone's item has of its owner, beside what it needs to find their sign-ups and letters.
const OWNERS: &str = "#user, reply, called_by, marketing, trace, #out";

impl Subjects for Table {
    async fn traces(
        &self,
        keys: &DataKeys,
        phones: &[PhoneIndex],
        now: Timestamp,
    ) -> Result<Traces, Fault> {
        let scope = keys.scope();
        let signups = days(now, Kind::Signups.longest(scope.1), SignedDuration::ZERO);
        let signups = signups.into_iter().map(|day| pk(scope, "SGN", day)).collect();
        // A letter is kept from when it ends on, and may wait before.
        let letters = days(now, Kind::Messages.longest(scope.1), AHEAD + DAY);
        let letters = letters.into_iter().map(|day| letters_of_day(scope, &day)).collect();
        let mut traces = Traces::default();
        for (at, id) in self.listed_of(signups, phones).await? {
            traces.signups.push((at, parse(&id, CORRUPT)?));
        }
        for (at, id) in self.listed_of(letters, phones).await? {
            traces.letters.push((at, parse(&id, CORRUPT)?));
        }
        Ok(traces)
    }

    async fn audited(
        &self,
        scope: (StoreId, Mode),
        target: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<AuditEntry>, Fault> {
        let (mut at, mut all) = (from, Vec::new());
        while attempt_row::day(at) <= attempt_row::day(to) {
            all.push(self.audited_on(scope, target, at));
            at += DAY;
        }
        let (mut entries, mut left) = (Vec::new(), all.into_iter());
        loop {
            let some: Vec<_> = left.by_ref().take(DAYS_AT_ONCE).collect();
            if some.is_empty() {
                return Ok(entries);
            }
            entries.extend(try_join_all(some).await?.into_iter().flatten());
        }
    }

    async fn forget_signups(&self, keys: &DataKeys, ids: &[SignupId]) -> Result<(), Fault> {
        let pks: Vec<_> = ids.iter().map(|id| pk(keys.scope(), "SGN", id)).collect();
        self.delete(&pks).await
    }

    async fn forget_messages(&self, keys: &DataKeys, ids: &[MessageId]) -> Result<(), Fault> {
        let pks: Vec<_> = ids.iter().map(|id| pk(keys.scope(), "MSG", id)).collect();
        let (mut links, mut found) = (BTreeSet::new(), Vec::new());
        for item in self.get_many(&pks).await? {
            found.extend(item.get("pk").and_then(|pk| pk.as_s().ok()).cloned());
            links.extend(links_of(item)?);
        }
        // What leads to a message goes before it: whoever comes again finds the rest by it.
        self.delete(&links.into_iter().collect::<Vec<_>>()).await?;
        self.delete(&found).await
    }

    async fn let_go(&self, keys: &DataKeys, erasure: &Erasure) -> Result<(), Fault> {
        let (user, at) = (erasure.user, erasure.requested_at);
        for phone in &erasure.phones {
            let free = self
                .update(&pk(keys.scope(), "PH", phone.as_text()))
                .update_expression(format!("SET erased = :at REMOVE {OWNERS}"))
                .condition_expression("#user = :user")
                .expression_attribute_names("#user", "user")
                .expression_attribute_names("#out", "out")
                .expression_attribute_values(":user", text(user))
                .expression_attribute_values(":at", millis(at));
            self.change("let a phone go", free).await?;
        }
        let gone = self
            .update(&pk(keys.scope(), "USR", user))
            .update_expression("SET let_go = :at REMOVE #out")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":at", millis(at));
        self.change("let a user go", gone).await.map(drop)
    }

    async fn forget_phone(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        (user, asked_at): (UserId, Timestamp),
    ) -> Result<(), Fault> {
        let forgotten = self
            .update(&pk(keys.scope(), "PH", phone.as_text()))
            .update_expression(format!("SET erased = :at REMOVE {OWNERS}, signups, letters"))
            .condition_expression("#user = :user OR (attribute_not_exists(#user) AND erased = :at)")
            .expression_attribute_names("#user", "user")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":user", text(user))
            .expression_attribute_values(":at", millis(asked_at));
        self.change("forget whose a phone is", forgotten).await.map(drop)
    }

    async fn forget_user(&self, keys: &DataKeys, user: UserId) -> Result<(), Fault> {
        self.delete(&[pk(keys.scope(), "USR", user)]).await
    }
}

impl Table {
    /// What the partitions of the index have of these phones: when each is from, and its id.
    pub(super) async fn listed_of(
        &self,
        partitions: Vec<String>,
        phones: &[PhoneIndex],
    ) -> Result<Vec<(Timestamp, String)>, Fault> {
        let mut found = Vec::new();
        for some in partitions.chunks(DAYS_AT_ONCE) {
            let some = some.iter().map(|partition| self.listed_in(partition, phones));
            found.extend(try_join_all(some).await?.into_iter().flatten());
        }
        Ok(found)
    }

    async fn listed_in(
        &self,
        partition: &str,
        phones: &[PhoneIndex],
    ) -> Result<Vec<(Timestamp, String)>, Fault> {
        let names: Vec<_> = (0..phones.len()).map(|n| format!(":phone{n}")).collect();
        let mut query = self
            .db
            .query()
            .table_name(&self.state)
            .index_name("listing")
            .key_condition_expression("l_pk = :pk")
            .filter_expression(format!("phone IN ({})", names.join(", ")))
            .expression_attribute_values(":pk", text(partition))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for (name, phone) in names.into_iter().zip(phones) {
            query = query.expression_attribute_values(name, text(phone.as_text()));
        }
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = query.clone().set_exclusive_start_key(after).send().await;
            let page = page.map_err(|e| fault("look for a phone in a list", &e))?;
            self.read("dynamodb.Query", page.consumed_capacity.as_ref());
            for item in page.items.unwrap_or_default() {
                found.push(place_of(&item).ok_or_else(|| Fault::corrupt("a list in `state`"))??);
            }
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}

/// When an entry of a list is from, and its id.
fn place_of(item: &Item) -> Option<Result<(Timestamp, String), Fault>> {
    let (at, id) = item.get("l_sk")?.as_s().ok()?.split_once('#')?;
    let at = at.parse().ok()?;
    Some(time(at).map(|at| (at, id.to_owned())))
}

/// The items that lead from carriers' ids to a message.
fn links_of(item: Item) -> Result<Vec<String>, Fault> {
    let row: SentRow = item::from_item(item, "a message in `state`")?;
    let Some(theirs) = row.carrier_message_id else { return Ok(Vec::new()) };
    let link = |account| pk((Store::DEPLOYMENT, Mode::Live), "CID", format!("{account}/{theirs}"));
    Ok(row.accounts.iter().map(link).collect())
}

/// The days (UTC) of what is kept for so many seconds after it began or waited.
fn days(now: Timestamp, kept: i64, waits: SignedDuration) -> Vec<String> {
    let back = kept / DAY.as_secs() + waits.as_hours() / 24 + LINGERS;
    (0..=back).map(|n| attempt_row::day(now - DAY * i32::try_from(n).unwrap_or(0))).collect()
}
