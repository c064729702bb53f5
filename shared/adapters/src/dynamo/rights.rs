//! Exports and erasures: an item each, which carries its job. They hold ids and keyed indexes.

use doorstep_domain::{
    Fault,
    deadline::Duty,
    erase::{self, Erasure},
    export::{Export, ExportState, Reason},
    id::{ExportId, UserId},
    keys::{DataKeys, PhoneIndex},
    ports::Rights,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    item::{self, millis, number, parse, pk, text, time},
    listing::id_of,
};

const CORRUPT: &str = "an export or an erasure in `state`";
/// Seconds for which an export's item outlives its file.
const LINGERS: i64 = 86_400;
/// Seconds for which an export that nobody delivered is remembered: past its last day, so that the
/// nightly sweep tells of it.
const OWED: i64 = 60 * 86_400;

#[derive(Serialize, Deserialize)]
struct ErasureRow {
    pk: String,
    sk: String,
    /// The job, and at last the news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    #[serde(default)]
    trace: String,
    phones: Vec<String>,
    requested: i64,
    due: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suppressed: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    objected: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased: Option<i64>,
    #[serde(flatten)]
    owed: Owed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

/// What is owed until it is done, as the sweep counts it: which duty, and since when.
#[derive(Default, Serialize, Deserialize)]
struct Owed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duty: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duty_at: Option<i64>,
}

impl Owed {
    fn new(duty: Duty, since: Timestamp) -> Self {
        Self { duty: Some(duty.as_str().to_owned()), duty_at: Some(since.as_millisecond()) }
    }
}

#[derive(Serialize, Deserialize)]
struct ExportRow {
    pk: String,
    sk: String,
    /// The exports of a user.
    x_pk: String,
    x_sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    #[serde(default)]
    trace: String,
    user: String,
    requested: i64,
    due: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ready_until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(flatten)]
    owed: Owed,
    ttl: i64,
}

impl Rights for Table {
    async fn ask_erasure(
        &self,
        keys: &DataKeys,
        erasure: &Erasure,
        trace: &str,
    ) -> Result<bool, Fault> {
        let item = erasure_item(keys, erasure, ("job/erase", trace))?;
        // Whoever is there again after a restore may be erased again.
        self.put_if(
            "ask for an erasure",
            item,
            "attribute_not_exists(pk) OR attribute_exists(erased)",
        )
        .await
    }

    async fn erasure(&self, keys: &DataKeys, user: UserId) -> Result<Option<Erasure>, Fault> {
        let item = self.get(&pk(keys.scope(), "ERS", user)).await?;
        item.map(|item| erasure(user, item)).transpose()
    }

    async fn erased(&self, keys: &DataKeys, erasure: &Erasure, at: Timestamp) -> Result<(), Fault> {
        let done = Erasure { erased_at: Some(at), ..erasure.clone() };
        let item = erasure_item(keys, &done, ("news/user.erased", ""))?;
        self.put_if("note an erasure", item, "attribute_not_exists(erased)").await.map(drop)
    }

    async fn ask_export(&self, keys: &DataKeys, export: &Export, trace: &str) -> Result<(), Fault> {
        let requested = export.requested_at.as_millisecond();
        let item = item::to_item(&ExportRow {
            pk: pk(keys.scope(), "EXP", export.id),
            sk: item::SK.to_owned(),
            x_pk: pk(keys.scope(), "UEX", export.user),
            x_sk: format!("{requested}#{}", export.id),
            out: Some("job/export".to_owned()),
            trace: trace.to_owned(),
            user: export.user.to_string(),
            requested,
            due: export.due_at.to_string(),
            ready_until: None,
            failed: None,
            owed: Owed::new(Duty::Access, export.requested_at),
            ttl: export.requested_at.as_second() + OWED,
        })?;
        self.put_new("ask for an export", item).await.map(drop)
    }

    async fn export(&self, keys: &DataKeys, id: ExportId) -> Result<Option<Export>, Fault> {
        let item = self.get(&pk(keys.scope(), "EXP", id)).await?;
        item.map(|item| export_of(id, item)).transpose()
    }

