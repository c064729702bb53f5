//! Messages.

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use doorstep_domain::{
    Fault, Mode,
    id::{MessageId, StoreId},
    keys::DataKeys,
    message::{
        Claim, Claimed, DeliveryReceipt, Happening, Message, MessageStatus, ReceiptTaken, Step,
    },
    ports::Messages,
};
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    item::{self, millis, number, parse, pk, text, time, value},
};
use crate::aws::fault;

const CORRUPT: &str = "a message in `state`";
/// How long a message is kept: as long as its sign-up.
const KEPT: i64 = 30 * 86_400;
const KEPT_IN_TESTS: i64 = 2 * 86_400;

#[derive(Deserialize)]
struct Row {
    pk: String,
    status: String,
    leg: u8,
    #[serde(default)]
    take: u8,
    #[serde(default)]
    history: Vec<HappeningRow>,
}

#[derive(Serialize, Deserialize)]
struct HappeningRow {
    s: String,
    t: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl Messages for Table {
    async fn find(&self, keys: &DataKeys, ids: &[MessageId]) -> Result<Vec<Message>, Fault> {
        let pks: Vec<_> = ids.iter().map(|id| pk(keys.scope(), "MSG", id)).collect();
        self.get_many(&pks).await?.into_iter().map(message).collect()
    }

    async fn claim(&self, keys: &DataKeys, claim: &Claim) -> Result<Claimed, Fault> {
        let kept = if keys.scope().1 == Mode::Test { KEPT_IN_TESTS } else { KEPT };
        let claimed = self
            .message(keys.scope(), claim.id)
            .update_expression(
                "SET #status = :sending, #rank = :rank, leg = :leg, #until = :until, \
                 carrier = :carrier, trace = :trace, #ttl = :ttl, \
                 take = if_not_exists(take, :zero) + :inc REMOVE #out",
            )
            .condition_expression(
                "attribute_not_exists(pk) OR (leg = :leg AND \
                 (#status = :queued OR (#status = :sending AND #until <= :now)))",
            )
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#out", "out")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":sending", text(MessageStatus::Sending.as_str()))
            .expression_attribute_values(":queued", text(MessageStatus::Queued.as_str()))
            .expression_attribute_values(":rank", number(MessageStatus::Sending.rank()))
            .expression_attribute_values(":leg", number(claim.leg))
            .expression_attribute_values(":carrier", text(claim.carrier.as_str()))
            .expression_attribute_values(":trace", text(&claim.trace))
            .expression_attribute_values(":ttl", number(claim.at.as_second() + kept))
            .expression_attribute_values(":now", millis(claim.at))
            .expression_attribute_values(":until", millis(claim.until))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":inc", number(1))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match claimed {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                Ok(Claimed::Yes(message(answer.attributes.unwrap_or_default())?))
            }
            Err(e) => match e.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    let known = message(refused.item.clone().unwrap_or_default())?;
                    let held = known.leg == claim.leg && known.status == MessageStatus::Sending;
                    Ok(if held { Claimed::Held } else { Claimed::Done })
                }
                _ => Err(fault("claim a message", &e)),
            },
        }
    }

    async fn settle(&self, keys: &DataKeys, message: &Message, step: &Step) -> Result<(), Fault> {
        let happening = match step {
            Step::Sent { happening, .. }
            | Step::NextCarrier { happening, .. }
            | Step::Again(happening)
            | Step::End(happening) => happening,
        };
        let mut set = "SET #status = :status, #rank = :rank, \
                       history = list_append(if_not_exists(history, :none), :one)"
            .to_owned();
        let mut change = happened(self.message(keys.scope(), message.id), happening)?;
        match step {
            Step::Sent { carrier_message_id, .. } => {
                set += ", carrier_message_id = :cid";
                change = change.expression_attribute_values(":cid", text(carrier_message_id));
            }
            Step::NextCarrier { carrier, .. } => {
                set += ", leg = :next, carrier = :carrier, take = :zero, #out = :out";
                let (leg, send) = (message.leg + 1, message.id.signup().1);
                let out = format!("send/{}/{send}/{leg}", carrier.as_str());
                change = change
                    .expression_attribute_names("#out", "out")
                    .expression_attribute_values(":next", number(leg))
                    .expression_attribute_values(":carrier", text(carrier.as_str()))
                    .expression_attribute_values(":zero", number(0))
                    .expression_attribute_values(":out", text(out));
            }
            Step::Again(_) | Step::End(_) => {}
        }
        let settled = change
            .update_expression(set)
            .condition_expression("#status = :sending AND leg = :leg AND take = :take")
            .expression_attribute_values(":take", number(message.take))
            .expression_attribute_values(":sending", text(MessageStatus::Sending.as_str()))
            .expression_attribute_values(":leg", number(message.leg));
        if self.change("settle a message", settled).await? {
            return Ok(());
        }
        // A receipt was faster, or another sender: its status stands, and the history tells of both.
        self.note(keys, message, happening).await
    }

    async fn receive(
        &self,
        store: StoreId,
        mode: Mode,
        id: MessageId,
        receipt: &DeliveryReceipt,
    ) -> Result<ReceiptTaken, Fault> {
        // Only the carrier that has the message may give it up.
        let mut known = "attribute_exists(pk) AND #rank < :rank".to_owned();
        let mut change = happened(self.message((store, mode), id), &receipt.happening)?;
        if let (false, Some(carrier)) = (receipt.is_good(), receipt.happening.carrier) {
            known += " AND carrier = :carrier";
            change = change.expression_attribute_values(":carrier", text(carrier.as_str()));
        }
        let received = change
            .update_expression(
                "SET #status = :status, #rank = :rank, \
                 history = list_append(if_not_exists(history, :none), :one)",
            )
            .condition_expression(known)
            .send()
            .await;
        match received {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                Ok(ReceiptTaken::Applied)
            }
            Err(e) => match e.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    let known = refused.item.as_ref().is_some_and(|item| !item.is_empty());
                    Ok(if known { ReceiptTaken::Ignored } else { ReceiptTaken::NotYet })
                }
                _ => Err(fault("apply a receipt", &e)),
            },
        }
    }
}

