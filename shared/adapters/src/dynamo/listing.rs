//! Lists, by way of the two sparse indexes.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use doorstep_domain::{
    Fault, Mode,
    id::{SignupId, StoreId, UserId},
    keys::PhoneIndex,
    ports::{Page, Range},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    Table, attempt_row,
    item::{parse, pk, text},
    subjects::DAYS_AT_ONCE,
};
use crate::aws::fault;

/// Which index, and its key's attributes.
struct Index {
    name: &'static str,
    pk: &'static str,
    sk: &'static str,
}

/// So many sort keys are read at once where all are wanted.
const AT_ONCE: usize = 1_000;
const LISTING: Index = Index { name: "listing", pk: "l_pk", sk: "l_sk" };
const SEARCH: Index = Index { name: "search", pk: "x_pk", sk: "x_sk" };

impl Table {
    /// The sign-ups of a range, newest first, a day's partition at a time.
    pub(super) async fn list_signups(
        &self,
        scope: (StoreId, Mode),
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        let (from, to) = (range.from.as_millisecond(), range.to.as_millisecond());
        let mut below = range.cursor.unwrap_or_else(|| format!("{to}"));
        let mut day = day_of(&below, range.to);
        let mut items = Vec::new();
        while items.len() <= range.limit && attempt_row::day(day) >= attempt_row::day(range.from) {
            let partition = pk(scope, "SGN", attempt_row::day(day));
            let wanted = range.limit + 1 - items.len();
            let between = (format!("{from}"), below.clone());
            items.extend(self.query(&LISTING, partition, between, wanted).await?);
            day -= SignedDuration::from_hours(24);
            below = format!("{to}");
        }
        let next = (items.len() > range.limit).then(|| items[range.limit - 1].clone());
        items.truncate(range.limit);
        let ids = items.iter().map(|sk| id_of(sk)).collect::<Result<_, _>>()?;
        Ok(Page { items: ids, next })
    }

    /// The sign-ups of one of the store's customers, newest first.
    pub(super) async fn signups_of(
        &self,
        partition: String,
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        let page = self.between(&SEARCH, partition, range).await?;
        let items = page.items.iter().map(|sk| id_of(sk)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// The sign-ups for a number, newest first: some days at once, until the page is full.
    pub(super) async fn signups_to(
        &self,
        scope: (StoreId, Mode),
        phones: &[PhoneIndex],
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        let below = range.cursor.unwrap_or_else(|| range.to.as_millisecond().to_string());
        let days = days_back(day_of(&below, range.to), range.from);
        let (from, mut found) = (range.from.as_millisecond().to_string(), Vec::new());
        for some in days.chunks(DAYS_AT_ONCE) {
            let some = some.iter().map(|day| pk(scope, "SGN", day)).collect();
            let listed = self.listed_of(some, phones).await?.into_iter();
            let places = listed.map(|(at, id)| format!("{}#{id}", at.as_millisecond()));
            found.extend(places.filter(|place| from <= *place && *place < below));
            if found.len() > range.limit {
                break;
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        let page = cut(found, range.limit);
        let items = page.items.iter().map(|sk| id_of(sk)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// The newest hundred of a partition of the index `search`.
    pub(super) async fn searched(&self, partition: String) -> Result<Vec<String>, Fault> {
        self.query(&SEARCH, partition, (String::new(), "~".to_owned()), 100).await
    }

    /// Everything in a partition of the index `search`, newest first.
    pub(super) async fn searched_whole(&self, partition: String) -> Result<Vec<String>, Fault> {
        let (mut found, mut below) = (Vec::new(), "~".to_owned());
        loop {
            let between = (String::new(), below);
            let page = self.query(&SEARCH, partition.clone(), between, AT_ONCE).await?;
            let last = page.last().filter(|_| page.len() == AT_ONCE).cloned();
            found.extend(page);
            let Some(last) = last else { return Ok(found) };
            below = last;
        }
    }

    /// The sort keys of a range in one partition of the list, newest first.
    pub(super) async fn listed_between(
        &self,
        partition: String,
        range: Range,
    ) -> Result<Page<String>, Fault> {
        self.between(&LISTING, partition, range).await
    }

    async fn between(
        &self,
        index: &Index,
        partition: String,
        range: Range,
    ) -> Result<Page<String>, Fault> {
        let from = range.from.as_millisecond().to_string();
        let below = range.cursor.unwrap_or_else(|| range.to.as_millisecond().to_string());
        let items = self.query(index, partition, (from, below), range.limit + 1).await?;
        Ok(cut(items, range.limit))
    }

    /// The newest hundred users with one of the store's own ids.
    pub(super) async fn users_of(&self, partition: String) -> Result<Vec<UserId>, Fault> {
        let found = self.searched(partition).await?;
        found.iter().map(|sk| id_of(sk)).collect()
    }

    /// Everything in a partition of the list, oldest last.
    pub(super) async fn listed(&self, partition: String) -> Result<Vec<String>, Fault> {
        self.query(&LISTING, partition, (String::new(), "~".to_owned()), 1_000).await
    }

    /// Sort keys from `between.0` up to, not including, `between.1`, highest first.
    async fn query(
        &self,
        index: &Index,
        partition: String,
        between: (String, String),
        limit: usize,
    ) -> Result<Vec<String>, Fault> {
        if between.0 > between.1 {
            return Ok(Vec::new());
        }
        let answer = self
            .db
            .query()
            .table_name(&self.state)
            .index_name(index.name)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .expression_attribute_names("#pk", index.pk)
            .expression_attribute_names("#sk", index.sk)
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(
                ":from",
                text(if between.0.is_empty() { "!" } else { &between.0 }),
            )
            .expression_attribute_values(":to", text(&between.1))
            .scan_index_forward(false)
            // One more: `between.1` itself is not wanted.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("read a list", &e))?;
        self.read("dynamodb.Query", answer.consumed_capacity.as_ref());
        let keys = answer.items().iter().filter_map(|item| match item.get(index.sk) {
            Some(AttributeValue::S(sk)) if *sk < between.1 => Some(sk.clone()),
            _ => None,
        });
        Ok(keys.take(limit).collect())
    }
}

/// A page of what may be more.
fn cut(mut items: Vec<String>, limit: usize) -> Page<String> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).cloned();
    Page { items, next }
}

/// The days (UTC) from `last` back to `first`.
fn days_back(last: Timestamp, first: Timestamp) -> Vec<String> {
    let days = (0..).map(|n| last - SignedDuration::from_hours(24) * n);
    days.map(attempt_row::day).take_while(|day| *day >= attempt_row::day(first)).collect()
}

/// The id at the end of a sort key of a list.
pub(super) fn id_of<T: std::str::FromStr>(sk: &str) -> Result<T, Fault> {
    parse(sk.rsplit('#').next().unwrap_or_default(), "a list in `state`")
}

/// The day to begin with: of the time at the beginning of a sort key, but never after `last`. A
/// sort key may be a cursor that somebody made up, and the future has a partition for each day.
pub(super) fn day_of(sk: &str, last: Timestamp) -> Timestamp {
    let millis = sk.split('#').next().and_then(|millis| millis.parse().ok());
    let day = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    day.map_or(last, |day| day.min(last))
}
