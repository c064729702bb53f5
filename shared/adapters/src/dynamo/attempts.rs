//! Sign-ups.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{
        AttributeValue, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};
use doorstep_domain::{
    Fault, Mode,
    consent::Linked,
    id::SignupId,
    keys::{DataKeys, ExternalIndex, PhoneIndex},
    ports::{Attempts, Page, Range},
    retention::Kind,
    seal::Place,
    signup::{Created, RegistrationAttempt, Send},
    user::Registration,
};
use jiff::Timestamp;

use super::{
    Item, Table, attempt_row,
    item::{self, millis, number, pk, text, value},
    message_row::letter_item,
    people::known_as,
};
use crate::{aws::fault, system::SystemChance};

impl Attempts for Table {
    async fn find(
        &self,
        keys: &DataKeys,
        id: SignupId,
    ) -> Result<Option<RegistrationAttempt>, Fault> {
        let item = self.get(&pk(keys.scope(), "SGN", id)).await?;
        item.map(|item| attempt_row::from_item(keys, item)).transpose()
    }

    async fn create(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
    ) -> Result<Created, Fault> {
        let over = self.over(keys.scope(), Kind::Signups, attempt.created_at).await?;
        let put = self
            .if_new()
            .set_item(Some(attempt_row::to_item(keys, attempt, (over, &SystemChance))?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match put.map_err(known_item) {
            Ok(answer) => {
                self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref());
                Ok(Created::New)
            }
            Err(Ok(item)) => Ok(Created::Exists(Box::new(attempt_row::from_item(keys, item)?))),
            Err(Err(error)) => Err(fault("create a sign-up", &*error)),
        }
    }

    async fn resend(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
        send: &Send,
    ) -> Result<bool, Fault> {
        let number_of_send = u8::try_from(attempt.sends.len()).unwrap_or(u8::MAX);
        let mut next = attempt.clone();
        next.sends.push(send.clone());
        let carrier = next.route_of(number_of_send).first().map_or("none", |c| c.as_str());
        let update = self
            .update(&pk(keys.scope(), "SGN", attempt.id))
            .update_expression("SET sends = list_append(sends, :send), #out = :out")
            .condition_expression("#state = :pending AND size(sends) = :sends")
            .expression_attribute_names("#out", "out")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":send", value(&[attempt_row::send_row(send)])?)
            .expression_attribute_values(":out", text(attempt_row::event(carrier, number_of_send)))
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":sends", number(number_of_send));
        self.change("resend a sign-up", update).await
    }

    async fn expire(&self, keys: &DataKeys, id: SignupId) -> Result<(), Fault> {
        let told = self
            .update(&pk(keys.scope(), "SGN", id))
            .update_expression("SET told = :expired, #out = :out")
            .condition_expression("#state = :pending AND attribute_not_exists(told)")
            .expression_attribute_names("#out", "out")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":expired", text("expired"))
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":out", text("news/signup.expired"));
        self.change("tell of an expiry", told).await.map(drop)
    }

    async fn lock(&self, keys: &DataKeys, id: SignupId, at: Timestamp) -> Result<(), Fault> {
        let sent = self
            .update(&pk(keys.scope(), "SGN", id))
            .update_expression("SET #state = :locked, ended = :at REMOVE #out")
            .expression_attribute_names("#out", "out")
            .condition_expression("#state = :pending")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":locked", text("locked"))
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":at", millis(at));
        self.change("lock a sign-up", sent).await.map(drop)
    }

    async fn register(
        &self,
        keys: &DataKeys,
        registration: &Registration,
        consents: &[Linked],
    ) -> Result<bool, Fault> {
        let mut writes = vec![
            TransactWriteItem::builder().update(self.verified(keys, registration)?).build(),
            TransactWriteItem::builder().update(self.user(keys, registration)?).build(),
        ];
        if let Some((id, letter)) = &registration.welcome {
            let over = self.over(keys.scope(), Kind::Messages, letter.expires_at).await?;
            let letter = Put::builder()
                .table_name(&self.state)
                .set_item(Some(letter_item(keys, (*id, letter), over)?))
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .map_err(|_| Fault::corrupt("a write of a transaction"))?;
            writes.push(TransactWriteItem::builder().put(letter).build());
        }
        for consent in consents {
            let entry = TransactWriteItem::builder().put(self.entry(keys, consent)?);
            writes.push(entry.build());
        }
        let sent = self
            .db
            .transact_write_items()
            .set_transact_items(Some(writes))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                for used in answer.consumed_capacity() {
                    self.wrote("dynamodb.TransactWriteItems", Some(used));
                }
                Ok(true)
            }
            Err(e) if is_second(&e) => Ok(false),
            Err(e) => Err(fault("register a user", &e)),
        }
    }

    async fn list(&self, keys: &DataKeys, range: Range) -> Result<Page<SignupId>, Fault> {
        self.list_signups(keys.scope(), range).await
    }

    async fn of_customer(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        self.signups_of(pk(keys.scope(), "XID", customer.as_text()), range).await
    }

    async fn of_phone(
        &self,
        keys: &DataKeys,
        phones: &[PhoneIndex],
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        self.signups_to(keys.scope(), phones, range).await
    }
}

