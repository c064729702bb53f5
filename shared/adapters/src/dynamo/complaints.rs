//! Complaints: one item each, listed by time and found by number.

use aws_sdk_dynamodb::types::AttributeValue;
use doorstep_domain::{
    Fault, Mode,
    complaint::{Complaint, Contents, Note, NoteKind, hour},
    id::{ComplaintId, StoreId},
    keys::{DataKeys, PhoneIndex},
    phone::PhoneNumber,
    ports::{Complaints, Page, Range},
    retention::Kind,
    seal::Place,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item, Table,
    item::{self, number, parse, pk, text, time, value},
};
use crate::system::SystemChance;

const CORRUPT: &str = "a complaint in `state`";

#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    l_pk: String,
    l_sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x_sk: Option<String>,
    about: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    received: i64,
    notes: Vec<NoteRow>,
    /// What is owed, and since when: what the nightly sweep looks for in every item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duty: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duty_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
    sealed: ByteBuf,
}

#[derive(Serialize, Deserialize)]
struct NoteRow {
    kind: String,
    at: i64,
    by: String,
    sealed: ByteBuf,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Personal {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    c: String,
    t: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<String>,
}

impl Complaints for Table {
    async fn file(&self, keys: &DataKeys, complaint: &Complaint) -> Result<bool, Fault> {
        // One that is owed an answer is not forgotten: its days begin with its outcome.
        let over = match keys.scope().1 {
            Mode::Live => None,
            Mode::Test => {
                Some(self.over(keys.scope(), Kind::Complaints, complaint.received_at).await?)
            }
        };
        self.put_new("file a complaint", to_item(keys, complaint, over)?).await
    }

    async fn complaint(
        &self,
        keys: &DataKeys,
        id: ComplaintId,
    ) -> Result<Option<Complaint>, Fault> {
        let item = self.get(&pk(keys.scope(), "CMP", id)).await?;
        item.map(|item| from_item(keys, item)).transpose()
    }

    async fn complaints(&self, keys: &DataKeys, range: Range) -> Result<Page<Complaint>, Fault> {
        let page = self.listed_between(list(keys.scope()), range).await?;
        let items = self.complaints_at(keys, &page.items).await?;
        Ok(Page { items, next: page.next })
    }

    async fn complaints_of(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
    ) -> Result<Vec<Complaint>, Fault> {
        let found = self.searched_whole(by_phone(keys.scope(), phone)).await?;
        self.complaints_at(keys, &found).await
    }

    async fn note(
        &self,
        keys: &DataKeys,
        complaint: &Complaint,
        note: &Note,
    ) -> Result<bool, Fault> {
        let mut noted = complaint.clone();
        noted.notes.push(note.clone());
        let row = note_row(keys, complaint, note);
        let write = self
            .update(&pk(keys.scope(), "CMP", complaint.id))
            .condition_expression("attribute_exists(pk) AND size(#notes) = :before")
            .expression_attribute_names("#notes", "notes")
            .expression_attribute_names("#duty", "duty")
            .expression_attribute_values(":before", number(complaint.notes.len()))
            .expression_attribute_values(":note", value(&[row])?);
        let add = "SET #notes = list_append(#notes, :note)";
        let write = if let Some(duty) = noted.duty() {
            write
                .update_expression(format!("{add}, #duty = :duty"))
                .expression_attribute_values(":duty", text(duty.as_str()))
        } else {
            let over = self.over(keys.scope(), Kind::Complaints, note.at).await?;
            write
                .update_expression(format!("{add}, #ttl = :ttl REMOVE #duty, duty_at"))
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":ttl", number(over))
        };
        self.change("note a complaint's progress", write).await
    }

    async fn count_complaint(
        &self,
        keys: &DataKeys,
        of: &str,
        at: Timestamp,
        most: u32,
    ) -> Result<bool, Fault> {
        let begun = hour(at).as_second();
        let count = self
            .update(&pk(keys.scope(), "CMC", format!("{begun}#{of}")))
            .update_expression("SET #ttl = :ttl ADD filed :one")
            .condition_expression("attribute_not_exists(filed) OR filed < :most")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", number(begun + Kind::Counts.seconds()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(most));
        self.change("count a complaint", count).await
    }
}

impl Table {
    /// The complaints that sort keys name, in their order. One that is gone since is left out.
    async fn complaints_at(
        &self,
        keys: &DataKeys,
        places: &[String],
    ) -> Result<Vec<Complaint>, Fault> {
        let pks: Vec<_> = places.iter().map(|place| pk_of(keys.scope(), place)).collect();
        let mut found = self.get_many(&pks).await?;
        let mut ordered = Vec::new();
        for pk in &pks {
            let is_it = |item: &Item| item.get("pk") == Some(&AttributeValue::S(pk.clone()));
            if let Some(place) = found.iter().position(is_it) {
                ordered.push(from_item(keys, found.swap_remove(place))?);
            }
        }
        Ok(ordered)
    }
}

