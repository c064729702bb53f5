//! Links that shoppers follow.

use aws_sdk_dynamodb::types::ReturnValue;
use doorstep_domain::{
    Fault,
    id::{SignupId, UserId},
    keys::{DataKeys, PhoneIndex},
    ports::Confirmations,
    signup::Tried,
};
use serde::Deserialize;

use super::{
    Table,
    item::{self, millis, number, parse, pk, text},
};
use crate::aws::fault;

const CORRUPT: &str = "a phone in `state`";

#[derive(Deserialize)]
struct Proven {
    user: String,
}

impl Confirmations for Table {
    async fn try_match(&self, keys: &DataKeys, id: SignupId, tried: &Tried) -> Result<bool, Fault> {
        let taken = self
            .update(&pk(keys.scope(), "SGN", id))
            .update_expression(
                "SET tried = :what, tried_at = if_not_exists(tried_at, :at) REMOVE #out",
            )
            .condition_expression(
                "#state = :pending AND (attribute_not_exists(tried) OR tried = :what)",
            )
            .expression_attribute_names("#out", "out")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":what", text(tried.what.as_text()))
            .expression_attribute_values(":at", millis(tried.at))
            .expression_attribute_values(":pending", text("pending"));
        self.change("try a match", taken).await
    }

    async fn prove(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        user: UserId,
    ) -> Result<UserId, Fault> {
        let answer = self
            .update(&pk(keys.scope(), "PH", phone.as_text()))
            .update_expression(
                "SET #row = :zero, rev = if_not_exists(rev, :zero) + :inc, \
                 #user = if_not_exists(#user, :user) REMOVE #out",
            )
            .expression_attribute_names("#row", "row")
            .expression_attribute_names("#user", "user")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":inc", number(1))
            .expression_attribute_values(":user", text(user))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|e| fault("prove a phone", &e))?;
        self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
        let now: Proven = item::from_item(answer.attributes.unwrap_or_default(), CORRUPT)?;
        parse(&now.user, CORRUPT)
    }
}
