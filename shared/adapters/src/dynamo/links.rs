//! Carriers' own ids of messages, under the account that they belong to. They belong to the
//! deployment: an account may serve several stores.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use doorstep_domain::{
    Fault, Mode,
    id::{MessageId, StoreId},
    message::{AccountRef, CarrierMessageId, DeliveryReceipt, Linked},
    ports::{Clock, Links},
    retention::Kind,
    store::Store,
};
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    item::{self, number, parse, pk, text, value},
    message_row::{HappeningRow, happening, happening_row},
};
use crate::aws::fault;

const CORRUPT: &str = "a carrier's message id in `state`";
const KEPT: i64 = Kind::CarrierIds.seconds();
/// Receipts that are kept for one id before its send: no carrier has more states.
const EARLY: usize = 10;

#[derive(Deserialize)]
struct Row {
    /// Store, mode and id of the message.
    message: Option<String>,
    #[serde(default)]
    early: Vec<EarlyRow>,
}

#[derive(Serialize, Deserialize)]
struct EarlyRow {
    #[serde(flatten)]
    happening: HappeningRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<String>,
}

impl Links for Table {
    async fn link(
        &self,
        theirs: &CarrierMessageId,
        (store, mode): (StoreId, Mode),
        message: MessageId,
    ) -> Result<Vec<DeliveryReceipt>, Fault> {
        let answer = self
            .update(&key(theirs))
            .update_expression("SET message = :message, #ttl = :ttl")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":message", text(format!("{store}/{mode}/{message}")))
            .expression_attribute_values(":ttl", number(self.now().as_second() + KEPT))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|e| fault("link a message", &e))?;
        self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
        let Some(before) = answer.attributes else { return Ok(Vec::new()) };
        let row: Row = item::from_item(before, CORRUPT)?;
        row.early.into_iter().map(|early| receipt(&theirs.account, early)).collect()
    }

    async fn note_receipt(
        &self,
        theirs: &CarrierMessageId,
        receipt: &DeliveryReceipt,
    ) -> Result<Linked, Fault> {
        let early = EarlyRow {
            happening: happening_row(&receipt.happening),
            price: receipt.price.map(|price| price.to_string()),
        };
        let noted = self
            .update(&key(theirs))
            .update_expression(
                "SET early = list_append(if_not_exists(early, :none), :one), #ttl = :ttl",
            )
            .condition_expression(
                "attribute_not_exists(message) AND \
                 (attribute_not_exists(early) OR size(early) < :room)",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":one", value(&[early])?)
            .expression_attribute_values(":ttl", number(self.now().as_second() + KEPT))
            .expression_attribute_values(":room", number(EARLY))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.change_or_see("keep a receipt", noted).await? {
            Ok(_) => Ok(Linked::NotYet),
            Err(known) => linked(known),
        }
    }
}

fn key(theirs: &CarrierMessageId) -> String {
    let id = format!("{}/{}", theirs.account.as_str(), theirs.id);
    pk((Store::DEPLOYMENT, Mode::Live), "CID", id)
}

fn linked(known: Item) -> Result<Linked, Fault> {
    let row: Row = item::from_item(known, CORRUPT)?;
    let Some(message) = row.message else { return Ok(Linked::NotYet) };
    let mut parts = message.split('/');
    let mut part = || parts.next().unwrap_or_default();
    Ok(Linked::To(parse(part(), CORRUPT)?, parse(part(), CORRUPT)?, parse(part(), CORRUPT)?))
}

fn receipt(account: &AccountRef, early: EarlyRow) -> Result<DeliveryReceipt, Fault> {
    let price = early.price.map(|price| parse(&price, CORRUPT)).transpose()?;
    Ok(DeliveryReceipt { account: account.clone(), happening: happening(early.happening)?, price })
}
