//! Users.

use doorstep_domain::{
    Fault, id::UserId, keys::DataKeys, phone::PhoneNumber, ports::Users, seal::Place, user::User,
};
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{
    Table,
    item::{self, pk},
};

const CORRUPT: &str = "a user in `state`";

#[derive(Deserialize)]
struct Row {
    phone: ByteBuf,
}

impl Users for Table {
    async fn find(&self, keys: &DataKeys, id: UserId) -> Result<Option<User>, Fault> {
        let Some(item) = self.get(&pk(keys.scope(), "USR", id)).await? else { return Ok(None) };
        let row: Row = item::from_item(item, CORRUPT)?;
        let name = id.to_string();
        let place = Place { item: &name, attribute: "phone" };
        let plain = keys.open(place, &row.phone).map_err(|_| Fault::corrupt("a sealed phone"))?;
        let plain = String::from_utf8(plain).map_err(|_| Fault::corrupt(CORRUPT))?;
        let phone = PhoneNumber::parse(&plain, None, keys.scope().1);
        Ok(Some(User { id, phone: phone.map_err(|_| Fault::corrupt(CORRUPT))? }))
    }
}
