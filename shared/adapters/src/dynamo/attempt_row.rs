//! How a sign-up is stored: ids, times and indexes in clear, everything personal in one sealed
//! value.

use std::collections::BTreeMap;

use doorstep_domain::{
    Fault,
    access::Kind,
    carrier::Channel,
    code::CodeSeed,
    consent::{ConsentAsked, WordingHash},
    id::SignupId,
    keys::{DataKeys, ExternalIndex, Fingerprint, PhoneIndex, RequestKey, SourceIndex},
    phone::{NumberType, PhoneNumber, Region},
    ports::Chance,
    seal::{KeyVersion, Place},
    signup::{Context, Method, RegistrationAttempt, Send, State, Tried},
    user::Customer,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item,
    item::{self, parse, pk, time},
};

const CORRUPT: &str = "a sign-up in `state`";

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    l_pk: String,
    l_sk: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_sk: Option<String>,
    /// The event that this version of the item carries to the relay; later versions drop it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    state: String,
    /// When it was verified or locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries: Option<u8>,
    /// The one try of a link's match: a keyed digest of the digits, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tried: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tried_at: Option<i64>,
    /// `link`; a code has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    body: String,
    phone: String,
    nonce: ByteBuf,
    code_key: u16,
    by: String,
    route: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    drawn: bool,
    sends: Vec<SendRow>,
    /// The address that asked, as its index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// What the guards said against it: rules and their points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    why: Vec<(String, u32)>,
    created: i64,
    expires: i64,
    trace: String,
    ttl: i64,
    sealed: ByteBuf,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SendRow {
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// `voice`; a text has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ch: Option<String>,
}

/// What is sealed. Short names: a sign-up should stay within one write unit.
#[derive(Serialize, Deserialize)]
struct Personal {
    p: String,
    r: String,
    t: String,
    u: String,
    l: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    c: Vec<ConsentRow>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    o: BTreeMap<char, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    m: Vec<(String, String)>,
}

/// Purpose, channel, granted, wording version, wording hash.
#[derive(Serialize, Deserialize)]
struct ConsentRow(String, String, bool, String, Option<String>);

/// Where a sign-up's personal data stands.
fn place(id: &str) -> Place<'_> {
    Place { item: id, attribute: "sealed" }
}

pub(super) fn to_item(
    keys: &DataKeys,
    attempt: &RegistrationAttempt,
    (over, chance): (i64, &impl Chance),
) -> Result<Item, Fault> {
    let scope = keys.scope();
    let created = attempt.created_at.as_millisecond();
    let id = attempt.id.to_string();
    let personal = serde_json::to_vec(&personal(attempt)).map_err(|_| Fault::corrupt(CORRUPT))?;
    let external = attempt.external_index.as_ref();
    item::to_item(&Row {
        pk: pk(scope, "SGN", &id),
        sk: item::SK.to_owned(),
        l_pk: pk(scope, "SGN", day(attempt.created_at)),
        l_sk: format!("{created}#{id}"),
        x_pk: external.map(|index| pk(scope, "XID", index.as_text())),
        x_sk: external.map(|_| format!("{created}#{id}")),
        out: Some(event(attempt.route_of(0).first().map_or("none", |c| c.as_str()), 0)),
        state: "pending".to_owned(),
        ended: None,
        user: None,
        tries: None,
        tried: None,
        tried_at: None,
        method: (attempt.method != Method::Code).then(|| attempt.method.as_str().to_owned()),
        body: attempt.body.as_text(),
        phone: attempt.phone_index.as_text(),
        nonce: ByteBuf::from(attempt.seed.nonce),
        code_key: attempt.seed.version.0,
        by: attempt.started_by.prefix().to_owned(),
        route: attempt.route.iter().map(|carrier| carrier.as_str().to_owned()).collect(),
        drawn: attempt.drawn,
        sends: attempt.sends.iter().map(send_row).collect(),
        ip: attempt.source.as_ref().map(SourceIndex::as_text),
        why: attempt.reasons.iter().map(|(rule, n)| (rule.as_str().to_owned(), *n)).collect(),
        created,
        expires: attempt.expires_at.as_millisecond(),
        trace: attempt.trace.clone(),
        ttl: over,
        sealed: ByteBuf::from(keys.seal(place(&id), &personal, chance)),
    })
}

/// The event that hands a sign-up's `send`th message to its first carrier.
pub(super) fn event(carrier: &str, send: u8) -> String {
    format!("send/{carrier}/{send}/0")
}

/// The partition of the list that a time belongs to.
pub(super) fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

pub(super) fn send_row(send: &Send) -> SendRow {
    let (key, body) = send.request.as_ref().map(|(k, b)| (k.as_text(), b.as_text())).unzip();
    let ch = (send.channel != Channel::Sms).then(|| send.channel.as_str().to_owned());
    SendRow { at: send.at.as_millisecond(), key, body, ch }
}

fn personal(attempt: &RegistrationAttempt) -> Personal {
    let context = &attempt.context;
    let others = [
        ('i', &context.ip_network),
        ('p', &context.page_url),
        ('s', &context.session_id),
        ('d', &context.device),
        ('r', &context.region),
    ];
    Personal {
        p: attempt.phone.expose().to_owned(),
        r: attempt.phone.region().as_str().to_owned(),
        t: attempt.phone.kind().as_str().to_owned(),
        u: attempt.purpose.as_str().to_owned(),
        l: attempt.locale.clone(),
        x: attempt.customer.external_id.clone(),
        n: attempt.customer.name.clone(),
        e: attempt.customer.email.clone(),
        b: attempt.return_url.clone(),
        c: attempt.consents.iter().map(consent_row).collect(),
        o: others.into_iter().filter_map(|(k, v)| Some((k, v.clone()?))).collect(),
        m: attempt.metadata.clone(),
    }
}

