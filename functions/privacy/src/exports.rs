//! `/exports`: what is held on a person, asked for, looked at, and fetched by a link of minutes.

use doorstep_domain::{
    access::Scope,
    export::{Export, ExportState, LINK_LIFE, link_tag, opens},
    id::{ExportId, UserId},
    keys::DataKeys,
    ports::{Archive, Audit, Chance, Clock, KeyRing, Nonces, Rights, Stores, Users},
    seal::Place,
};
use doorstep_edge::{Answer, Call, Problem, audit};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    export_link::{FileLink, Form},
    export_page::page,
    keys_of,
};

/// Who opens a link has no key.
pub(crate) const FILE: &str = "GET /exports/{id}/file";

/// What exports need of storage.
pub trait Ports: Rights + Users + Stores + Nonces + Audit + Clock + Chance {}
impl<P: Rights + Users + Stores + Nonces + Audit + Clock + Chance> Ports for P {}

/// `POST /exports`: the job is kept with the export, in one write.
pub(crate) async fn start(
    ports: &impl Ports,
    ring: &impl KeyRing,
    call: &Call,
) -> Result<Answer, Problem> {
    let scope = call.store(Scope::PrivacyWrite)?;
    let mut body = call.json()?;
    let user: Option<UserId> = body.parsed("user_id", "the id of a user", |id| id.parse().ok());
    body.require("user_id", user.is_none());
    body.finish()?;
    let user = user.ok_or_else(|| Problem::invalid("/user_id", "is required"))?;
    let keys = keys_of(ports, ring, scope).await?;
    if Users::find(ports, &keys, user).await?.is_none() {
        return Err(Problem::not_found());
    }
    audit::sensitive(ports, call, Some(scope.0), &user.to_string()).await?;
    let export = Export::new(user, ports.now(), ports);
    ports.ask_export(&keys, &export, &call.trace).await?;
    let id = export.id.to_string();
    Ok(Answer::json(
        202,
        json!({"id": id, "status": "running", "due_at": export.due_at.to_string()}),
    ))
}

/// `GET /exports/{id}`: each call makes links of its own.
pub(crate) async fn read(
    ports: &impl Ports,
    ring: &impl KeyRing,
    (call, public_url): (&Call, Option<&str>),
) -> Result<Answer, Problem> {
    let scope = call.store(Scope::PrivacyRead)?;
    let keys = keys_of(ports, ring, scope).await?;
    let now = ports.now();
    let export = ports.export(&keys, call.id("id")?).await?;
    // What is over is gone, though its item may linger.
    let export =
        export.filter(|export| now < export.expires_at()).ok_or_else(Problem::not_found)?;
    let mut view = json!({
        "id": export.id.to_string(),
        "user_id": export.user.to_string(),
        "requested_at": export.requested_at.to_string(),
        "due_at": export.due_at.to_string(),
    });
    match export.state {
        ExportState::Running => view["status"] = "running".into(),
        ExportState::Failed(reason) => {
            view["status"] = "failed".into();
            view["reason"] = reason.as_str().into();
        }
        ExportState::Ready { expires_at } => {
            let ends_at = (now + LINK_LIFE).min(expires_at);
            let url = |form| link(&call.base_url(public_url), &keys, (export.id, form), ends_at);
            view["status"] = "ready".into();
            view["expires_at"] = expires_at.to_string().into();
            view["url"] = url(Form::Json).into();
            view["page_url"] = url(Form::Page).into();
            view["url_expires_at"] = seconds(ends_at).to_string().into();
        }
    }
    Ok(Answer::json(200, view))
}

fn link(base: &str, keys: &DataKeys, (id, form): (ExportId, Form), ends_at: Timestamp) -> String {
    let tag = link_tag(keys, (id, form.as_str()), ends_at);
    let link = FileLink { scope: keys.scope(), form, ends_at: seconds(ends_at), tag };
    format!("{base}/exports/{id}/file?token={}", link.expose())
}

/// A link tells its end in whole seconds.
fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// `GET /exports/{id}/file`: what does not open is gone, whatever the reason. It reads only.
pub(crate) async fn file(
    ports: &impl Ports,
    (ring, bucket): (&impl KeyRing, &impl Archive),
    call: &Call,
) -> Result<Answer, Problem> {
    let (id, link) = asked(call).ok_or_else(gone)?;
    let keys = keys_of(ports, ring, link.scope).await.map_err(missing_is_gone)?;
    let (of, proof, now) = ((id, link.form.as_str()), (link.ends_at, &link.tag[..]), ports.now());
    if !opens(&keys, of, proof, now) {
        return Err(gone());
    }
    let export = ports.export(&keys, id).await?.filter(|export| now < export.expires_at());
    let export = export.ok_or_else(gone)?;
    let sealed = bucket.sealed_export(link.scope, (export.user, id)).await?.ok_or_else(gone)?;
    let name = id.to_string();
    let plain = keys.open(Place { item: &name, attribute: "export" }, &sealed);
    let plain = plain.ok().and_then(|plain| serde_json::from_slice::<Value>(&plain).ok());
    let document = plain.ok_or_else(gone)?;
    Ok(match link.form {
        Form::Page => page(&document),
        Form::Json => download(&name, &document),
    })
}

fn asked(call: &Call) -> Option<(ExportId, FileLink)> {
    let link = FileLink::parse(call.query.get("token")?)?;
    Some((call.id("id").ok()?, link))
}

fn download(name: &str, document: &Value) -> Answer {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    let mut answer = Answer::text("application/json", text);
    let disposition = format!("attachment; filename=\"{name}.json\"");
    answer.headers.push(("content-disposition", disposition));
    answer
}

fn gone() -> Problem {
    let detail = "This link opens nothing, or not any more. Read the export again for a new one.";
    Problem::new(410, "link_expired", detail)
}

/// A link that names no store of ours looks like one that is over.
fn missing_is_gone(problem: Problem) -> Problem {
    if problem.status == 404 { gone() } else { problem }
}
