//! What shoppers' own texts change of their phone's item.

use doorstep_domain::{
    Fault,
    id::MessageId,
    inbound::QUIET,
    keys::{DataKeys, PhoneIndex},
    ports::Suppressions,
};
use jiff::Timestamp;

use super::{
    Table,
    item::{millis, pk, text},
};

/// Who suppressed a number: START takes back what its own STOP did, nothing else.
const STOP: &str = "stop";
/// The outbox's event of a withdrawal at this time, another one each time.
fn news(at: Timestamp) -> String {
    format!("news/consent.withdrawn/{}", at.as_millisecond())
}

impl Suppressions for Table {
    async fn suppress(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
        trace: &str,
    ) -> Result<bool, Fault> {
        // A later objection stays as late as it is.
        let both = ("SET objected = :at,", "(attribute_not_exists(objected) OR objected < :at)");
        for (set, unless) in [both, ("SET", "objected >= :at")] {
            let stopped = self
                .update(&key(keys, phone))
                .update_expression(format!(
                    "{set} suppressed = :at, suppressed_by = :stop, #out = :news, trace = :trace"
                ))
                .condition_expression(format!(
                    "attribute_not_exists(suppressed) AND {unless} AND \
                     (attribute_not_exists(lifted) OR lifted < :at)"
                ))
                .expression_attribute_names("#out", "out")
                .expression_attribute_values(":at", millis(at))
                .expression_attribute_values(":stop", text(STOP))
                .expression_attribute_values(":news", text(news(at)))
                .expression_attribute_values(":trace", text(trace));
            if self.change("suppress a number", stopped).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn lift(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
    ) -> Result<bool, Fault> {
        let lifted = self
            .update(&key(keys, phone))
            .update_expression("SET lifted = :at REMOVE suppressed, suppressed_by, #out")
            .condition_expression("suppressed_by = :stop AND suppressed < :at")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":at", millis(at))
            .expression_attribute_values(":stop", text(STOP));
        self.change("lift a suppression", lifted).await
    }

    async fn object(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
        trace: &str,
    ) -> Result<bool, Fault> {
        let objected = self
            .update(&key(keys, phone))
            .update_expression("SET objected = :at, #out = :news, trace = :trace")
            .condition_expression("attribute_not_exists(objected) OR objected < :at")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":at", millis(at))
            .expression_attribute_values(":news", text(news(at)))
            .expression_attribute_values(":trace", text(trace));
        self.change("note an objection", objected).await
    }

    async fn reserve_reply(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> Result<bool, Fault> {
        let reserved = self
            .update(&key(keys, phone))
            .update_expression("SET replied = :at, reply = :message REMOVE #out")
            .condition_expression(
                "attribute_not_exists(replied) OR replied <= :before OR reply = :message",
            )
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":at", millis(at))
            .expression_attribute_values(":before", millis(at - QUIET))
            .expression_attribute_values(":message", text(message));
        self.change("reserve an answer", reserved).await
    }
}

fn key(keys: &DataKeys, phone: &PhoneIndex) -> String {
    pk(keys.scope(), "PH", phone.as_text())
}
