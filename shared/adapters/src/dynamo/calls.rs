//! Calls: one per number in a quarter of an hour, so many a day.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use doorstep_domain::{
    Fault,
    id::MessageId,
    keys::{DataKeys, PhoneIndex},
    ports::Calls,
    voice::{A_DAY, APART, Leave},
};
use jiff::Timestamp;

use super::{
    Table,
    attempt_row::day,
    item::{millis, number, pk, text},
};

/// How long a day's count is kept, in seconds.
const KEPT: i64 = 2 * 86_400;

impl Calls for Table {
    async fn may_call(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> Result<Leave, Fault> {
        let called = self
            .update(&pk(keys.scope(), "PH", phone.as_text()))
            .update_expression("SET last_call = :now, called_by = :message")
            .condition_expression(
                "(attribute_not_exists(last_call) OR last_call <= :before) AND \
                 (attribute_not_exists(called_by) OR called_by <> :message)",
            )
            .expression_attribute_values(":now", millis(at))
            .expression_attribute_values(":before", millis(at - APART))
            .expression_attribute_values(":message", text(message))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(known) = self.change_or_see("note a call", called).await? {
            let own = known.get("called_by") == Some(&text(message));
            return Ok(if own { Leave::Granted } else { Leave::TooSoon });
        }
        let counted = self
            .update(&pk(keys.scope(), "VOC", day(at)))
            .update_expression("SET #ttl = :ttl ADD calls :one")
            .condition_expression("attribute_not_exists(calls) OR calls < :most")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", number(at.as_second() + KEPT))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(A_DAY));
        let granted = self.change("count a call", counted).await?;
        Ok(if granted { Leave::Granted } else { Leave::UsedUp })
    }
}
