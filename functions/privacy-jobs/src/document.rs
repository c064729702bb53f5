//! What is held on a person, as JSON: each part names the record that it is from.

use doorstep_domain::{
    Mode,
    audit::AuditEntry,
    carrier::{CarrierName, FailureClass},
    complaint::Complaint,
    consent::{Linked, Wording},
    decisions::Line,
    export::{Dossier, Export, ExportState},
    id::StoreId,
    keys::PhoneIndex,
    message::{About, Happening, Letter, Message},
    signup::{RegistrationAttempt, State},
    tries::PhoneRecord,
    user::{Customer, User},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The whole document.
pub(crate) fn document((store, mode): (StoreId, Mode), dossier: &Dossier) -> Value {
    let all = |list: &mut dyn Iterator<Item = Value>| Value::Array(list.collect());
    json!({
        "store_id": store.to_string(),
        "mode": mode.as_str(),
        "gathered_at": dossier.at.to_string(),
        "user": user(&dossier.profile),
        "numbers": all(&mut dossier.phones.iter().map(number)),
        "signups": all(&mut dossier.signups.iter().map(signup)),
        "messages": all(&mut dossier.messages.iter().map(message)),
        "consents": all(&mut dossier.consents.iter().map(consent)),
        "decisions": all(&mut dossier.decisions.iter().map(decision)),
        "requests": all(&mut dossier.audit.iter().map(request)),
        "complaints": all(&mut dossier.complaints.iter().map(complaint)),
        "exports": all(&mut dossier.exports.iter().map(export)),
        "preference_links": all(&mut dossier.links.iter().map(|end| json!({"ends_at": time(*end)}))),
    })
}

/// An object without what is absent.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let there = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn time(at: Timestamp) -> String {
    at.to_string()
}

fn text(value: Option<impl ToString>) -> Value {
    value.map(|value| value.to_string()).into()
}

fn customer(customer: &Customer) -> Value {
    object([
        ("external_id", text(customer.external_id.as_ref())),
        ("name", text(customer.name.as_ref())),
        ("email", text(customer.email.as_ref())),
    ])
}

fn user(profile: &User) -> Value {
    object([
        ("record", format!("USR#{}", profile.id).into()),
        ("id", profile.id.to_string().into()),
        ("phone", profile.phone.expose().into()),
        ("customer", customer(&profile.customer)),
        ("first_verified_at", text(profile.first_verified_at)),
        ("verified_at", text(profile.verified_at)),
        ("verified_by_signup", text(profile.signup)),
        ("brought_by_the_shop_at", text(profile.brought_at)),
    ])
}

fn number((index, record): &(PhoneIndex, PhoneRecord)) -> Value {
    let tries = record
        .tries
        .iter()
        .map(|tried| json!({"signup": tried.signup.to_string(), "at": time(tried.at)}));
    let marketing = record
        .marketing
        .iter()
        .map(|text| json!({"message": text.message.to_string(), "at": time(text.at)}));
    let ids = record.signups.iter().map(ToString::to_string);
    let letters = record.letters.iter().map(ToString::to_string);
    object([
        ("record", format!("PH#{}", index.as_text()).into()),
        ("no_texts_since", text(record.suppressed)),
        ("texts_again_since", text(record.lifted)),
        ("no_marketing_since", text(record.objected)),
        ("erasure_asked_for_at", text(record.erased)),
        ("answered_by_text_at", text(record.answered)),
        ("called_at", text(record.called)),
        ("tries_of_codes", tries.collect::<Vec<_>>().into()),
        ("tries_since_last_success", record.row.into()),
        ("newest_signups", ids.collect::<Vec<_>>().into()),
        ("newest_messages", letters.collect::<Vec<_>>().into()),
        ("marketing_texts_counted", marketing.collect::<Vec<_>>().into()),
    ])
}

fn signup(signup: &RegistrationAttempt) -> Value {
    let (status, ended) = match signup.state {
        State::Pending => ("pending", None),
        State::Locked { at } => ("locked", Some(at)),
        State::Verified { at, .. } => ("verified", Some(at)),
    };
    let (context, sends) = (&signup.context, signup.sends.iter());
    let reasons = signup.reasons.iter().map(|(rule, points)| json!([rule.as_str(), points]));
    let metadata = signup.metadata.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    let route = signup.route.iter().map(|carrier| carrier.as_str());
    object([
        ("record", format!("SGN#{}", signup.id).into()),
        ("id", signup.id.to_string().into()),
        ("status", status.into()),
        ("ended_at", text(ended)),
        ("created_at", time(signup.created_at).into()),
        ("expires_at", time(signup.expires_at).into()),
        ("purpose", signup.purpose.as_str().into()),
        ("method", signup.method.as_str().into()),
        ("phone", signup.phone.expose().into()),
        ("country", signup.phone.region().as_str().into()),
        ("locale", signup.locale.as_str().into()),
        ("customer", customer(&signup.customer)),
        ("consents_asked", signup.consents.iter().map(asked).collect::<Vec<_>>().into()),
        ("page_url", text(context.page_url.as_ref())),
        ("ip_network", text(context.ip_network.as_ref())),
        ("session_id", text(context.session_id.as_ref())),
        ("device", text(context.device.as_ref())),
        ("region", text(context.region.as_ref())),
        ("return_url", text(signup.return_url.as_ref())),
        ("metadata", Value::Object(metadata.collect())),
        ("carriers", route.collect::<Vec<_>>().into()),
        ("sends", sends.map(send).collect::<Vec<_>>().into()),
        ("risk", reasons.collect::<Vec<_>>().into()),
    ])
}

