//! What calls with an idempotency key answered.

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use doorstep_domain::{
    Fault,
    ports::Replays,
    replay::{Begun, KEPT, LOCK, Slot},
};

use super::{
    Item, Table,
    item::{millis, number, pk, text},
};
use crate::aws::fault;

impl Replays for Table {
    async fn begin(&self, slot: &Slot) -> Result<Begun, Fault> {
        let begun = self
            .slot(slot)
            .update_expression("SET body = :body, #lock = :lock, #ttl = :ttl REMOVE answer")
            .condition_expression(
                "attribute_not_exists(pk) OR #ttl <= :now OR \
                 (attribute_not_exists(answer) AND #lock <= :stale)",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":body", text(&slot.body))
            .expression_attribute_values(":ttl", number((slot.began + KEPT).as_second()))
            .expression_attribute_values(":now", number(slot.began.as_second()))
            .expression_attribute_values(":stale", millis(slot.began - LOCK))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match begun {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                Ok(Begun::Ours)
            }
            Err(e) => match e.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(known(refused.item.as_ref(), slot))
                }
                _ => Err(fault("begin a call", &e)),
            },
        }
    }

    async fn keep_answer(&self, slot: &Slot, sealed: &[u8]) -> Result<(), Fault> {
        let change = self
            .slot(slot)
            .update_expression("SET answer = :answer")
            .expression_attribute_values(":answer", AttributeValue::B(sealed.into()));
        self.end(change).await
    }

    async fn release(&self, slot: &Slot) -> Result<(), Fault> {
        let change = self
            .slot(slot)
            .update_expression("SET #lock = :free")
            .expression_attribute_values(":free", number(0));
        self.end(change).await
    }
}

impl Table {
    fn slot(&self, slot: &Slot) -> UpdateItemFluentBuilder {
        self.update(&pk(slot.scope, "IDM", &slot.request))
            .expression_attribute_names("#lock", "lock")
            .expression_attribute_values(":lock", millis(slot.began))
    }

    /// Ends a call whose lock is still ours; whoever took over ends it otherwise.
    async fn end(&self, change: UpdateItemFluentBuilder) -> Result<(), Fault> {
        self.change("end a call", change.condition_expression("#lock = :lock")).await.map(drop)
    }
}

fn known(item: Option<&Item>, slot: &Slot) -> Begun {
    let body = item.and_then(|item| item.get("body"));
    if body != Some(&text(&slot.body)) {
        return Begun::OtherBody;
    }
    match item.and_then(|item| item.get("answer")) {
        Some(AttributeValue::B(sealed)) => Begun::Answered(sealed.clone().into_inner()),
        _ => Begun::Running,
    }
}
