//! Users.

use doorstep_domain::{
    Fault,
    id::UserId,
    keys::DataKeys,
    phone::PhoneNumber,
    ports::Users,
    seal::Place,
    user::{Customer, User},
};
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{
    Table,
    item::{self, parse, pk, time},
};

const CORRUPT: &str = "a user in `state`";

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    phone: Option<ByteBuf>,
    #[serde(default)]
    external_id: Option<ByteBuf>,
    #[serde(default)]
    name: Option<ByteBuf>,
    #[serde(default)]
    email: Option<ByteBuf>,
    #[serde(default)]
    verified_at: Option<i64>,
    #[serde(default)]
    first_verified_at: Option<i64>,
    #[serde(default)]
    signup: Option<String>,
    #[serde(default)]
    brought_at: Option<i64>,
}

impl Users for Table {
    async fn find(&self, keys: &DataKeys, id: UserId) -> Result<Option<User>, Fault> {
        let Some(item) = self.get(&pk(keys.scope(), "USR", id)).await? else { return Ok(None) };
        let row: Row = item::from_item(item, CORRUPT)?;
        let name = id.to_string();
        let opened = |attribute, sealed: Option<ByteBuf>| open(keys, (&name, attribute), sealed);
        let phone = opened("phone", row.phone)?.ok_or_else(|| Fault::corrupt(CORRUPT))?;
        let phone = PhoneNumber::parse(&phone, None, keys.scope().1);
        Ok(Some(User {
            id,
            phone: phone.map_err(|_| Fault::corrupt(CORRUPT))?,
            customer: Customer {
                external_id: opened("external_id", row.external_id)?,
                name: opened("name", row.name)?,
                email: opened("email", row.email)?,
            },
            verified_at: row.verified_at.map(time).transpose()?,
            first_verified_at: row.first_verified_at.map(time).transpose()?,
            signup: row.signup.map(|signup| parse(&signup, CORRUPT)).transpose()?,
            brought_at: row.brought_at.map(time).transpose()?,
        }))
    }
}

fn open(
    keys: &DataKeys,
    (item, attribute): (&str, &str),
    sealed: Option<ByteBuf>,
) -> Result<Option<String>, Fault> {
    let Some(sealed) = sealed else { return Ok(None) };
    let plain = keys.open(Place { item, attribute }, &sealed);
    let plain = plain.map_err(|_| Fault::corrupt("a sealed part of a user"))?;
    String::from_utf8(plain).map(Some).map_err(|_| Fault::corrupt(CORRUPT))
}
