//! `/complaints`: people file them without a key, their store sees and notes them.

use std::{net::IpAddr, sync::Arc};

use doorstep_domain::{
    Mode,
    access::Scope,
    complaint::{ComplainError, Complaint, LONGEST_NOTE, Note, NoteKind, Noted, complain, note},
    deadline::Duty,
    id::{ComplaintId, StoreId},
    phone::Region,
    ports::{Audit, Chance, Clock, Complaints, KeyRing, Stores},
    store::Store,
    text::locale::Language,
};
use doorstep_edge::{
    Answer, Call, Problem, audit,
    html::{Frame, wants_json, wished},
    json::Object,
    page,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    complaint_form::{Form, problem},
    complaint_page::Page,
};

/// What complaints need of storage.
pub trait Ports: Complaints + Stores + Audit + Chance + Clock {}
impl<P: Complaints + Stores + Audit + Chance + Clock> Ports for P {}

/// `GET /complaints/{store_id}`: the form.
pub(crate) async fn form(ports: &impl Ports, call: &Call) -> Result<Answer, Problem> {
    let (store, mode) = (find(ports, call).await?, mode(call)?);
    Ok(match &store {
        Some(store) => page_of(call, Some(store), mode).form(&Form::default(), &[]),
        None => gone(call)?,
    })
}

/// `POST /complaints/{store_id}`: takes a complaint, and acknowledges it by the answer.
pub(crate) async fn file(
    ports: &impl Ports,
    ring: &impl KeyRing,
    call: &Call,
) -> Result<Answer, Problem> {
    let (form, mode) = (Form::read(call)?, mode(call)?);
    let Some(store) = find(ports, call).await? else { return gone(call) };
    let page = |mode| page_of(call, Some(&store), mode);
    let country = store.settings.country.unwrap_or(Region::GB);
    let (mode, about, contents) = match form.check(country, mode) {
        Ok(checked) => checked,
        Err(wrongs) if wants_json(call) => return Err(problem(&wrongs)),
        Err(wrongs) => return Ok(page(mode).form(&form, &wrongs)),
    };
    let keys = ring.data(&store, mode).await?;
    let source = call.source_ip.as_deref().and_then(|ip| ip.parse::<IpAddr>().ok());
    let complaint = match complain(ports, &keys, (about, contents), source).await {
        Ok(complaint) => complaint,
        Err(ComplainError::Fault(fault)) => return Err(fault.into()),
        Err(ComplainError::TooMany { until }) => {
            let seconds = until.duration_since(ports.now()).as_secs() + 1;
            if !wants_json(call) {
                return Ok(page(mode).many(seconds));
            }
            let detail = "Too many complaints in this hour. Try again in `retry_after_seconds`.";
            let problem = Problem::new(429, "rate_limited", detail).after(seconds);
            return Err(problem.limited_by("complaints_per_hour"));
        }
    };
    if wants_json(call) {
        return Ok(Answer::json(201, acknowledged(&complaint)));
    }
    Ok(page(mode).done(&complaint))
}

/// `GET /complaints`: the store's, newest first; all of them unless the call says since when.
pub(crate) async fn list(
    ports: &impl Ports,
    ring: &impl KeyRing,
    call: &Call,
) -> Result<Answer, Problem> {
    let (store, mode) = call.store(Scope::PrivacyRead)?;
    let mut range = page::whole(call, ports.now())?;
    if !call.query.contains_key("from") {
        range.from = Timestamp::UNIX_EPOCH;
    }
    let store = Stores::find(ports, store).await?.ok_or_else(Problem::not_found)?;
    let keys = ring.data(&store, mode).await?;
    let found = ports.complaints(&keys, range).await?;
    let now = ports.now();
    let data = found.items.iter().map(|complaint| view(store.id, complaint, now));
    Ok(Answer::json(200, page::body(data, found.next.as_deref())))
}

/// `PATCH /complaints/{store_id}/{complaint_id}`: adds progress, or the outcome.
pub(crate) async fn change(
    ports: &impl Ports,
    ring: &impl KeyRing,
    call: &Call,
) -> Result<Answer, Problem> {
    let key = call.key(Scope::PrivacyWrite)?;
    let (id, complaint): (StoreId, ComplaintId) = (call.id("store_id")?, call.id("complaint_id")?);
    if call.named_store(key)?.is_some_and(|own| own != id) || id == Store::DEPLOYMENT {
        return Err(Problem::not_found());
    }
    let notes = notes(call.json()?)?;
    let store = Stores::find(ports, id).await?.ok_or_else(Problem::not_found)?;
    let keys = ring.data(&store, key.mode).await?;
    let known = ports.complaint(&keys, complaint).await?.ok_or_else(Problem::not_found)?;
    if known.closed_at().is_some() {
        return Err(closed());
    }
    audit::done(ports, call, Some(id), &complaint.to_string()).await?;
    let mut changed = known;
    for (kind, text) in notes {
        let actor = key.id.to_string();
        changed = match note(ports, &keys, complaint, (kind, text, actor)).await? {
            Noted::Yes(complaint) => *complaint,
            Noted::Unknown => return Err(Problem::not_found()),
            Noted::Closed => return Err(closed()),
            Noted::Full => {
                let detail =
                    "This complaint has as many notes as it can have: close it by `outcome`.";
                return Err(Problem::new(409, "conflict", detail));
            }
            Noted::Busy => return Err(Problem::busy()),
        };
    }
    Ok(Answer::json(200, view(id, &changed, ports.now())))
}

