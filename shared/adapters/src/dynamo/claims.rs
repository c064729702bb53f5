//! What only one store of the deployment may have: pointers to their holders.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use doorstep_domain::{
    Fault, Mode,
    account::{Holder, Unique},
    ports::Claims,
    store::Store,
};
use serde::Deserialize;

use super::{
    Table, is_refused,
    item::{self, parse, pk, text},
};
use crate::aws::fault;

const CORRUPT: &str = "a pointer to a store in `state`";
/// Stands for no carrier: a number has none.
const NONE: &str = "-";

#[derive(Deserialize)]
struct Row {
    owner: String,
    carrier: String,
}

impl Claims for Table {
    async fn holder(&self, what: &Unique) -> Result<Option<Holder>, Fault> {
        if let Some(holder) = self.holders.get(what) {
            return Ok(Some(holder));
        }
        let Some(item) = self.get(&key(what)).await? else { return Ok(None) };
        let row: Row = item::from_item(item, CORRUPT)?;
        let carrier = Some(row.carrier).filter(|carrier| carrier != NONE);
        let carrier = carrier.map(|carrier| parse(&carrier, CORRUPT)).transpose()?;
        let holder = Holder { store: parse(&row.owner, CORRUPT)?, carrier };
        self.holders.put(what.clone(), holder);
        Ok(Some(holder))
    }

    async fn claim(&self, what: &Unique, holder: Holder) -> Result<bool, Fault> {
        let claimed = self
            .update(&key(what))
            .update_expression("SET #owner = :owner, carrier = :carrier")
            .condition_expression(format!("attribute_not_exists(pk) OR ({IS_ITS})"))
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(holder.store))
            .expression_attribute_values(":carrier", text(carrier(holder)));
        self.change("claim a name", claimed).await
    }

    async fn release(&self, what: &Unique, holder: Holder) -> Result<(), Fault> {
        self.holders.forget(what);
        let call = self
            .db
            .delete_item()
            .table_name(&self.state)
            .set_key(Some(item::key(&key(what))))
            .condition_expression(IS_ITS)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(holder.store))
            .expression_attribute_values(":carrier", text(carrier(holder)))
            .return_values(ReturnValue::None)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match call.send().await {
            Ok(answer) => {
                self.wrote("dynamodb.DeleteItem", answer.consumed_capacity.as_ref());
                Ok(())
            }
            Err(e) if is_refused(&e) => Ok(()),
            Err(e) => Err(fault("give a name back", &e)),
        }
    }
}

const IS_ITS: &str = "#owner = :owner AND carrier = :carrier";

fn carrier(holder: Holder) -> &'static str {
    holder.carrier.map_or(NONE, |carrier| carrier.as_str())
}

fn key(what: &Unique) -> String {
    let deployment = (Store::DEPLOYMENT, Mode::Live);
    match what {
        Unique::Account(id) => pk(deployment, "ACC", id),
        Unique::Number(digits) => pk(deployment, "INB", digits),
    }
}
