//! Links to shoppers' preferences: one pointer each. They belong to the deployment, as a link does
//! not say whose it is.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{
    Fault, Mode,
    ports::PreferenceLinks,
    preference::{TokenDigest, Whose},
    store::Store,
};
use serde::Deserialize;

use super::{
    Table,
    item::{self, SK, key, millis, number, parse, pk, text, time},
};
use crate::aws::fault;

const CORRUPT: &str = "a link to preferences in `state`";

#[derive(Deserialize)]
struct Row {
    store: String,
    mode: String,
    shopper: String,
    expires: i64,
}

impl PreferenceLinks for Table {
    async fn keep(&self, digest: &TokenDigest, whose: &Whose) -> Result<(), Fault> {
        let item = HashMap::from([
            ("pk".to_owned(), text(place(digest))),
            ("sk".to_owned(), text(SK)),
            ("store".to_owned(), text(whose.scope.0)),
            ("mode".to_owned(), text(whose.scope.1)),
            ("shopper".to_owned(), text(whose.user)),
            ("expires".to_owned(), millis(whose.expires_at)),
            ("ttl".to_owned(), number(whose.expires_at.as_second() + 1)),
        ]);
        self.put_new("keep a link to preferences", item).await.map(drop)
    }

    async fn find(&self, digest: &TokenDigest) -> Result<Option<Whose>, Fault> {
        let Some(found) = self.get(&place(digest)).await? else { return Ok(None) };
        let row: Row = item::from_item(found, CORRUPT)?;
        Ok(Some(Whose {
            scope: (parse(&row.store, CORRUPT)?, parse(&row.mode, CORRUPT)?),
            user: parse(&row.shopper, CORRUPT)?,
            expires_at: time(row.expires)?,
        }))
    }

    async fn forget(&self, digest: &TokenDigest) -> Result<(), Fault> {
        let call = self.db.delete_item().table_name(&self.state);
        let call = call.set_key(Some(key(&place(digest))));
        let answer = call
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("forget a link to preferences", &e))?;
        self.wrote("dynamodb.DeleteItem", answer.consumed_capacity.as_ref());
        Ok(())
    }
}

fn place(digest: &TokenDigest) -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "PRF", digest.as_str())
}
