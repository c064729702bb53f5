//! Calls: one per number in a quarter of an hour, so many a day.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        CancellationReason, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};
use doorstep_domain::{
    Fault,
    id::MessageId,
    keys::{DataKeys, PhoneIndex},
    ports::Calls,
    retention::Kind,
    voice::{A_DAY, APART, Leave},
};
use jiff::Timestamp;

use super::{
    Table,
    attempt_row::day,
    item::{key, millis, number, pk, text},
};
use crate::aws::fault;

const KEPT: i64 = Kind::Counts.seconds();
/// How often leave is asked for while others change the day's count.
const TURNS: usize = 5;

impl Calls for Table {
    /// Both are noted or none: a call that was granted before was counted then.
    async fn may_call(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> Result<Leave, Fault> {
        let writes = [self.called(keys, phone, message, at)?, self.counted(keys, at)?];
        let mut turns = TURNS;
        loop {
            turns -= 1;
            let sent = self
                .db
                .transact_write_items()
                .set_transact_items(Some(writes.to_vec()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            let error = match sent {
                Ok(answer) => {
                    for used in answer.consumed_capacity() {
                        self.wrote("dynamodb.TransactWriteItems", Some(used));
                    }
                    return Ok(Leave::Granted);
                }
                Err(error) => error,
            };
            match refusal(&error, message) {
                Some(Refusal::For(leave)) => return Ok(leave),
                Some(Refusal::Busy) if turns > 0 => {}
                _ => return Err(fault("note a call", &error)),
            }
        }
    }
}

/// Why a transaction did not come about.
enum Refusal {
    /// That is the answer.
    For(Leave),
    /// Another one was just changing one of the items.
    Busy,
}

fn refusal(error: &SdkError<TransactWriteItemsError>, message: MessageId) -> Option<Refusal> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    else {
        return None;
    };
    let [called, counted] = cancelled.cancellation_reasons() else { return None };
    let is = |reason: &CancellationReason, code| reason.code() == Some(code);
    if is(called, "ConditionalCheckFailed") {
        let by = called.item().and_then(|item| item.get("called_by"));
        let own = by == Some(&text(message));
        return Some(Refusal::For(if own { Leave::Granted } else { Leave::TooSoon }));
    }
    if [called, counted].iter().any(|reason| is(reason, "TransactionConflict")) {
        return Some(Refusal::Busy);
    }
    is(counted, "ConditionalCheckFailed").then_some(Refusal::For(Leave::UsedUp))
}

impl Table {
    fn called(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> Result<TransactWriteItem, Fault> {
        let update = Update::builder()
            .table_name(&self.state)
            .set_key(Some(key(&pk(keys.scope(), "PH", phone.as_text()))))
            .update_expression("SET last_call = :now, called_by = :message")
            .condition_expression(
                "(attribute_not_exists(last_call) OR last_call <= :before) AND \
                 (attribute_not_exists(called_by) OR called_by <> :message)",
            )
            .expression_attribute_values(":now", millis(at))
            .expression_attribute_values(":before", millis(at - APART))
            .expression_attribute_values(":message", text(message))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = update.build().map_err(|_| Fault::corrupt("a write of a transaction"))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn counted(&self, keys: &DataKeys, at: Timestamp) -> Result<TransactWriteItem, Fault> {
        let update = Update::builder()
            .table_name(&self.state)
            .set_key(Some(key(&pk(keys.scope(), "VOC", day(at)))))
            .update_expression("SET #ttl = :ttl ADD calls :one")
            .condition_expression("attribute_not_exists(calls) OR calls < :most")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", number(at.as_second() + KEPT))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(A_DAY));
        let update = update.build().map_err(|_| Fault::corrupt("a write of a transaction"))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
