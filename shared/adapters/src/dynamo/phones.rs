//! What is known of a phone number, under its index.

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use doorstep_domain::{
    Fault,
    cap::Planned,
    id::{MessageId, SignupId, UserId},
    keys::{DataKeys, PhoneIndex},
    ports::Phones,
    tries::{Counted, IN_A_ROW, PER_WINDOW, PhoneRecord, Try},
};
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    item::{self, number, parse, pk, text, time, value},
};
use crate::aws::fault;

const CORRUPT: &str = "a phone in `state`";
/// How many sign-ups, and letters, are remembered for a phone.
const REMEMBERED: usize = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    rev: u64,
    user: Option<String>,
    signups: Vec<String>,
    letters: Vec<String>,
    tries: Vec<TryRow>,
    #[serde(rename = "row")]
    failures: u32,
    suppressed: Option<i64>,
    objected: Option<i64>,
    erased: Option<i64>,
    lifted: Option<i64>,
    replied: Option<i64>,
    last_call: Option<i64>,
    /// Marketing texts: which, and when.
    marketing: Vec<TryRow>,
}

#[derive(Serialize, Deserialize)]
struct TryRow {
    s: String,
    t: i64,
}

impl Phones for Table {
    async fn find(&self, keys: &DataKeys, phone: &PhoneIndex) -> Result<PhoneRecord, Fault> {
        let item = self.get(&pk(keys.scope(), "PH", phone.as_text())).await?;
        item.map_or_else(|| Ok(PhoneRecord::default()), record)
    }

    async fn remember(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        signup: SignupId,
    ) -> Result<(), Fault> {
        self.remember_in(&pk(keys.scope(), "PH", phone.as_text()), "signups", &signup.to_string())
            .await
    }

    async fn remember_letter(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        letter: MessageId,
    ) -> Result<(), Fault> {
        self.remember_in(&pk(keys.scope(), "PH", phone.as_text()), "letters", &letter.to_string())
            .await
    }

    async fn count(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        attempt: &Try,
        limit: u8,
        user: UserId,
    ) -> Result<Counted, Fault> {
        let counted = self
            .update(&pk(keys.scope(), "PH", phone.as_text()))
            .update_expression(
                "SET tries = list_append(if_not_exists(tries, :none), :one), \
                 #signup = if_not_exists(#signup, :zero) + :inc, \
                 #row = if_not_exists(#row, :zero) + :inc, \
                 rev = if_not_exists(rev, :zero) + :inc, \
                 #user = if_not_exists(#user, :user) REMOVE #out",
            )
            .condition_expression(
                "(attribute_not_exists(tries) OR size(tries) < :window) \
                 AND (attribute_not_exists(#row) OR #row < :in_a_row) \
                 AND (attribute_not_exists(#signup) OR #signup < :limit)",
            )
            .expression_attribute_names("#signup", tries_of(attempt.signup))
            .expression_attribute_names("#row", "row")
            .expression_attribute_names("#user", "user")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":one", value(&[try_row(attempt)])?)
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":inc", number(1))
            .expression_attribute_values(":user", text(user))
            .expression_attribute_values(":window", number(PER_WINDOW))
            .expression_attribute_values(":in_a_row", number(IN_A_ROW))
            .expression_attribute_values(":limit", number(limit))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match counted {
            Ok(answer) => {
                self.wrote("dynamodb.UpdateItem", answer.consumed_capacity.as_ref());
                let now = record(answer.attributes.unwrap_or_default())?;
                let user = now.user.ok_or_else(|| Fault::corrupt(CORRUPT))?;
                Ok(Counted::Yes { number: now.tries_of(attempt.signup), user })
            }
            Err(e) => match e.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Counted::No(Box::new(record(refused.item.clone().unwrap_or_default())?)))
                }
                _ => Err(fault("count a try", &e)),
            },
        }
    }

    async fn plan(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        (before, after): (&[Planned], &[Planned]),
    ) -> Result<bool, Fault> {
        let rows = |texts: &[Planned]| value(&texts.iter().map(planned_row).collect::<Vec<_>>());
        let known = if before.is_empty() {
            "attribute_not_exists(marketing) OR marketing = :before"
        } else {
            "marketing = :before"
        };
        let planned = self
            .update(&pk(keys.scope(), "PH", phone.as_text()))
            .update_expression("SET marketing = :after REMOVE #out")
            .condition_expression(known)
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":before", rows(before)?)
            .expression_attribute_values(":after", rows(after)?);
        self.change("plan a marketing text", planned).await
    }

    async fn settle(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        (full, settled): (&PhoneRecord, &PhoneRecord),
    ) -> Result<bool, Fault> {
        let tries: Vec<TryRow> = settled.tries.iter().map(try_row).collect();
        let mut signups: Vec<_> = full.tries.iter().map(|known| known.signup).collect();
        signups.sort_unstable();
        signups.dedup();
        let mut update = self.update(&pk(keys.scope(), "PH", phone.as_text()));
        let (mut changed, mut removed) = (Vec::new(), Vec::new());
        for (n, signup) in signups.iter().enumerate() {
            update = update.expression_attribute_names(format!("#s{n}"), tries_of(*signup));
            match settled.tries_of(*signup) {
                0 => removed.push(format!(", #s{n}")),
                count => {
                    changed.push(format!(", #s{n} = :s{n}"));
                    update = update.expression_attribute_values(format!(":s{n}"), number(count));
                }
            }
        }
        let (changed, removed) = (changed.concat(), removed.concat());
        let update = update
            .update_expression(format!(
                "SET tries = :tries, #row = :row, rev = rev + :inc{changed} REMOVE #out{removed}"
            ))
            .expression_attribute_names("#out", "out")
            .condition_expression("rev = :rev")
            .expression_attribute_names("#row", "row")
            .expression_attribute_values(":tries", value(&tries)?)
            .expression_attribute_values(":row", number(settled.row))
            .expression_attribute_values(":rev", number(settled.revision))
            .expression_attribute_values(":inc", number(1));
        self.change("settle a phone's tries", update).await
    }
}