/// Progress before outcome, as both may come in one call.
fn notes(mut body: Object) -> Result<Vec<(NoteKind, String)>, Problem> {
    let mut notes = Vec::new();
    for kind in NoteKind::ALL {
        let Some(text) = body.lines(kind.as_str()) else { continue };
        let length = text.chars().take(LONGEST_NOTE + 1).count();
        if text.trim().is_empty() || length > LONGEST_NOTE {
            body.wrong(kind.as_str(), format!("must be a text of 1 to {LONGEST_NOTE} characters"));
        }
        notes.push((*kind, text));
    }
    body.require("progress", notes.is_empty());
    body.finish()?;
    Ok(notes)
}

fn closed() -> Problem {
    let detail = "This complaint has its outcome. Notes are only added before it.";
    Problem::new(409, "conflict", detail)
}

/// The store of the path; what is none is not found, as an unknown one.
async fn find(ports: &impl Ports, call: &Call) -> Result<Option<Arc<Store>>, Problem> {
    match call.id::<StoreId>("store_id") {
        Ok(id) if id != Store::DEPLOYMENT => Ok(Stores::find(ports, id).await?),
        _ => Ok(None),
    }
}

/// People know of no modes: who tries a form out says `?mode=test`, or names a drama number.
fn mode(call: &Call) -> Result<Mode, Problem> {
    let Some(named) = call.query.get("mode") else { return Ok(Mode::Live) };
    named.parse().map_err(|_| Problem::invalid("?mode", "must be test or live"))
}

fn gone(call: &Call) -> Result<Answer, Problem> {
    if wants_json(call) {
        Err(Problem::not_found())
    } else {
        Ok(page_of(call, None, Mode::Live).gone())
    }
}

/// In the language that the browser wishes, else in the store's.
fn page_of<'a>(call: &Call, store: Option<&'a Arc<Store>>, mode: Mode) -> Page<'a> {
    let settings = store.map(|store| &store.settings);
    let own = settings.and_then(|settings| settings.locale.as_deref()?.parse().ok());
    let locales: Vec<_> = wished(call).into_iter().chain(own).collect();
    Page {
        frame: Frame {
            language: Language::choose(&locales),
            store: settings.and_then(|settings| settings.name.as_deref()),
            leads_to: None,
        },
        privacy_url: settings.and_then(|settings| settings.privacy_url.as_deref()),
        mode,
    }
}

fn acknowledged(complaint: &Complaint) -> Value {
    json!({
        "id": complaint.id.to_string(),
        "reference": complaint.reference(),
        "status": complaint.status().as_str(),
        "received_at": complaint.received_at.to_string(),
        "acknowledged_at": complaint.received_at.to_string(),
        "progress_by": complaint.due(Duty::ComplaintProgress).to_string(),
        "outcome_due": complaint.due(Duty::ComplaintOutcome).to_string(),
    })
}

/// A complaint as its store sees it.
fn view(store: StoreId, complaint: &Complaint, now: Timestamp) -> Value {
    let mut view = acknowledged(complaint);
    let contents = &complaint.contents;
    view["store_id"] = json!(store.to_string());
    view["about"] = json!(complaint.about.as_str());
    view["ack_due"] = json!(complaint.due(Duty::Complaint).to_string());
    view["overdue"] = json!(complaint.is_overdue(now));
    view["contact"] = json!(contents.contact);
    view["text"] = json!(contents.text);
    view["notes"] = complaint.notes.iter().map(noted).collect();
    let optional = [
        ("name", contents.name.clone()),
        ("phone", contents.phone.as_ref().map(|phone| phone.expose().to_owned())),
        ("closed_at", complaint.closed_at().map(|at| at.to_string())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            view[name] = json!(value);
        }
    }
    view
}

fn noted(note: &Note) -> Value {
    json!({
        "kind": note.kind.as_str(),
        "at": note.at.to_string(),
        "actor": note.actor,
        "text": note.text,
    })
}
