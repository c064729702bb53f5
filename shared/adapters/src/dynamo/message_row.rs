//! How a message is stored: ids, times and what became of it in clear; a letter's number and text
//! in one sealed value.

use doorstep_domain::{
    Fault, Mode,
    carrier::Channel,
    id::{MessageId, StoreId},
    keys::{DataKeys, Fingerprint},
    message::{About, Happening, Letter, Message, MessageStatus},
    phone::{NumberType, PhoneNumber, Region},
    seal::Place,
    watch::Told,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    Item,
    attempt_row::day,
    item::{self, parse, pk, time},
};
use crate::system::SystemChance;

pub(super) const CORRUPT: &str = "a message in `state`";

#[derive(Deserialize)]
struct Row {
    pk: String,
    status: String,
    leg: u8,
    #[serde(default)]
    take: u8,
    #[serde(default)]
    history: Vec<HappeningRow>,
    channel: Option<String>,
    price: Option<String>,
    #[serde(flatten)]
    letter: Option<LetterRow>,
}

/// What of a message is read without its store's keys.
#[derive(Deserialize)]
struct ToldRow {
    pk: String,
    leg: u8,
    #[serde(default)]
    history: Vec<HappeningRow>,
}

/// A letter's own attributes.
#[derive(Serialize, Deserialize)]
struct LetterRow {
    purpose: String,
    route: Vec<String>,
    created: i64,
    expires: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<i64>,
    trace: String,
    body: String,
    #[serde(default)]
    counted: bool,
    sealed: ByteBuf,
}

/// A letter that waits for its first claim.
#[derive(Serialize)]
struct NewLetter<'a> {
    pk: String,
    sk: &'a str,
    /// The list of its day, by which its number finds it.
    l_pk: String,
    l_sk: String,
    /// The number that it goes to, as its index.
    phone: String,
    status: &'a str,
    rank: u8,
    leg: u8,
    take: u8,
    region: &'a str,
    carrier: &'a str,
    out: String,
    ttl: i64,
    #[serde(flatten)]
    letter: LetterRow,
}

/// What of a letter is sealed. Short names, as it is stored with each.
#[derive(Serialize, Deserialize)]
struct Personal {
    p: String,
    r: String,
    k: String,
    t: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct HappeningRow {
    s: String,
    t: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// The list of a store's letters of a day, UTC.
pub(super) fn letters_of_day(scope: (StoreId, Mode), day: &str) -> String {
    pk(scope, "LTR", day)
}

fn place(id: &str) -> Place<'_> {
    Place { item: id, attribute: "sealed" }
}

/// The event of a letter that may go out now.
pub(super) fn letter_event(carrier: &str, leg: u8) -> String {
    format!("letter/{carrier}/{leg}")
}

/// The item of a new letter.
pub(super) fn letter_item(
    keys: &DataKeys,
    (id, letter): (MessageId, &Letter),
    over: i64,
) -> Result<Item, Fault> {
    let (scope, id) = (keys.scope(), id.to_string());
    let carrier = letter.route.first().map_or("none", |carrier| carrier.as_str());
    let out = match letter.send_after {
        Some(_) => "hold".to_owned(),
        None => letter_event(carrier, 0),
    };
    item::to_item(&NewLetter {
        pk: pk(scope, "MSG", &id),
        sk: item::SK,
        l_pk: letters_of_day(scope, &day(letter.created_at)),
        l_sk: format!("{}#{id}", letter.created_at.as_millisecond()),
        phone: keys.phone_index(&letter.to).as_text(),
        status: MessageStatus::Queued.as_str(),
        rank: MessageStatus::Queued.rank(),
        leg: 0,
        take: 0,
        region: letter.to.region().as_str(),
        carrier,
        out,
        ttl: over,
        letter: LetterRow {
            purpose: letter.purpose.clone(),
            route: letter.route.iter().map(|carrier| carrier.as_str().to_owned()).collect(),
            created: letter.created_at.as_millisecond(),
            expires: letter.expires_at.as_millisecond(),
            after: letter.send_after.map(jiff::Timestamp::as_millisecond),
            trace: letter.trace.clone(),
            body: letter.body.as_text(),
            counted: letter.counted,
            sealed: ByteBuf::from(sealed(keys, &id, letter)?),
        },
    })
}

fn sealed(keys: &DataKeys, id: &str, letter: &Letter) -> Result<Vec<u8>, Fault> {
    let personal = Personal {
        p: letter.to.expose().to_owned(),
        r: letter.to.region().as_str().to_owned(),
        k: letter.to.kind().as_str().to_owned(),
        t: letter.text.clone(),
        u: letter.user.map(|user| user.to_string()),
    };
    let plain = serde_json::to_vec(&personal).map_err(|_| Fault::corrupt(CORRUPT))?;
    Ok(keys.seal(place(id), &plain, &SystemChance))
}

/// The message of an item.
pub(super) fn message(keys: &DataKeys, item: Item) -> Result<Message, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let id: MessageId = parse(row.pk.rsplit('#').next().unwrap_or_default(), CORRUPT)?;
    let about = match row.letter {
        Some(row) => About::Letter(Box::new(letter(keys, id, row)?)),
        None => About::Signup(id.signup().0),
    };
    let channel = row.channel.map_or(Ok(Channel::Sms), |name| parse(&name, CORRUPT))?;
    Ok(Message {
        id,
        about,
        channel,
        status: parse(&row.status, CORRUPT)?,
        leg: row.leg,
        take: row.take,
        history: row.history.into_iter().map(happening).collect::<Result<_, _>>()?,
        price: row.price.map(|price| parse(&price, CORRUPT)).transpose()?,
    })
}