fn consent_row(asked: &ConsentAsked) -> ConsentRow {
    let ConsentAsked { purpose, channel, granted, wording_version, wording } = asked.clone();
    ConsentRow(purpose, channel, granted, wording_version, wording.map(|hash| hash.0))
}

pub(super) fn from_item(keys: &DataKeys, item: Item) -> Result<RegistrationAttempt, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let id = row.pk.rsplit('#').next().unwrap_or_default();
    let sealed =
        keys.open(place(id), &row.sealed).map_err(|_| Fault::corrupt("a sealed sign-up"))?;
    let personal: Personal =
        serde_json::from_slice(&sealed).map_err(|_| Fault::corrupt("a sealed sign-up"))?;
    let nonce = row.nonce.as_slice().try_into().map_err(|_| Fault::corrupt(CORRUPT))?;
    let id: SignupId = parse(id, CORRUPT)?;
    Ok(RegistrationAttempt {
        id,
        body: Fingerprint::from_text(&row.body).ok_or_else(|| Fault::corrupt(CORRUPT))?,
        phone: phone(&personal)?,
        phone_index: PhoneIndex::from_text(&row.phone).ok_or_else(|| Fault::corrupt(CORRUPT))?,
        external_index: external(row.x_pk.as_deref()),
        purpose: parse(&personal.u, CORRUPT)?,
        method: row.method.map_or(Ok(Method::Code), |name| parse(&name, CORRUPT))?,
        return_url: personal.b,
        locale: personal.l,
        consents: personal.c.into_iter().map(asked).collect(),
        context: context(personal.o),
        source: row.ip.as_deref().and_then(SourceIndex::from_text),
        reasons: row
            .why
            .iter()
            .map(|(rule, points)| Ok((parse(rule, CORRUPT)?, *points)))
            .collect::<Result<_, Fault>>()?,
        customer: Customer { external_id: personal.x, name: personal.n, email: personal.e },
        metadata: personal.m,
        seed: CodeSeed { nonce, version: KeyVersion(row.code_key) },
        started_by: if row.by == Kind::Secret.prefix() { Kind::Secret } else { Kind::Publishable },
        route: row.route.iter().map(|name| parse(name, CORRUPT)).collect::<Result<_, _>>()?,
        drawn: row.drawn,
        sends: row.sends.into_iter().map(send).collect::<Result<_, _>>()?,
        created_at: time(row.created)?,
        expires_at: time(row.expires)?,
        state: state(&row.state, row.ended, row.user.as_deref(), row.tries)?,
        tried: tried(row.tried.as_deref(), row.tried_at)?,
        trace: row.trace,
    })
}

fn tried(what: Option<&str>, at: Option<i64>) -> Result<Option<Tried>, Fault> {
    let (Some(what), Some(at)) = (what, at) else { return Ok(None) };
    let what = Fingerprint::from_text(what).ok_or_else(|| Fault::corrupt(CORRUPT))?;
    Ok(Some(Tried { at: time(at)?, what }))
}

fn phone(personal: &Personal) -> Result<PhoneNumber, Fault> {
    let region = Region::parse(&personal.r).ok_or_else(|| Fault::corrupt(CORRUPT))?;
    Ok(PhoneNumber::restore(personal.p.clone(), region, NumberType::parse(&personal.t)))
}

fn external(x_pk: Option<&str>) -> Option<ExternalIndex> {
    ExternalIndex::from_text(x_pk?.rsplit('#').next()?)
}

fn asked(row: ConsentRow) -> ConsentAsked {
    let ConsentRow(purpose, channel, granted, wording_version, wording) = row;
    ConsentAsked { purpose, channel, granted, wording_version, wording: wording.map(WordingHash) }
}

fn context(mut others: BTreeMap<char, String>) -> Context {
    Context {
        ip_network: others.remove(&'i'),
        page_url: others.remove(&'p'),
        session_id: others.remove(&'s'),
        device: others.remove(&'d'),
        region: others.remove(&'r'),
    }
}

fn send(row: SendRow) -> Result<Send, Fault> {
    let request = match (row.key, row.body) {
        (Some(key), Some(body)) => {
            let key = RequestKey::from_text(&key).ok_or_else(|| Fault::corrupt(CORRUPT))?;
            let body = Fingerprint::from_text(&body).ok_or_else(|| Fault::corrupt(CORRUPT))?;
            Some((key, body))
        }
        _ => None,
    };
    let channel = row.ch.map_or(Ok(Channel::Sms), |name| parse(&name, CORRUPT))?;
    Ok(Send { at: time(row.at)?, request, channel })
}

fn state(
    name: &str,
    ended: Option<i64>,
    user: Option<&str>,
    tries: Option<u8>,
) -> Result<State, Fault> {
    match (name, ended, user) {
        ("pending", ..) => Ok(State::Pending),
        ("locked", Some(at), _) => Ok(State::Locked { at: time(at)? }),
        ("verified", Some(at), Some(user)) => Ok(State::Verified {
            at: time(at)?,
            user: parse(user, CORRUPT)?,
            tries: tries.unwrap_or_default(),
        }),
        _ => Err(Fault::corrupt(CORRUPT)),
    }
}
