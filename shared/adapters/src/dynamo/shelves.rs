//! Whole tables, as the sweep looks at them.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use doorstep_domain::{
    Fault, Mode,
    ports::Shelves,
    store::Store,
    sweep::{Bookmark, Looked, Owed, Place, Shelf, Tally},
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Item, Table, is_refused,
    item::{self, number, parse, pk, text, time},
};
use crate::aws::fault;

const CORRUPT: &str = "the sweep's bookmark in `state`";
/// So many items are deleted at once.
const AT_ONCE: usize = 25;

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    began: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    shelf: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<(String, String)>,
    /// Items, deleted, left, due soon, overdue.
    tally: (u64, u64, u64, u64, u64),
}

impl Shelves for Table {
    async fn look(
        &self,
        shelf: Shelf,
        after: Option<&Place>,
        before: Timestamp,
    ) -> Result<Looked, Fault> {
        let page = self
            .db
            .scan()
            .table_name(match shelf {
                Shelf::State => &self.state,
                Shelf::Evidence => &self.evidence,
            })
            .set_exclusive_start_key(after.map(key))
            .projection_expression("pk, sk, #ttl, #duty, duty_at")
            .filter_expression("#ttl <= :before OR attribute_exists(#duty)")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_names("#duty", "duty")
            .expression_attribute_values(":before", number(before.as_second()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("look at a table", &e))?;
        self.read("dynamodb.Scan", page.consumed_capacity.as_ref());
        let mut looked = Looked {
            items: u64::try_from(page.scanned_count).unwrap_or_default(),
            next: page.last_evaluated_key.as_ref().and_then(place),
            ..Looked::default()
        };
        for item in page.items() {
            if seconds(item, "ttl").is_some_and(|ttl| ttl <= before.as_second()) {
                looked.over.extend(place(item));
            } else {
                looked.owed.extend(owed(item));
            }
        }
        Ok(looked)
    }

    async fn discard(&self, places: &[Place], before: Timestamp) -> Result<u64, Fault> {
        let mut deleted = 0;
        for some in places.chunks(AT_ONCE) {
            let all = some.iter().map(|place| self.delete_over(place, before));
            let done = try_join_all(all).await?;
            deleted += done.into_iter().filter(|done| *done).count() as u64;
        }
        Ok(deleted)
    }

    async fn bookmark(&self) -> Result<Option<Bookmark>, Fault> {
        let Some(item) = self.get(&mark_pk()).await? else { return Ok(None) };
        let row: Row = item::from_item(item, CORRUPT)?;
        let after = row.after.map(|(pk, sk)| Place { pk, sk });
        let shelf = row.shelf.map(|shelf| parse(&shelf, CORRUPT)).transpose()?;
        let (items, deleted, overdue_left, duties_due_soon, duties_overdue) = row.tally;
        Ok(Some(Bookmark {
            began: time(row.began)?,
            at: shelf.map(|shelf| (shelf, after)),
            tally: Tally { items, deleted, overdue_left, duties_due_soon, duties_overdue },
        }))
    }

    async fn keep_bookmark(&self, mark: &Bookmark) -> Result<(), Fault> {
        let Bookmark { began, at, tally } = mark.clone();
        let (shelf, after) = at.map_or((None, None), |(shelf, after)| (Some(shelf), after));
        let row = item::to_item(&Row {
            pk: mark_pk(),
            sk: item::SK.to_owned(),
            began: began.as_millisecond(),
            shelf: shelf.map(|shelf| shelf.as_str().to_owned()),
            after: after.map(|Place { pk, sk }| (pk, sk)),
            tally: (
                tally.items,
                tally.deleted,
                tally.overdue_left,
                tally.duties_due_soon,
                tally.duties_overdue,
            ),
        })?;
        let put = self.db.put_item().table_name(&self.state).set_item(Some(row));
        let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let answer = answer.map_err(|e| fault("keep the sweep's bookmark", &e))?;
        self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref());
        Ok(())
    }
}

impl Table {
    /// Deletes an item whose time is over; `false` when it is over no more.
    async fn delete_over(&self, place: &Place, before: Timestamp) -> Result<bool, Fault> {
        let delete = self
            .db
            .delete_item()
            .table_name(&self.state)
            .set_key(Some(key(place)))
            .condition_expression("#ttl <= :before")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":before", number(before.as_second()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match delete.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.DeleteItem", answer.consumed_capacity.as_ref());
                Ok(true)
            }
            Err(e) if is_refused(&e) => Ok(false),
            Err(e) => Err(fault("delete what is over", &e)),
        }
    }
}

fn mark_pk() -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "SWP", "bookmark")
}

fn key(place: &Place) -> Item {
    Item::from([("pk".to_owned(), text(&place.pk)), ("sk".to_owned(), text(&place.sk))])
}

fn place(item: &Item) -> Option<Place> {
    let of = |name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
    Some(Place { pk: of("pk")?, sk: of("sk")? })
}

fn seconds(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// What an item says that is owed, in the words of `Duty` and in milliseconds since 1970.
fn owed(item: &Item) -> Option<Owed> {
    let duty = item.get("duty")?.as_s().ok()?.parse().ok()?;
    let received = Timestamp::from_millisecond(seconds(item, "duty_at")?).ok()?;
    Some(Owed { duty, received })
}