fn send(send: &doorstep_domain::signup::Send) -> Value {
    json!({"at": time(send.at), "channel": send.channel.as_str()})
}

fn asked(asked: &doorstep_domain::consent::ConsentAsked) -> Value {
    object([
        ("purpose", asked.purpose.as_str().into()),
        ("channel", asked.channel.as_str().into()),
        ("granted", asked.granted.into()),
        ("wording_version", asked.wording_version.as_str().into()),
        ("wording_hash", text(asked.wording.as_ref().map(|hash| &hash.0))),
    ])
}

fn message(message: &Message) -> Value {
    let letter = match &message.about {
        About::Letter(written) => letter(written),
        About::Signup(_) => Value::Null,
    };
    object([
        ("record", format!("MSG#{}", message.id).into()),
        ("id", message.id.to_string().into()),
        ("signup", text(message.signup())),
        ("channel", message.channel.as_str().into()),
        ("status", message.status.as_str().into()),
        ("price", text(message.price)),
        ("letter", letter),
        ("history", message.history.iter().map(happening).collect::<Vec<_>>().into()),
    ])
}

fn letter(letter: &Letter) -> Value {
    object([
        ("to", letter.to.expose().into()),
        ("purpose", letter.purpose.as_str().into()),
        ("text", letter.text.as_str().into()),
        ("created_at", time(letter.created_at).into()),
        ("send_after", text(letter.send_after)),
        ("expires_at", time(letter.expires_at).into()),
    ])
}

fn happening(happening: &Happening) -> Value {
    object([
        ("status", happening.status.as_str().into()),
        ("at", time(happening.at).into()),
        ("carrier", text(happening.carrier.map(CarrierName::as_str))),
        ("class", text(happening.class.map(FailureClass::as_str))),
        ("code", text(happening.code.as_ref())),
    ])
}

fn consent((linked, words): &(Linked, Option<Wording>)) -> Value {
    let entry = &linked.entry;
    let told = entry.told.as_ref();
    let sale = entry.sale.as_ref();
    object([
        ("record", format!("USR#{} {}", entry.user, linked.seq).into()),
        ("id", entry.id.to_string().into()),
        ("event", entry.event.as_str().into()),
        ("purpose", entry.purpose.as_str().into()),
        ("channel", entry.channel.as_str().into()),
        ("basis", entry.basis.as_str().into()),
        ("how", entry.door.as_str().into()),
        ("occurred_at", time(entry.occurred_at).into()),
        ("recorded_at", time(entry.recorded_at).into()),
        ("wording_version", text(told.map(|told| &told.wording_version))),
        ("wording_hash", text(told.and_then(|told| told.wording.as_ref()).map(|hash| &hash.0))),
        ("wording", text(words.as_ref().map(|words| &words.0))),
        ("controllers", told.map(|told| told.controllers.clone()).into()),
        ("privacy_url", text(told.and_then(|told| told.privacy_url.as_ref()))),
        ("signup", text(entry.signup)),
        ("page_url", text(entry.page_url.as_ref())),
        ("locale", text(entry.locale.as_ref())),
        ("ip_network", text(entry.ip_network.as_ref())),
        ("sale", text(sale.map(|sale| &sale.reference))),
        ("sale_was_negotiation", sale.map(|sale| sale.negotiation).into()),
        ("reason", text(entry.reason.as_ref())),
        ("written_down_by", text(entry.actor.as_ref())),
    ])
}

fn decision(line: &Line) -> Value {
    object([
        ("at", time(line.at).into()),
        ("kind", line.kind.as_str().into()),
        ("signup", text(line.signup)),
        ("reason", line.reason.as_str().into()),
        ("text", line.text.as_str().into()),
    ])
}

fn request(entry: &AuditEntry) -> Value {
    object([
        ("record", format!("AUD#{}", entry.id).into()),
        ("at", time(entry.at).into()),
        ("action", entry.action.as_str().into()),
        ("outcome", entry.outcome.as_str().into()),
        ("by_key", text(entry.actor.as_ref())),
        ("from_network", text(entry.network.as_ref())),
        ("request_id", entry.request_id.as_str().into()),
    ])
}

/// That there is one, and how far it is. Not what it says: the form does not prove whose the number
/// is that it names.
fn complaint(complaint: &Complaint) -> Value {
    object([
        ("record", format!("CMP#{}", complaint.id).into()),
        ("id", complaint.id.to_string().into()),
        ("about", complaint.about.as_str().into()),
        ("received_at", time(complaint.received_at).into()),
        ("status", complaint.status().as_str().into()),
        ("closed_at", text(complaint.closed_at())),
    ])
}

fn export(export: &Export) -> Value {
    let status = match export.state {
        ExportState::Running => "running",
        ExportState::Ready { .. } => "ready",
        ExportState::Failed(_) => "failed",
    };
    object([
        ("record", format!("EXP#{}", export.id).into()),
        ("id", export.id.to_string().into()),
        ("requested_at", time(export.requested_at).into()),
        ("due_at", export.due_at.to_string().into()),
        ("status", status.into()),
    ])
}