impl Table {
    fn verified(&self, keys: &DataKeys, registration: &Registration) -> Result<Update, Fault> {
        let mut set =
            "SET #state = :verified, ended = :at, #user = :user, tries = :tries".to_owned();
        let mut update = Update::builder();
        if let (Some(carrier), Mode::Live) = (registration.drawn, keys.scope().1) {
            set += ", h = :typed";
            let region = registration.verified.phone().region();
            let typed = format!("{}/{}/verified", carrier.as_str(), region.as_str());
            update = update.expression_attribute_values(":typed", text(typed));
        }
        update
            .table_name(&self.state)
            .set_key(Some(item::key(&pk(keys.scope(), "SGN", registration.signup))))
            .update_expression(set + ", #out = :news")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":news", text("news/signup.verified"))
            .condition_expression("#state = :pending")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":verified", text("verified"))
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":at", millis(registration.at))
            .expression_attribute_values(":user", text(registration.user))
            .expression_attribute_values(":tries", number(registration.tries))
            .build()
            .map_err(|_| Fault::corrupt("a write of a transaction"))
    }

    /// The user, new or known: what this sign-up does not tell stays as it was.
    fn user(&self, keys: &DataKeys, registration: &Registration) -> Result<Update, Fault> {
        let id = registration.user.to_string();
        let customer = &registration.customer;
        let told = [
            ("phone", Some(registration.verified.phone().expose())),
            ("external_id", customer.external_id.as_deref()),
            ("name", customer.name.as_deref()),
            ("email", customer.email.as_deref()),
        ];
        let mut set = "SET verified_at = :at, signup = :signup, \
                       first_verified_at = if_not_exists(first_verified_at, :at)"
            .to_owned();
        let mut update = Update::builder();
        for (attribute, told) in told {
            let Some(told) = told else { continue };
            let place = Place { item: &id, attribute };
            let sealed = keys.seal(place, told.as_bytes(), &SystemChance);
            set = format!("{set}, #{attribute} = :{attribute}");
            update = update
                .expression_attribute_names(format!("#{attribute}"), attribute)
                .expression_attribute_values(
                    format!(":{attribute}"),
                    AttributeValue::B(sealed.into()),
                );
        }
        if let Some(external_id) = &customer.external_id {
            let (place, rank) = known_as(keys, external_id, (registration.at, &id));
            set += ", x_pk = :x_pk, x_sk = :x_sk";
            update = update.expression_attribute_values(":x_pk", place);
            update = update.expression_attribute_values(":x_sk", rank);
        }
        update
            .table_name(&self.state)
            .set_key(Some(item::key(&pk(keys.scope(), "USR", &id))))
            .update_expression(set)
            .condition_expression("attribute_not_exists(let_go)")
            .expression_attribute_values(":at", millis(registration.at))
            .expression_attribute_values(":signup", text(registration.signup))
            .build()
            .map_err(|_| Fault::corrupt("a write of a transaction"))
    }
}

/// The item that stood in the way of a conditional put, or the error.
fn known_item(error: SdkError<PutItemError>) -> Result<Item, Box<SdkError<PutItemError>>> {
    match error {
        SdkError::ServiceError(e) => match e.err() {
            PutItemError::ConditionalCheckFailedException(refused) if refused.item.is_some() => {
                Ok(refused.item.clone().unwrap_or_default())
            }
            _ => Err(Box::new(SdkError::ServiceError(e))),
        },
        other => Err(Box::new(other)),
    }
}

/// Whether a transaction found another state than it expected, or another one just changing it.
pub(super) fn is_second(error: &SdkError<TransactWriteItemsError>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    else {
        return false;
    };
    let reasons = cancelled.cancellation_reasons();
    let refused = |code| matches!(code, Some("ConditionalCheckFailed" | "TransactionConflict"));
    reasons.iter().any(|reason| refused(reason.code()))
}
