//! Shoppers whom a store brings along.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use doorstep_domain::{
    Fault,
    id::UserId,
    keys::{DataKeys, ExternalIndex, PhoneIndex},
    ports::People,
    seal::Place,
    user::Brought,
};

use super::{
    Table,
    item::{millis, parse, pk, text},
};
use crate::system::SystemChance;

impl People for Table {
    async fn reserve(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        candidate: UserId,
    ) -> Result<UserId, Fault> {
        let update = self
            .update(&pk(keys.scope(), "PH", phone.as_text()))
            .update_expression("SET #user = if_not_exists(#user, :user) REMOVE #out")
            .expression_attribute_names("#user", "user")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":user", text(candidate))
            .return_values(ReturnValue::AllNew);
        let item = self.change_or_see("reserve a user", update).await?;
        let item = item.unwrap_or_else(|item| item);
        let user = item.get("user").and_then(|user| user.as_s().ok());
        parse(user.map_or("", String::as_str), "a phone in `state`")
    }

    async fn bring(&self, keys: &DataKeys, brought: &Brought) -> Result<(), Fault> {
        let id = brought.id.to_string();
        let told = [
            ("phone", Some(brought.phone.expose())),
            ("external_id", brought.external_id.as_deref()),
        ];
        let mut set = "SET brought_at = if_not_exists(brought_at, :at)".to_owned();
        let mut update = self.update(&pk(keys.scope(), "USR", &id));
        for (attribute, told) in told {
            let Some(told) = told else { continue };
            let sealed = keys.seal(Place { item: &id, attribute }, told.as_bytes(), &SystemChance);
            set = format!("{set}, {attribute} = if_not_exists({attribute}, :{attribute})");
            update = update.expression_attribute_values(
                format!(":{attribute}"),
                AttributeValue::B(sealed.into()),
            );
        }
        if let Some(external_id) = &brought.external_id {
            let (place, rank) = known_as(keys, external_id, (brought.at, &id));
            set += ", x_pk = if_not_exists(x_pk, :x_pk), x_sk = if_not_exists(x_sk, :x_sk)";
            update = update.expression_attribute_values(":x_pk", place);
            update = update.expression_attribute_values(":x_sk", rank);
        }
        let update = update
            .update_expression(set + " REMOVE #out")
            .condition_expression("attribute_not_exists(let_go)")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":at", millis(brought.at));
        self.change("bring a user along", update).await.map(drop)
    }

    async fn known_as(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
    ) -> Result<Vec<UserId>, Fault> {
        self.users_of(pk(keys.scope(), KIND, customer.as_text())).await
    }
}

/// The partition of the users with one of the store's own ids, in the index of searches.
const KIND: &str = "XUS";

/// Where a user stands in the index of searches: under the store's own id, since when.
pub(super) fn known_as(
    keys: &DataKeys,
    external_id: &str,
    (since, user): (jiff::Timestamp, &str),
) -> (AttributeValue, AttributeValue) {
    let index = keys.external_index(external_id).as_text();
    let place = format!("{}#{user}", since.as_millisecond());
    (text(pk(keys.scope(), KIND, index)), text(place))
}
