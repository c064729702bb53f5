//! Wordings: kept once each in `evidence`, never changed.

use std::{collections::HashMap, sync::PoisonError};

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use doorstep_domain::{
    Fault,
    consent::{Wording, WordingHash},
    keys::DataKeys,
    ports::Wordings,
};

use super::{
    Table, is_refused,
    item::{self, SK, pk, text},
};
use crate::aws::fault;

/// How many wordings an instance remembers to have kept.
const ROOM: usize = 1_000;

impl Wordings for Table {
    async fn keep(
        &self,
        keys: &DataKeys,
        hash: &WordingHash,
        wording: &Wording,
    ) -> Result<(), Fault> {
        let pk = pk(keys.scope(), "WRD", &hash.0);
        if self.kept().contains(&pk) {
            return Ok(());
        }
        let item = HashMap::from([
            ("pk".to_owned(), text(&pk)),
            ("sk".to_owned(), text(SK)),
            ("text".to_owned(), text(&wording.0)),
        ]);
        let sent = self
            .db
            .put_item()
            .table_name(&self.evidence)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match sent {
            Ok(answer) => self.wrote("dynamodb.PutItem", answer.consumed_capacity.as_ref()),
            Err(e) if is_refused(&e) => {}
            Err(e) => return Err(fault("keep a wording", &e)),
        }
        let mut kept = self.kept();
        if kept.len() >= ROOM {
            kept.clear();
        }
        kept.insert(pk);
        Ok(())
    }

    async fn find(&self, keys: &DataKeys, hash: &WordingHash) -> Result<Option<Wording>, Fault> {
        let answer = self
            .db
            .get_item()
            .table_name(&self.evidence)
            .set_key(Some(item::key(&pk(keys.scope(), "WRD", &hash.0))))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| fault("read a wording", &e))?;
        self.read("dynamodb.GetItem", answer.consumed_capacity.as_ref());
        let Some(item) = answer.item else { return Ok(None) };
        let words = item.get("text").and_then(|text| text.as_s().ok()).cloned();
        words.map(|words| Some(Wording(words))).ok_or_else(|| Fault::corrupt("a wording"))
    }
}

impl Table {
    fn kept(&self) -> std::sync::MutexGuard<'_, std::collections::HashSet<String>> {
        self.kept_wordings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
