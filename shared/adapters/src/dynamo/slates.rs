//! The guards' records, and the sign-up that is looked at with them.

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use doorstep_domain::{
    Fault,
    guard::{Replaced, Slate, SlateKey},
    id::SignupId,
    keys::DataKeys,
    ports::{Chance, Clock, Slates},
    signup::RegistrationAttempt,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{
    Item, Table, attempt_row,
    item::{self, number, pk, text},
};

const CORRUPT: &str = "a record of the guards in `state`";

#[derive(Deserialize)]
struct Row {
    rev: u64,
    rec: ByteBuf,
    ttl: i64,
}

impl Slates for Table {
    async fn look(
        &self,
        signup: Option<(&DataKeys, SignupId)>,
        wanted: &[SlateKey],
    ) -> Result<(Option<RegistrationAttempt>, Vec<Slate>), Fault> {
        let of_signup = signup.map(|(keys, id)| pk(keys.scope(), "SGN", id));
        let of_slates: Vec<_> = wanted.iter().map(slate_pk).collect();
        let pks: Vec<_> = of_signup.iter().chain(&of_slates).cloned().collect();
        let mut found = self.get_many(&pks).await?;
        let mut take = |wanted: &String| {
            let is_it = |item: &Item| item.get("pk").and_then(|pk| pk.as_s().ok()) == Some(wanted);
            found.iter().position(is_it).map(|place| found.swap_remove(place))
        };
        let attempt = of_signup.as_ref().and_then(&mut take);
        let attempt =
            attempt.zip(signup).map(|(item, (keys, _))| attempt_row::from_item(keys, item));
        let slates = of_slates.iter().map(|pk| take(pk).map_or(Ok(Slate::EMPTY), slate_of));
        Ok((attempt.transpose()?, slates.collect::<Result<_, _>>()?))
    }

    async fn replace(
        &self,
        key: &SlateKey,
        slate: &Slate,
        news: Option<&'static str>,
    ) -> Result<Replaced, Fault> {
        let mut tag = [0; 16];
        self.fill(&mut tag);
        let mut write = self
            .update(&slate_pk(key))
            .update_expression(match news {
                Some(_) => "SET rev = :rev, rec = :rec, tag = :tag, #ttl = :ttl, #out = :out",
                None => "SET rev = :rev, rec = :rec, tag = :tag, #ttl = :ttl REMOVE #out",
            })
            .expression_attribute_values(":tag", AttributeValue::B(Blob::new(tag)))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_names("#out", "out")
            .expression_attribute_values(":rev", number(slate.revision))
            .expression_attribute_values(":rec", AttributeValue::B(Blob::new(slate.bytes.clone())))
            .expression_attribute_values(":ttl", number(slate.until.as_second()))
            .set_return_values_on_condition_check_failure(Some(
                ReturnValuesOnConditionCheckFailure::AllOld,
            ));
        if let Some(news) = news {
            write = write.expression_attribute_values(":out", text(format!("news/{news}")));
        }
        write = match slate.revision.checked_sub(1) {
            // A record whose time is over reads as none.
            None | Some(0) => write
                .condition_expression("attribute_not_exists(pk) OR #ttl <= :now")
                .expression_attribute_values(":now", number(self.now().as_second())),
            Some(before) => write
                .condition_expression("rev = :before")
                .expression_attribute_values(":before", number(before)),
        };
        match self.change_or_see("replace a record of the guards", write).await? {
            Ok(_) => Ok(Replaced::Yes),
            Err(known) if known.is_empty() => Ok(Replaced::Conflict(Slate::EMPTY)),
            Err(known) if is_ours(&known, tag) => Ok(Replaced::Yes),
            Err(known) => slate_of(known).map(Replaced::Conflict),
        }
    }
}

/// Whether this very write made the record: its answer was lost, and the SDK wrote once more.
fn is_ours(known: &Item, tag: [u8; 16]) -> bool {
    known.get("tag").and_then(|it| it.as_b().ok()).is_some_and(|it| it.as_ref() == tag)
}

fn slate_pk(key: &SlateKey) -> String {
    pk(key.scope, key.kind.as_str(), &key.id)
}

fn slate_of(item: Item) -> Result<Slate, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let until = Timestamp::from_second(row.ttl).map_err(|_| Fault::corrupt(CORRUPT))?;
    Ok(Slate { revision: row.rev, bytes: row.rec.into_vec(), until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_with_our_tag_is_our_own_write() {
        let tagged =
            |tag: [u8; 16]| Item::from([("tag".to_owned(), AttributeValue::B(Blob::new(tag)))]);
        assert!(is_ours(&tagged([7; 16]), [7; 16]));
        assert!(!is_ours(&tagged([8; 16]), [7; 16]));
        assert!(!is_ours(&Item::new(), [7; 16]), "of an older version");
    }
}
