//! `Idempotency-Key` on calls that do not keep a record of their own.

use std::future::Future;

use doorstep_domain::{
    Fault,
    ports::{Chance, Clock, Replays},
    replay::{Begun, ReplayKeys, Slot},
};
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Caller},
    problem::Problem,
};

/// Answers a call once per idempotency key; a call without one is just answered. Only success is
/// kept: after a refusal the key stays usable.
pub(crate) async fn once(
    ports: &(impl Replays + Clock + Chance),
    call: &Call,
    answer: impl Future<Output = Result<Answer, Problem>>,
) -> Result<Answer, Problem> {
    let caller = call.caller.as_ref();
    let keys = caller.and_then(|caller| caller.replay.as_deref());
    let asks = call.route.starts_with("POST ") && call.header("idempotency-key").is_some();
    let Some(keys) = keys.filter(|_| asks) else { return answer.await };
    let mut path = format!("{} {:?}", call.route, call.path.get("id").or(call.path.get("name")));
    // A key of the whole deployment may say the same to two stores.
    if let Some(named) = call.header("doorstep-store").filter(|_| !of_one_store(caller)) {
        path = format!("{path} {named}");
    }
    let slot = keys.slot(&path, &call.idempotency_key()?, &call.body, ports.now());
    match ports.begin(&slot).await? {
        Begun::Ours => {}
        Begun::Answered(sealed) => return Ok(open(keys, &slot, &sealed)?.replayed(true)),
        Begun::Running => {
            let detail = "The same call is still running. Repeat it in a moment.";
            return Err(Problem::new(409, "idempotency_in_progress", detail).after(1));
        }
        Begun::OtherBody => {
            let detail = "This Idempotency-Key came with another body before. Use a new key.";
            return Err(Problem::new(422, "idempotency_key_reused", detail));
        }
    }
    let answered = answer.await;
    match &answered {
        Ok(answer) => {
            let kept = json!({"status": answer.status, "body": answer.body}).to_string();
            ports.keep_answer(&slot, &keys.seal(&slot, kept.as_bytes(), ports)).await?;
        }
        Err(_) => ports.release(&slot).await?,
    }
    answered
}

fn of_one_store(caller: Option<&Caller>) -> bool {
    caller.is_some_and(|caller| caller.key.store.is_some())
}

fn open(keys: &ReplayKeys, slot: &Slot, sealed: &[u8]) -> Result<Answer, Fault> {
    let corrupt = || Fault::corrupt("a kept answer");
    let kept = keys.open(slot, sealed).map_err(|_| corrupt())?;
    let mut kept: Value = serde_json::from_slice(&kept).map_err(|_| corrupt())?;
    let status = kept["status"].as_u64().and_then(|status| status.try_into().ok());
    let body = Some(kept["body"].take()).filter(|body| !body.is_null());
    let status = status.ok_or_else(corrupt)?;
    Ok(Answer { status, body, text: None, headers: Vec::new() })
}
