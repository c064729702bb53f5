//! Messages.

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use doorstep_domain::{
    Fault, Mode,
    carrier::{CarrierName, Channel},
    health::Observation,
    id::{MessageId, StoreId},
    keys::DataKeys,
    message::{
        About, Claim, Claimed, DeliveryReceipt, Happening, Letter, Message, MessageStatus,
        ReceiptTaken, Step,
    },
    ports::Messages,
    retention::Kind,
};

use super::{
    Item, Table,
    item::{millis, number, pk, text, value},
    message_row::{happening_row, letter_event, letter_item, message},
};
use crate::aws::fault;

/// One more line of history.
const HAPPENED: &str = "SET #status = :status, #rank = :rank, \
                        history = list_append(if_not_exists(history, :none), :one)";
/// In live mode a receipt, or a carrier's silence, also goes to those who watch the carriers'
/// health. They read the rest from the history.
const WATCHED: &str = ", h = if_not_exists(#region, :nowhere)";

impl Messages for Table {
    async fn write(&self, keys: &DataKeys, id: MessageId, letter: &Letter) -> Result<bool, Fault> {
        let over = self.over(keys.scope(), Kind::Messages, letter.expires_at).await?;
        self.put_new("write a letter", letter_item(keys, (id, letter), over)?).await
    }

    async fn find(&self, keys: &DataKeys, ids: &[MessageId]) -> Result<Vec<Message>, Fault> {
        let pks: Vec<_> = ids.iter().map(|id| pk(keys.scope(), "MSG", id)).collect();
        self.get_many(&pks).await?.into_iter().map(|item| message(keys, item)).collect()
    }

    async fn claim(&self, keys: &DataKeys, claim: &Claim) -> Result<Claimed, Fault> {
        let over = self.over(keys.scope(), Kind::Messages, claim.at).await?;
        match claiming(self.message(keys.scope(), claim.id), claim, over).send().await {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                Ok(Claimed::Yes(message(keys, answer.attributes.unwrap_or_default())?))
            }
            Err(e) => match e.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    let Some(item) = refused.item.clone() else { return Ok(Claimed::Done) };
                    let known = message(keys, item)?;
                    let held = known.leg == claim.leg && known.status == MessageStatus::Sending;
                    Ok(if held { Claimed::Held } else { Claimed::Done })
                }
                _ => Err(fault("claim a message", &e)),
            },
        }
    }

    async fn settle(
        &self,
        keys: &DataKeys,
        message: &Message,
        step: &Step,
        seen: Option<&Observation>,
    ) -> Result<(), Fault> {
        let happening = match step {
            Step::Sent { happening, .. }
            | Step::NextCarrier { happening, .. }
            | Step::Wait { happening, .. }
            | Step::Again(happening)
            | Step::End(happening) => happening,
        };
        let (mut set, mut change) = self.happened(keys.scope(), message.id, happening)?;
        if let Some(seen) = seen {
            set += ", h = :seen";
            change = change.expression_attribute_values(":seen", text(seen));
        }
        match step {
            Step::Sent { carrier_message_id, .. } => {
                set += ", carrier_message_id = :cid";
                change = change.expression_attribute_values(":cid", text(carrier_message_id));
            }
            Step::NextCarrier { carrier, .. } => {
                set += NEXT_LEG;
                change = next_leg(change, message, carrier.as_str());
            }
            Step::Wait { until, expires, .. } => {
                set += HOLD;
                change = hold(change, message, (*until, *expires));
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
        self.note(keys, message, happening, seen).await
    }

    async fn hand_on(
        &self,
        keys: &DataKeys,
        message: &Message,
        (carrier, trace): (CarrierName, &str),
        happening: &Happening,
    ) -> Result<(), Fault> {
        let over = self.over(keys.scope(), Kind::Messages, happening.at).await?;
        let (set, change) = self.happened(keys.scope(), message.id, happening)?;
        let (set, change) = watched(keys.scope().1, set, change);
        let handed = next_leg(change, message, carrier.as_str())
            .update_expression(
                set + NEXT_LEG
                    + ", trace = if_not_exists(trace, :trace), #ttl = if_not_exists(#ttl, :ttl)",
            )
            .condition_expression(
                "attribute_not_exists(pk) OR \
                 (leg = :leg AND #rank < :over AND (#status <> :sending OR #until <= :now))",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":trace", text(trace))
            .expression_attribute_values(":ttl", number(over))
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", millis(happening.at))
            .expression_attribute_values(":leg", number(message.leg))
            .expression_attribute_values(":over", number(MessageStatus::Delivered.rank()))
            .expression_attribute_values(":sending", text(MessageStatus::Sending.as_str()));
        self.change("take a message to the next carrier", handed).await.map(drop)
    }

    async fn release(&self, keys: &DataKeys, message: &Message) -> Result<(), Fault> {
        let About::Letter(letter) = &message.about else { return Ok(()) };
        let carrier = letter.route.first().map_or("none", |carrier| carrier.as_str());
        let released = self
            .message(keys.scope(), message.id)
            .update_expression("SET #out = :out, #rank = :rank")
            .condition_expression("#status = :queued AND leg = :first AND take = :first")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":out", text(letter_event(carrier, 0)))
            .expression_attribute_values(":rank", number(MessageStatus::Queued.rank()))
            .expression_attribute_values(":queued", text(MessageStatus::Queued.as_str()))
            .expression_attribute_values(":first", number(0));
        self.change("release a letter", released).await.map(drop)
    }

    async fn receive(
        &self,
        store: StoreId,
        mode: Mode,
        id: MessageId,
        receipt: &DeliveryReceipt,
    ) -> Result<ReceiptTaken, Fault> {
        let (set, change) = self.happened((store, mode), id, &receipt.happening)?;
        let (mut set, mut change) = watched(mode, set, change);
        let mut known = "attribute_exists(pk) AND #rank < :rank".to_owned();
        known += " AND contains(accounts, :account)";
        change = change.expression_attribute_values(":account", text(receipt.account.as_str()));
        // Only the carrier that has the message may give it up.
        if let (false, Some(carrier)) = (receipt.is_good(), receipt.happening.carrier) {
            known += " AND carrier = :carrier";
            change = change.expression_attribute_values(":carrier", text(carrier.as_str()));
        }
        if let Some(price) = receipt.price {
            set += ", price = if_not_exists(price, :price)";
            change = change.expression_attribute_values(":price", text(price));
        }
        let change = change
            .update_expression(set)
            .condition_expression(known)
            .return_values(ReturnValue::AllOld);
        match self.change_or_see("apply a receipt", change).await? {
            Ok(before) => {
                let priced = receipt.price.is_some() && !before.contains_key("price");
                Ok(ReceiptTaken::Applied { priced })
            }
            Err(item) => self.overtaken((store, mode), id, receipt, &item).await,
        }
    }
}

