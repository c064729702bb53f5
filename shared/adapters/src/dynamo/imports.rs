//! Imports and how far they are.

use doorstep_domain::{
    Fault,
    id::ImportId,
    import::{Import, Status},
    keys::{DataKeys, Fingerprint},
    ports::Imports,
};
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    item::{self, millis, number, parse, pk, text, time},
};

const CORRUPT: &str = "an import in `state`";
/// What sets the work on a chunk off. Its number makes each event another one: what an item said
/// before is no event.
fn event(chunk: u32) -> String {
    format!("job/import/{chunk}")
}

/// How long what became of an import can be asked for, in seconds: thirty days.
const KEPT: i64 = 30 * 24 * 60 * 60;

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    body: String,
    format: String,
    rows: u32,
    chunks: u32,
    next: u32,
    accepted: u32,
    rejected: u32,
    state: String,
    created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
    actor: String,
    trace: String,
    ttl: i64,
}

impl Imports for Table {
    async fn find(&self, keys: &DataKeys, id: ImportId) -> Result<Option<Import>, Fault> {
        let item = self.get(&pk(keys.scope(), "IMP", id)).await?;
        item.map(|item| from_item(id, item)).transpose()
    }

    async fn open(&self, keys: &DataKeys, import: &Import) -> Result<bool, Fault> {
        let row = Row {
            pk: pk(keys.scope(), "IMP", import.id),
            sk: item::SK.to_owned(),
            out: Some(event(import.next)),
            body: import.body.as_text(),
            format: import.format.as_str().to_owned(),
            rows: import.rows,
            chunks: import.chunks,
            next: import.next,
            accepted: import.accepted,
            rejected: import.rejected,
            state: import.status.as_str().to_owned(),
            created: import.created_at.as_millisecond(),
            ended: import.ended_at.map(jiff::Timestamp::as_millisecond),
            actor: import.actor.clone(),
            trace: import.trace.clone(),
            ttl: import.created_at.as_second() + KEPT,
        };
        self.put_new("open an import", item::to_item(&row)?).await
    }

    async fn advance(
        &self,
        keys: &DataKeys,
        before: &Import,
        after: &Import,
    ) -> Result<bool, Fault> {
        let mut set = "SET #next = :next, accepted = :accepted, rejected = :rejected, \
                       #state = :state"
            .to_owned();
        let mut update = self.update(&pk(keys.scope(), "IMP", before.id));
        if let Some(at) = after.ended_at {
            set += ", ended = :ended";
            update = update.expression_attribute_values(":ended", millis(at));
        }
        if after.status == Status::Running {
            set += ", #out = :out";
            update = update.expression_attribute_values(":out", text(event(after.next)));
        } else {
            set += " REMOVE #out";
        }
        let update = update
            .update_expression(set)
            .condition_expression("#next = :before AND #state = :running")
            .expression_attribute_names("#next", "next")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":next", number(after.next))
            .expression_attribute_values(":accepted", number(after.accepted))
            .expression_attribute_values(":rejected", number(after.rejected))
            .expression_attribute_values(":state", text(after.status.as_str()))
            .expression_attribute_values(":before", number(before.next))
            .expression_attribute_values(":running", text(Status::Running.as_str()));
        self.change("advance an import", update).await
    }
}

fn from_item(id: ImportId, item: Item) -> Result<Import, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    Ok(Import {
        id,
        body: Fingerprint::from_text(&row.body).ok_or_else(|| Fault::corrupt(CORRUPT))?,
        format: parse(&row.format, CORRUPT)?,
        rows: row.rows,
        chunks: row.chunks,
        next: row.next,
        accepted: row.accepted,
        rejected: row.rejected,
        status: parse(&row.state, CORRUPT)?,
        created_at: time(row.created)?,
        ended_at: row.ended.map(time).transpose()?,
        actor: row.actor,
        trace: row.trace,
    })
}
