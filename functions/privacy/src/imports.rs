//! `POST /imports` and what became of them.

mod frame;
mod lines;
mod table;

use std::sync::Arc;

use doorstep_domain::{
    access::Scope,
    id::{ImportId, StoreId},
    import::{Import, RowError, Status, chunks},
    keys::DataKeys,
    ports::{Chunks, Clock, Imports, KeyRing, Stores},
};
use doorstep_edge::{Answer, Call, Problem};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How many chunks are put into the bucket at once.
const AT_ONCE: usize = 8;
/// The route whose bodies are lists: up to 6 MB, as many as Lambda takes, and compressed.
pub(crate) const ROUTE: &str = "POST /imports";

/// What imports need.
pub(crate) struct Desk<'a, P, K, B> {
    pub(crate) ports: &'a P,
    pub(crate) ring: &'a K,
    pub(crate) bucket: &'a B,
}

impl<P: Imports + Stores + Clock, K: KeyRing, B: Chunks> Desk<'_, P, K, B> {
    /// Keeps the rows, then the import: its write sets the work off.
    pub(crate) async fn start(&self, call: &Call) -> Result<Answer, Problem> {
        let (keys, key) = (self.keys(call).await?, call.idempotency_key()?);
        let id = ImportId::from_bits(keys.derived(ROUTE, &key));
        let kind = call.header("content-type").unwrap_or_default();
        let body = keys.fingerprint(ROUTE, &[kind.as_bytes(), b"\n", &call.body].concat());
        if let Some(known) = Imports::find(self.ports, &keys, id).await? {
            return again(&known, &body);
        }
        let (format, rows) = frame::read(call)?;
        let all: Vec<_> = chunks(&rows).collect();
        for some in all.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|chunk| self.bucket.keep(&keys, id, *chunk))).await?;
        }
        let actor = call.caller.as_ref().map(|caller| caller.key.id.to_string());
        let now = self.ports.now();
        let import = Import {
            id,
            body: body.clone(),
            format,
            rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            chunks: u32::try_from(all.len()).unwrap_or(u32::MAX),
            next: 0,
            accepted: 0,
            rejected: 0,
            status: Status::Running,
            created_at: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
            ended_at: None,
            actor: actor.unwrap_or_default(),
            trace: call.trace.clone(),
        };
        if self.ports.open(&keys, &import).await? {
            return Ok(Answer::json(202, started(&import)));
        }
        let known = Imports::find(self.ports, &keys, id).await?;
        again(&known.ok_or_else(Problem::busy)?, &body)
    }

    /// How far an import is, and what was wrong with its rows.
    pub(crate) async fn read(&self, call: &Call) -> Result<Answer, Problem> {
        let keys = self.keys(call).await?;
        let id: ImportId = call.id("id")?;
        let import = Imports::find(self.ports, &keys, id).await?.ok_or_else(Problem::not_found)?;
        let errors = match import.rejected {
            0 => Vec::new(),
            _ => self.bucket.errors(&keys, id).await?,
        };
        Ok(Answer::json(200, view(&import, &errors)))
    }

    async fn keys(&self, call: &Call) -> Result<Arc<DataKeys>, Problem> {
        let (store, mode) = call.store(Scope::ConsentsWrite)?;
        let store: StoreId = store;
        let store = Stores::find(self.ports, store).await?.ok_or_else(Problem::not_found)?;
        Ok(self.ring.data(&store, mode).await?)
    }
}

/// The answer to a call that was made before.
fn again(known: &Import, body: &doorstep_domain::keys::Fingerprint) -> Result<Answer, Problem> {
    if known.body == *body {
        return Ok(Answer::json(202, started(known)).replayed(true));
    }
    let detail = "This Idempotency-Key came with another body before. Use a new key.";
    Err(Problem::new(422, "idempotency_key_reused", detail))
}

/// What was true when it was started, so that a replay is the same.
fn started(import: &Import) -> Value {
    let status = Status::Running.as_str();
    json!({"id": import.id.to_string(), "status": status, "rows": import.rows})
}

fn view(import: &Import, errors: &[RowError]) -> Value {
    let errors = errors
        .iter()
        .map(|error| json!({"row": error.row, "column": error.column, "detail": error.detail}));
    json!({
        "id": import.id.to_string(),
        "status": import.status.as_str(),
        "rows": import.rows,
        "accepted": import.accepted,
        "rejected": import.rejected,
        "created_at": import.created_at.to_string(),
        "ended_at": import.ended_at.map(|at| at.to_string()),
        "errors": errors.collect::<Vec<_>>(),
    })
}