/// On to the next carrier: the write carries the event.
const NEXT_LEG: &str = ", leg = :next, carrier = :carrier, take = :zero, #out = :out";

/// Back to its first carrier, in its hour: the write carries the event.
const HOLD: &str = ", #after = :after, expires = :expires, leg = :zero, take = :zero, \
                    carrier = :first, #out = :hold";

fn hold(
    change: UpdateItemFluentBuilder,
    message: &Message,
    (until, expires): (jiff::Timestamp, jiff::Timestamp),
) -> UpdateItemFluentBuilder {
    let first = match &message.about {
        About::Letter(letter) => letter.route.first().map_or("none", |carrier| carrier.as_str()),
        About::Signup(_) => "none",
    };
    change
        .expression_attribute_names("#after", "after")
        .expression_attribute_names("#out", "out")
        .expression_attribute_values(":after", millis(until))
        .expression_attribute_values(":expires", millis(expires))
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":first", text(first))
        .expression_attribute_values(":hold", text("hold"))
}

fn next_leg(
    change: UpdateItemFluentBuilder,
    message: &Message,
    carrier: &str,
) -> UpdateItemFluentBuilder {
    let leg = message.leg + 1;
    let out = match message.signup() {
        Some(_) => format!("send/{carrier}/{}/{leg}", message.id.signup().1),
        None => letter_event(carrier, leg),
    };
    change
        .expression_attribute_names("#out", "out")
        .expression_attribute_values(":next", number(leg))
        .expression_attribute_values(":carrier", text(carrier))
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":out", text(out))
}

fn watched(
    mode: Mode,
    set: String,
    change: UpdateItemFluentBuilder,
) -> (String, UpdateItemFluentBuilder) {
    if mode == Mode::Test {
        return (set, change);
    }
    let change = change
        .expression_attribute_names("#region", "region")
        .expression_attribute_values(":nowhere", text("ZZ"));
    (set + WATCHED, change)
}