    async fn settle_export(
        &self,
        keys: &DataKeys,
        id: ExportId,
        state: ExportState,
    ) -> Result<bool, Fault> {
        let settled = self
            .update(&pk(keys.scope(), "EXP", id))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#out", "out");
        let settled = match state {
            ExportState::Running => return Ok(true),
            ExportState::Ready { expires_at } => settled
                .update_expression(
                    "SET ready_until = :until, #ttl = :ttl REMOVE #out, #duty, duty_at",
                )
                .expression_attribute_names("#duty", "duty")
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":until", millis(expires_at))
                .expression_attribute_values(":ttl", number(expires_at.as_second() + LINGERS)),
            ExportState::Failed(reason @ Reason::Erased) => settled
                .update_expression("SET failed = :reason REMOVE #out, #duty, duty_at")
                .expression_attribute_names("#duty", "duty")
                .expression_attribute_values(":reason", text(reason.as_str())),
            // Somebody has to tell the person in another way: it stays owed.
            ExportState::Failed(reason @ Reason::TooLarge) => settled
                .update_expression("SET failed = :reason REMOVE #out")
                .expression_attribute_values(":reason", text(reason.as_str())),
        };
        self.change("settle an export", settled).await
    }

    async fn exports_of(&self, keys: &DataKeys, user: UserId) -> Result<Vec<ExportId>, Fault> {
        let found = self.searched_whole(pk(keys.scope(), "UEX", user)).await?;
        found.iter().map(|sk| id_of(sk)).collect()
    }

    async fn forget_exports(&self, keys: &DataKeys, ids: &[ExportId]) -> Result<(), Fault> {
        let pks: Vec<_> = ids.iter().map(|id| pk(keys.scope(), "EXP", id)).collect();
        self.delete(&pks).await
    }
}

fn erasure_item(
    keys: &DataKeys,
    erasure: &Erasure,
    (out, trace): (&str, &str),
) -> Result<Item, Fault> {
    let ttl = erasure.erased_at.map(|at| (at + erase::KEPT).as_second());
    let owed = match erasure.erased_at {
        None => Owed::new(Duty::Erasure, erasure.requested_at),
        Some(_) => Owed::default(),
    };
    item::to_item(&ErasureRow {
        pk: pk(keys.scope(), "ERS", erasure.user),
        sk: item::SK.to_owned(),
        out: Some(out.to_owned()),
        trace: trace.to_owned(),
        phones: erasure.phones.iter().map(PhoneIndex::as_text).collect(),
        requested: erasure.requested_at.as_millisecond(),
        due: erasure.due_at.to_string(),
        suppressed: erasure.suppressed.map(Timestamp::as_millisecond),
        objected: erasure.objected.map(Timestamp::as_millisecond),
        erased: erasure.erased_at.map(Timestamp::as_millisecond),
        owed,
        ttl,
    })
}

fn erasure(user: UserId, item: Item) -> Result<Erasure, Fault> {
    let row: ErasureRow = item::from_item(item, CORRUPT)?;
    let phone = |text: &String| PhoneIndex::from_text(text).ok_or_else(|| Fault::corrupt(CORRUPT));
    Ok(Erasure {
        user,
        phones: row.phones.iter().map(phone).collect::<Result<_, _>>()?,
        requested_at: time(row.requested)?,
        due_at: day(&row.due)?,
        suppressed: row.suppressed.map(time).transpose()?,
        objected: row.objected.map(time).transpose()?,
        erased_at: row.erased.map(time).transpose()?,
    })
}

fn export_of(id: ExportId, item: Item) -> Result<Export, Fault> {
    let row: ExportRow = item::from_item(item, CORRUPT)?;
    let state = match (row.ready_until, row.failed) {
        (Some(until), _) => ExportState::Ready { expires_at: time(until)? },
        (None, Some(reason)) => ExportState::Failed(parse(&reason, CORRUPT)?),
        (None, None) => ExportState::Running,
    };
    Ok(Export {
        id,
        user: parse(&row.user, CORRUPT)?,
        requested_at: time(row.requested)?,
        due_at: day(&row.due)?,
        state,
    })
}

fn day(text: &str) -> Result<Date, Fault> {
    text.parse().map_err(|_| Fault::corrupt(CORRUPT))
}
