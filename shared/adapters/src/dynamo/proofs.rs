//! Proofs of carriers' requests: they belong to the deployment, so that none is good twice.

use aws_sdk_dynamodb::types::ReturnValue;
use doorstep_domain::{
    Fault, Mode, message::AccountRef, ports::Proofs, retention::Kind, store::Store, webhook::Proof,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Table,
    item::{self, millis, number, pk, text, time},
};
use crate::aws::fault;

const KEPT: i64 = Kind::Proofs.seconds();

#[derive(Deserialize)]
struct Row {
    first: i64,
}

impl Proofs for Table {
    async fn remember(
        &self,
        proof: &Proof,
        account: &AccountRef,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, Fault> {
        let sent = self
            .update(&pk((Store::DEPLOYMENT, Mode::Live), "SIG", proof.as_str()))
            .update_expression(
                "SET account = :account, #first = if_not_exists(#first, :at), \
                 #ttl = if_not_exists(#ttl, :ttl)",
            )
            .condition_expression("attribute_not_exists(pk) OR account = :account")
            .expression_attribute_names("#first", "first")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":account", text(account.as_str()))
            .expression_attribute_values(":at", millis(at))
            .expression_attribute_values(":ttl", number(at.as_second() + KEPT))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                let item = answer.attributes.unwrap_or_default();
                let row: Row = item::from_item(item, "a proof in `state`")?;
                time(row.first).map(Some)
            }
            Err(e) if super::is_refused(&e) => Ok(None),
            Err(e) => Err(fault("remember a proof", &e)),
        }
    }
}
