//! Nonces: one item each, deleted by its use.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{Fault, nonce::Nonce, ports::Nonces};
use jiff::Timestamp;

use super::{
    Table, is_refused,
    item::{SK, key, millis, number, pk, text},
};
use crate::aws::fault;

impl Nonces for Table {
    async fn keep(&self, nonce: &Nonce, expires_at: Timestamp) -> Result<(), Fault> {
        let item = HashMap::from([
            ("pk".to_owned(), text(place(nonce))),
            ("sk".to_owned(), text(SK)),
            ("actor".to_owned(), text(&nonce.actor)),
            ("action".to_owned(), text(nonce.action.as_str())),
            ("expires".to_owned(), millis(expires_at)),
            ("ttl".to_owned(), number(expires_at.as_second() + 1)),
        ]);
        self.put_new("keep a nonce", item).await.map(drop)
    }

    async fn consume(&self, nonce: &Nonce, now: Timestamp) -> Result<bool, Fault> {
        let call = self
            .db
            .delete_item()
            .table_name(&self.state)
            .set_key(Some(key(&place(nonce))))
            .condition_expression("#actor = :actor AND #action = :action AND #expires > :now")
            .expression_attribute_names("#actor", "actor")
            .expression_attribute_names("#action", "action")
            .expression_attribute_names("#expires", "expires")
            .expression_attribute_values(":actor", text(&nonce.actor))
            .expression_attribute_values(":action", text(nonce.action.as_str()))
            .expression_attribute_values(":now", millis(now))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match call.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.DeleteItem", answer.consumed_capacity.as_ref());
                Ok(true)
            }
            Err(e) if is_refused(&e) => Ok(false),
            Err(e) => Err(fault("use a nonce", &e)),
        }
    }
}

fn place(nonce: &Nonce) -> String {
    pk(nonce.scope, "NON", &nonce.digest)
}