/// The conditional write of a claim. A letter must be there, and a sign-up's message may be.
fn claiming(change: UpdateItemFluentBuilder, claim: &Claim, over: i64) -> UpdateItemFluentBuilder {
    let free = "leg = :leg AND (#status = :queued OR (#status = :sending AND #until <= :now))";
    let condition = match claim.signup {
        Some(_) => format!("attribute_not_exists(pk) OR ({free})"),
        None => format!("attribute_exists(pk) AND {free}"),
    };
    let mut set = "SET #status = :sending, #rank = :rank, leg = :leg, #until = :until, \
                   carrier = :carrier, #region = :region, trace = :trace, #ttl = :ttl, \
                   take = if_not_exists(take, :zero) + :inc"
        .to_owned();
    let mut change = change;
    if claim.channel == Channel::Voice {
        set += ", channel = :channel";
        change = change.expression_attribute_values(":channel", text(claim.channel.as_str()));
    }
    let account = AttributeValue::Ss(vec![claim.account.as_str().to_owned()]);
    change
        .update_expression(format!("{set} ADD accounts :account REMOVE #out, h"))
        .condition_expression(condition)
        .expression_attribute_names("#until", "until")
        .expression_attribute_names("#region", "region")
        .expression_attribute_names("#out", "out")
        .expression_attribute_names("#ttl", "ttl")
        .expression_attribute_values(":sending", text(MessageStatus::Sending.as_str()))
        .expression_attribute_values(":queued", text(MessageStatus::Queued.as_str()))
        .expression_attribute_values(":rank", number(MessageStatus::Sending.rank()))
        .expression_attribute_values(":leg", number(claim.leg))
        .expression_attribute_values(":carrier", text(claim.carrier.as_str()))
        .expression_attribute_values(":account", account)
        .expression_attribute_values(":region", text(claim.region.as_str()))
        .expression_attribute_values(":trace", text(&claim.trace))
        .expression_attribute_values(":ttl", number(over))
        .expression_attribute_values(":now", millis(claim.at))
        .expression_attribute_values(":until", millis(claim.until))
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":inc", number(1))
        .return_values(ReturnValue::AllNew)
}

impl Table {
    pub(super) fn message(&self, scope: (StoreId, Mode), id: MessageId) -> UpdateItemFluentBuilder {
        self.update(&pk(scope, "MSG", id))
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#rank", "rank")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// A write that adds a happening and takes its status, and its update expression so far.
    pub(super) fn happened(
        &self,
        scope: (StoreId, Mode),
        id: MessageId,
        happening: &Happening,
    ) -> Result<(String, UpdateItemFluentBuilder), Fault> {
        let change = self
            .message(scope, id)
            .expression_attribute_values(":status", text(happening.status.as_str()))
            .expression_attribute_values(":rank", number(happening.status.rank()))
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":one", value(&[happening_row(happening)])?);
        Ok((HAPPENED.to_owned(), change))
    }

    /// Adds to the history alone.
    async fn note(
        &self,
        keys: &DataKeys,
        message: &Message,
        happening: &Happening,
        seen: Option<&Observation>,
    ) -> Result<(), Fault> {
        let set = "SET history = list_append(if_not_exists(history, :none), :one)";
        let noted = self.update(&pk(keys.scope(), "MSG", message.id));
        let noted = match seen {
            None => noted.update_expression(format!("{set} REMOVE h")),
            Some(seen) => noted
                .update_expression(format!("{set}, h = :seen"))
                .expression_attribute_values(":seen", text(seen)),
        };
        // One that was erased meanwhile stays so.
        let noted = noted
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":one", value(&[happening_row(happening)])?);
        self.change("settle a message", noted).await.map(drop)
    }

    /// What a receipt means that moved nothing. Its price is kept all the same, once.
    async fn overtaken(
        &self,
        scope: (StoreId, Mode),
        id: MessageId,
        receipt: &DeliveryReceipt,
        known: &Item,
    ) -> Result<ReceiptTaken, Fault> {
        if known.is_empty() {
            return Ok(ReceiptTaken::Gone);
        }
        let went_by = known.get("accounts").and_then(|all| all.as_ss().ok());
        if !went_by.is_some_and(|all| all.iter().any(|it| it == receipt.account.as_str())) {
            return Ok(ReceiptTaken::Strange);
        }
        let mut priced = false;
        if let (Some(price), false) = (receipt.price, known.contains_key("price")) {
            let keeping = self
                .update(&pk(scope, "MSG", id))
                .update_expression("SET price = :price REMOVE h")
                .condition_expression(
                    "attribute_not_exists(price) AND contains(accounts, :account)",
                )
                .expression_attribute_values(":account", text(receipt.account.as_str()))
                .expression_attribute_values(":price", text(price));
            priced = self.change("keep a price", keeping).await?;
        }
        Ok(ReceiptTaken::Ignored { priced })
    }
}