/// The partition that lists all complaints.
pub(super) fn list(scope: (StoreId, Mode)) -> String {
    pk(scope, "CMP", "all")
}

/// The item of a complaint by its place in a list.
pub(super) fn pk_of(scope: (StoreId, Mode), place: &str) -> String {
    pk(scope, "CMP", place.rsplit('#').next().unwrap_or_default())
}

fn by_phone(scope: (StoreId, Mode), phone: &PhoneIndex) -> String {
    pk(scope, "CMP", phone.as_text())
}

fn to_item(keys: &DataKeys, complaint: &Complaint, over: Option<i64>) -> Result<Item, Fault> {
    let (scope, id) = (keys.scope(), complaint.id.to_string());
    let received = complaint.received_at.as_millisecond();
    let place = format!("{received}#{id}");
    let duty = complaint.duty();
    item::to_item(&Row {
        pk: pk(scope, "CMP", &id),
        sk: item::SK.to_owned(),
        l_pk: list(scope),
        l_sk: place.clone(),
        x_pk: complaint.phone.as_ref().map(|phone| by_phone(scope, phone)),
        x_sk: complaint.phone.as_ref().map(|_| place),
        about: complaint.about.as_str().to_owned(),
        phone: complaint.phone.as_ref().map(PhoneIndex::as_text),
        received,
        notes: Vec::new(),
        duty: duty.map(|duty| duty.as_str().to_owned()),
        duty_at: duty.map(|_| received),
        ttl: over,
        sealed: ByteBuf::from(sealed(keys, &id, &complaint.contents)?),
    })
}

fn sealed(keys: &DataKeys, id: &str, contents: &Contents) -> Result<Vec<u8>, Fault> {
    let personal = Personal {
        n: contents.name.clone(),
        c: contents.contact.clone(),
        t: contents.text.clone(),
        p: contents.phone.as_ref().map(|phone| phone.expose().to_owned()),
    };
    let plain = serde_json::to_vec(&personal).map_err(|_| Fault::corrupt(CORRUPT))?;
    Ok(keys.seal(Place { item: id, attribute: "sealed" }, &plain, &SystemChance))
}

fn note_row(keys: &DataKeys, complaint: &Complaint, note: &Note) -> NoteRow {
    let (id, attribute) = (complaint.id.to_string(), note_place(complaint.notes.len()));
    let place = Place { item: &id, attribute: &attribute };
    NoteRow {
        kind: note.kind.as_str().to_owned(),
        at: note.at.as_millisecond(),
        by: note.actor.clone(),
        sealed: ByteBuf::from(keys.seal(place, note.text.as_bytes(), &SystemChance)),
    }
}

/// Where the text of the note with this number stands.
fn note_place(index: usize) -> String {
    format!("notes/{index}")
}

fn from_item(keys: &DataKeys, item: Item) -> Result<Complaint, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let id = row.pk.rsplit('#').next().unwrap_or_default();
    let place = Place { item: id, attribute: "sealed" };
    let plain = keys.open(place, &row.sealed).map_err(|_| Fault::corrupt(CORRUPT))?;
    let personal: Personal = serde_json::from_slice(&plain).map_err(|_| Fault::corrupt(CORRUPT))?;
    let phone = personal.p.map(|phone| PhoneNumber::parse(&phone, None, keys.scope().1));
    let phone = phone.transpose().map_err(|_| Fault::corrupt(CORRUPT))?;
    let index =
        row.phone.map(|index| PhoneIndex::from_text(&index).ok_or_else(|| Fault::corrupt(CORRUPT)));
    let notes =
        row.notes.into_iter().enumerate().map(|(index, note)| from_note(keys, id, index, note));
    Ok(Complaint {
        id: parse(id, CORRUPT)?,
        about: parse(&row.about, CORRUPT)?,
        contents: Contents { name: personal.n, contact: personal.c, text: personal.t, phone },
        phone: index.transpose()?,
        received_at: time(row.received)?,
        notes: notes.collect::<Result<_, _>>()?,
    })
}

fn from_note(keys: &DataKeys, id: &str, index: usize, row: NoteRow) -> Result<Note, Fault> {
    let attribute = note_place(index);
    let place = Place { item: id, attribute: &attribute };
    let plain = keys.open(place, &row.sealed).map_err(|_| Fault::corrupt(CORRUPT))?;
    Ok(Note {
        kind: parse::<NoteKind>(&row.kind, CORRUPT)?,
        at: time(row.at)?,
        actor: row.by,
        text: String::from_utf8(plain).map_err(|_| Fault::corrupt(CORRUPT))?,
    })
}