/// The attribute that counts a sign-up's tries.
fn tries_of(signup: SignupId) -> String {
    format!("n_{signup}")
}

impl Table {
    /// Adds an id to a phone's `list`, which keeps the newest twenty, each once.
    async fn remember_in(&self, pk: &str, list: &str, id: &str) -> Result<(), Fault> {
        let added = self
            .update(pk)
            .update_expression(
                "SET #list = list_append(if_not_exists(#list, :none), :one) REMOVE #out",
            )
            .expression_attribute_names("#out", "out")
            .condition_expression(
                "attribute_not_exists(#list) OR \
                 (size(#list) < :room AND NOT contains(#list, :id))",
            )
            .expression_attribute_names("#list", list)
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":one", value(&[id])?)
            .expression_attribute_values(":id", text(id))
            .expression_attribute_values(":room", number(REMEMBERED));
        if self.change("remember for a phone", added).await? {
            return Ok(());
        }
        self.remember_newest(pk, list, id).await
    }

    /// Drops the oldest of a full list; whoever is faster has done the same.
    async fn remember_newest(&self, pk: &str, list: &str, id: &str) -> Result<(), Fault> {
        for _ in 0..3 {
            let item = self.get(pk).await?.unwrap_or_default();
            let row: Row = item::from_item(item, CORRUPT)?;
            let known = if list == "letters" { row.letters } else { row.signups };
            if known.iter().any(|known| known == id) {
                return Ok(());
            }
            let mut newest: Vec<_> = known.iter().rev().take(REMEMBERED - 1).rev().collect();
            let id = id.to_owned();
            newest.push(&id);
            let replaced = self
                .update(pk)
                .update_expression("SET #list = :newest REMOVE #out")
                .expression_attribute_names("#out", "out")
                .condition_expression("#list = :before")
                .expression_attribute_names("#list", list)
                .expression_attribute_values(":newest", value(&newest)?)
                .expression_attribute_values(":before", value(&known)?);
            if self.change("remember for a phone", replaced).await? {
                return Ok(());
            }
        }
        Err(Fault::new("remember for a phone", "contended"))
    }
}

fn try_row(attempt: &Try) -> TryRow {
    TryRow { s: attempt.signup.to_string(), t: attempt.at.as_millisecond() }
}

fn planned_row(text: &Planned) -> TryRow {
    TryRow { s: text.message.to_string(), t: text.at.as_millisecond() }
}

fn planned(row: &TryRow) -> Result<Planned, Fault> {
    Ok(Planned { message: parse(&row.s, CORRUPT)?, at: time(row.t)? })
}

fn record(item: Item) -> Result<PhoneRecord, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let attempt = |row: TryRow| Ok(Try { signup: parse(&row.s, CORRUPT)?, at: time(row.t)? });
    Ok(PhoneRecord {
        revision: row.rev,
        user: row.user.map(|user| parse(&user, CORRUPT)).transpose()?,
        signups: row.signups.iter().map(|id| parse(id, CORRUPT)).collect::<Result<_, _>>()?,
        letters: row.letters.iter().map(|id| parse(id, CORRUPT)).collect::<Result<_, _>>()?,
        tries: row.tries.into_iter().map(attempt).collect::<Result<_, Fault>>()?,
        row: row.failures,
        suppressed: row.suppressed.map(time).transpose()?,
        objected: row.objected.map(time).transpose()?,
        erased: row.erased.map(time).transpose()?,
        lifted: row.lifted.map(time).transpose()?,
        answered: row.replied.map(time).transpose()?,
        called: row.last_call.map(time).transpose()?,
        marketing: row.marketing.iter().map(planned).collect::<Result<_, Fault>>()?,
    })
}
