//! The links of the audit chain in `evidence`, a thousand to a partition, and how far the job is.

use doorstep_domain::{
    Fault, Mode,
    audit::{
        AuditEntry, Place,
        chain::{Checkpoint, Head, Link, PAGE},
    },
    ports::Chain,
    store::Store,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    item::{self, millis, number, parse, pk, text, time},
};

const CORRUPT: &str = "a link in `evidence`";
/// So many links of a tail are read at once.
const STEP: i32 = 50;

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    entry_store: String,
    entry_mode: String,
    entry_at: i64,
    entry_id: String,
    entry_hash: String,
    prev: String,
    hash: String,
    at: i64,
}

#[derive(Deserialize)]
struct CheckpointRow {
    seq: u64,
    hash: String,
    at: i64,
    swept: i64,
    signed: i64,
}

impl Chain for Table {
    async fn between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<AuditEntry>, Fault> {
        self.entries_between(from, to).await
    }

    async fn page(&self, page: u64) -> Result<Vec<Link>, Fault> {
        let query = self
            .query_evidence("pk = :pk")
            .consistent_read(true)
            .expression_attribute_values(":pk", text(partition(page)));
        Ok(readable(self.evidence_of(query, None).await?))
    }

    async fn tail(&self, page: u64, since: Timestamp) -> Result<Vec<Link>, Fault> {
        let mut tail: Vec<Link> = Vec::new();
        let mut below = "~".to_owned();
        loop {
            let query = self
                .query_evidence("pk = :pk AND sk < :below")
                .consistent_read(true)
                .scan_index_forward(false)
                .expression_attribute_values(":pk", text(partition(page)))
                .expression_attribute_values(":below", text(&below));
            let items = self.evidence_of(query, usize::try_from(STEP).ok()).await?;
            let links = readable(items);
            let Some(last) = links.last() else { return Ok(tail) };
            below = place(last.seq);
            for link in links {
                let enough = link.at < since;
                tail.push(link);
                if enough {
                    return Ok(tail);
                }
            }
        }
    }

    async fn append(&self, link: &Link) -> Result<bool, Fault> {
        let row = item::to_item(&Row {
            pk: partition(link.seq / PAGE),
            sk: place(link.seq),
            entry_store: link.entry.store.to_string(),
            entry_mode: link.entry.mode.to_string(),
            entry_at: link.entry.at.as_millisecond(),
            entry_id: link.entry.id.to_string(),
            entry_hash: link.entry_hash.to_string(),
            prev: link.prev.to_string(),
            hash: link.hash.to_string(),
            at: link.at.as_millisecond(),
        })?;
        self.add_evidence("link an audit entry", row).await
    }

    async fn checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        let Some(item) = self.get(&checkpoint_pk()).await? else { return Ok(None) };
        let row: CheckpointRow = item::from_item(item, "the audit checkpoint in `state`")?;
        let head = Head { seq: row.seq, hash: parse(&row.hash, CORRUPT)?, at: time(row.at)? };
        Ok(Some(Checkpoint { head, swept: time(row.swept)?, signed: time(row.signed)? }))
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), Fault> {
        let Checkpoint { head, swept, signed } = checkpoint;
        let change = self
            .update(&checkpoint_pk())
            .update_expression(
                "SET seq = :seq, #hash = :hash, #at = :at, swept = :swept, signed = :signed",
            )
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":seq", number(head.seq))
            .expression_attribute_values(":hash", text(head.hash))
            .expression_attribute_values(":at", millis(head.at))
            .expression_attribute_values(":swept", millis(*swept))
            .expression_attribute_values(":signed", millis(*signed));
        self.change("keep the audit checkpoint", change).await.map(drop)
    }
}

fn partition(page: u64) -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "CHN", page)
}

fn checkpoint_pk() -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "CHN", "job")
}

/// A number as sort key: as many digits as the greatest has.
fn place(seq: u64) -> String {
    format!("{seq:020}")
}

/// What can be read. A link that was changed beyond that is missing: one bad item must not hide
/// the others.
fn readable(items: Vec<Item>) -> Vec<Link> {
    items.into_iter().filter_map(|item| from_item(item).ok()).collect()
}

fn from_item(item: Item) -> Result<Link, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    Ok(Link {
        seq: parse(&row.sk, CORRUPT)?,
        entry: Place {
            store: parse(&row.entry_store, CORRUPT)?,
            mode: parse(&row.entry_mode, CORRUPT)?,
            at: time(row.entry_at)?,
            id: parse(&row.entry_id, CORRUPT)?,
        },
        entry_hash: parse(&row.entry_hash, CORRUPT)?,
        prev: parse(&row.prev, CORRUPT)?,
        hash: parse(&row.hash, CORRUPT)?,
        at: time(row.at)?,
    })
}
