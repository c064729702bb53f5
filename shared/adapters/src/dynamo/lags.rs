//! How long texts wait: one item for each mode.

use doorstep_domain::{
    Fault, Mode,
    id::StoreId,
    lag::{HOLDS, Lag},
    ports::Lags,
    retention::Kind,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Table,
    item::{self, millis, number, pk, time},
};

const CORRUPT: &str = "how long texts wait in `state`";
const KEPT: i64 = Kind::Lags.seconds();

#[derive(Deserialize)]
struct Row {
    since: i64,
    seen: i64,
    flowed: Option<i64>,
}

impl Lags for Table {
    async fn note_lag(&self, of: (StoreId, Mode), lag: Lag) -> Result<(), Fault> {
        if self.noted_lags.get(&of).is_some_and(|noted| noted <= lag.since) {
            return Ok(());
        }
        let note = self
            .update(&lag_pk(of))
            .update_expression("SET since = :since, seen = :seen, #ttl = :ttl")
            .condition_expression("attribute_not_exists(pk) OR seen <= :before OR since >= :since")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":since", millis(lag.since))
            .expression_attribute_values(":seen", millis(lag.seen))
            .expression_attribute_values(":before", millis(lag.seen - HOLDS))
            .expression_attribute_values(":ttl", number(lag.seen.as_second() + KEPT));
        self.noted_lags.put(of, lag.since);
        self.change("note how long texts wait", note).await.map(drop)
    }

    async fn note_flow(&self, of: (StoreId, Mode), asked: Timestamp) -> Result<(), Fault> {
        let note = self
            .update(&lag_pk(of))
            .update_expression("SET flowed = :asked")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(flowed) OR flowed < :asked)",
            )
            .expression_attribute_values(":asked", millis(asked));
        self.lags.forget(&of);
        self.change("note that texts flow", note).await.map(drop)
    }

    async fn lag(&self, of: (StoreId, Mode)) -> Result<Option<Lag>, Fault> {
        if let Some(lag) = self.lags.get(&of) {
            return Ok(lag);
        }
        let row = self.get(&lag_pk(of)).await?;
        let row: Option<Row> = row.map(|row| item::from_item(row, CORRUPT)).transpose()?;
        let lag = row.map(|row| {
            let flowed = row.flowed.map(time).transpose()?;
            Ok::<_, Fault>(Lag { since: time(row.since)?, seen: time(row.seen)?, flowed })
        });
        let lag = lag.transpose()?;
        self.lags.put(of, lag);
        Ok(lag)
    }
}

fn lag_pk(of: (StoreId, Mode)) -> String {
    pk(of, "LAG", "-")
}
