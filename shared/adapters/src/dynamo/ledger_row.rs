//! How an entry of the consent ledger is stored: what it says in clear, what the shopper's browser
//! and the shop told of them sealed.

use doorstep_domain::{
    Fault,
    consent::{Linked, OptInConsent, Sale, Told, WordingHash},
    id::UserId,
    keys::{DataKeys, Fingerprint},
    seal::Place,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item,
    item::{self, parse, pk, time},
};
use crate::system::SystemChance;

const CORRUPT: &str = "a consent in `evidence`";

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    /// The entry's number, so that each is taken once.
    sk: String,
    id: String,
    event: String,
    purpose: String,
    channel: String,
    basis: String,
    door: String,
    occurred_at: i64,
    recorded_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<ToldRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signup: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    negotiation: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<ByteBuf>,
}

#[derive(Serialize, Deserialize)]
struct ToldRow {
    version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wording: Option<String>,
    controllers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    privacy_url: Option<String>,
}

/// What is sealed.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Personal {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sale: Option<String>,
}

fn place(id: &str) -> Place<'_> {
    Place { item: id, attribute: "sealed" }
}

/// The number of an entry as it sorts.
fn sort_key(seq: u32) -> String {
    format!("{seq:010}")
}

pub(super) fn to_item(keys: &DataKeys, linked: &Linked) -> Result<Item, Fault> {
    let entry = &linked.entry;
    let id = entry.id.to_string();
    let personal = Personal {
        page: entry.page_url.clone(),
        network: entry.ip_network.clone(),
        reason: entry.reason.clone(),
        sale: entry.sale.as_ref().map(|sale| sale.reference.clone()),
    };
    let sealed = if personal == Personal::default() {
        None
    } else {
        let plain = serde_json::to_vec(&personal).map_err(|_| Fault::corrupt(CORRUPT))?;
        Some(ByteBuf::from(keys.seal(place(&id), &plain, &SystemChance)))
    };
    item::to_item(&Row {
        pk: pk(keys.scope(), "USR", entry.user),
        sk: sort_key(linked.seq),
        event: entry.event.as_str().to_owned(),
        purpose: entry.purpose.clone(),
        channel: entry.channel.clone(),
        basis: entry.basis.as_str().to_owned(),
        door: entry.door.as_str().to_owned(),
        occurred_at: entry.occurred_at.as_millisecond(),
        recorded_at: entry.recorded_at.as_millisecond(),
        told: entry.told.as_ref().map(told_row),
        signup: entry.signup.map(|signup| signup.to_string()),
        locale: entry.locale.clone(),
        negotiation: entry.sale.as_ref().map(|sale| sale.negotiation),
        actor: entry.actor.clone(),
        hash: linked.hash.as_text(),
        sealed,
        id,
    })
}

fn told_row(told: &Told) -> ToldRow {
    ToldRow {
        version: told.wording_version.clone(),
        wording: told.wording.as_ref().map(|wording| wording.0.clone()),
        controllers: told.controllers.clone(),
        privacy_url: told.privacy_url.clone(),
    }
}

pub(super) fn from_item(keys: &DataKeys, user: UserId, item: Item) -> Result<Linked, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let personal = match &row.sealed {
        None => Personal::default(),
        Some(sealed) => {
            let plain = keys.open(place(&row.id), sealed);
            let plain = plain.map_err(|_| Fault::corrupt("a sealed consent"))?;
            serde_json::from_slice(&plain).map_err(|_| Fault::corrupt(CORRUPT))?
        }
    };
    let sale = row.negotiation.zip(personal.sale);
    let entry = OptInConsent {
        id: parse(&row.id, CORRUPT)?,
        user,
        event: parse(&row.event, CORRUPT)?,
        purpose: row.purpose,
        channel: row.channel,
        basis: parse(&row.basis, CORRUPT)?,
        door: parse(&row.door, CORRUPT)?,
        occurred_at: time(row.occurred_at)?,
        recorded_at: time(row.recorded_at)?,
        told: row.told.map(told),
        signup: row.signup.map(|signup| parse(&signup, CORRUPT)).transpose()?,
        page_url: personal.page,
        locale: row.locale,
        ip_network: personal.network,
        sale: sale.map(|(negotiation, reference)| Sale { negotiation, reference }),
        reason: personal.reason,
        actor: row.actor,
    };
    let seq = row.sk.parse().map_err(|_| Fault::corrupt(CORRUPT))?;
    let hash = Fingerprint::from_text(&row.hash).ok_or_else(|| Fault::corrupt(CORRUPT))?;
    Ok(Linked { seq, entry, hash })
}

fn told(row: ToldRow) -> Told {
    Told {
        wording_version: row.version,
        wording: row.wording.map(WordingHash),
        controllers: row.controllers,
        privacy_url: row.privacy_url,
    }
}