/// What is stored of a text, without what it says.
pub(super) fn told(item: Item) -> Result<(StoreId, MessageId, Told), Fault> {
    let row: ToldRow = item::from_item(item, CORRUPT)?;
    let mut key = row.pk.split('#');
    let (first, last) = (key.next().unwrap_or_default(), key.next_back().unwrap_or_default());
    let history = row.history.into_iter().map(happening).collect::<Result<_, _>>()?;
    Ok((parse(first, CORRUPT)?, parse(last, CORRUPT)?, Told { leg: row.leg, history }))
}

fn letter(keys: &DataKeys, id: MessageId, row: LetterRow) -> Result<Letter, Fault> {
    let broken = || Fault::corrupt("a sealed letter");
    let plain = keys.open(place(&id.to_string()), &row.sealed).map_err(|_| broken())?;
    let personal: Personal = serde_json::from_slice(&plain).map_err(|_| broken())?;
    let region = Region::parse(&personal.r).ok_or_else(broken)?;
    let kind = NumberType::parse(&personal.k);
    Ok(Letter {
        to: PhoneNumber::restore(personal.p, region, kind),
        user: personal.u.map(|user| parse(&user, CORRUPT)).transpose()?,
        purpose: row.purpose,
        text: personal.t,
        body: Fingerprint::from_text(&row.body).ok_or_else(broken)?,
        route: row.route.iter().map(|name| parse(name, CORRUPT)).collect::<Result<_, _>>()?,
        created_at: time(row.created)?,
        send_after: row.after.map(time).transpose()?,
        expires_at: time(row.expires)?,
        trace: row.trace,
        counted: row.counted,
    })
}

pub(super) fn happening_row(happening: &Happening) -> HappeningRow {
    HappeningRow {
        s: happening.status.as_str().to_owned(),
        t: happening.at.as_millisecond(),
        by: happening.carrier.map(|carrier| carrier.as_str().to_owned()),
        class: happening.class.map(|class| class.as_str().to_owned()),
        code: happening.code.clone(),
    }
}

pub(super) fn happening(row: HappeningRow) -> Result<Happening, Fault> {
    Ok(Happening {
        status: parse(&row.s, CORRUPT)?,
        at: time(row.t)?,
        carrier: row.by.map(|name| parse(&name, CORRUPT)).transpose()?,
        class: row.class.map(|name| parse(&name, CORRUPT)).transpose()?,
        code: row.code,
    })
}