impl Table {
    fn message(&self, scope: (StoreId, Mode), id: MessageId) -> UpdateItemFluentBuilder {
        self.update(&pk(scope, "MSG", id))
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#rank", "rank")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Adds to the history alone.
    async fn note(
        &self,
        keys: &DataKeys,
        message: &Message,
        happening: &Happening,
    ) -> Result<(), Fault> {
        let noted = self
            .update(&pk(keys.scope(), "MSG", message.id))
            .update_expression("SET history = list_append(if_not_exists(history, :none), :one)")
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":one", value(&[row(happening)])?);
        self.change("settle a message", noted).await.map(drop)
    }
}

/// The values of a happening.
fn happened(
    change: UpdateItemFluentBuilder,
    happening: &Happening,
) -> Result<UpdateItemFluentBuilder, Fault> {
    Ok(change
        .expression_attribute_values(":status", text(happening.status.as_str()))
        .expression_attribute_values(":rank", number(happening.status.rank()))
        .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
        .expression_attribute_values(":one", value(&[row(happening)])?))
}

fn row(happening: &Happening) -> HappeningRow {
    HappeningRow {
        s: happening.status.as_str().to_owned(),
        t: happening.at.as_millisecond(),
        by: happening.carrier.map(|carrier| carrier.as_str().to_owned()),
        class: happening.class.map(|class| class.as_str().to_owned()),
        code: happening.code.clone(),
    }
}

fn message(item: Item) -> Result<Message, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let id: MessageId = parse(row.pk.rsplit('#').next().unwrap_or_default(), CORRUPT)?;
    Ok(Message {
        id,
        signup: id.signup().0,
        status: parse(&row.status, CORRUPT)?,
        leg: row.leg,
        take: row.take,
        history: row.history.into_iter().map(happening).collect::<Result<_, _>>()?,
    })
}

fn happening(row: HappeningRow) -> Result<Happening, Fault> {
    Ok(Happening {
        status: parse(&row.s, CORRUPT)?,
        at: time(row.t)?,
        carrier: row.by.map(|name| parse(&name, CORRUPT)).transpose()?,
        class: row.class.map(|name| parse(&name, CORRUPT)).transpose()?,
        code: row.code,
    })
}
