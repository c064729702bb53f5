//! Exports and the journal of erasures in the bucket.

use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    primitives::ByteStream,
    types::{Delete, ObjectIdentifier},
};
use doorstep_domain::{
    Fault, Mode,
    erase::Erasure,
    id::{ExportId, StoreId, UserId},
    keys::PhoneIndex,
    ports::Archive,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Bucket, is_there};
use crate::aws::fault;

const CORRUPT: &str = "an entry of the journal of erasures";

/// An erasure as it is kept: for people and their tools, too. It holds ids and keyed indexes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    user: String,
    phones: Vec<String>,
    requested_at: String,
    due_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suppressed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    objected: Option<String>,
}

impl Archive for Bucket {
    async fn keep_export(
        &self,
        scope: (StoreId, Mode),
        (user, id): (UserId, ExportId),
        sealed: Vec<u8>,
    ) -> Result<(), Fault> {
        let put = self.client.put_object().bucket(&self.name).key(export(scope, user, id));
        let put = put.content_type("application/octet-stream").body(ByteStream::from(sealed));
        put.send().await.map(drop).map_err(|e| fault("keep an export", &e))
    }

    async fn sealed_export(
        &self,
        scope: (StoreId, Mode),
        (user, id): (UserId, ExportId),
    ) -> Result<Option<Vec<u8>>, Fault> {
        self.object("read an export", &export(scope, user, id)).await
    }

    async fn forget_exports(&self, scope: (StoreId, Mode), user: UserId) -> Result<(), Fault> {
        loop {
            let call = self.client.list_objects_v2().bucket(&self.name);
            let found = call.prefix(exports(scope, user)).send().await;
            let found = found.map_err(|e| fault("list exports", &e))?;
            let keys = found.contents().iter().filter_map(|object| object.key());
            let named = keys.map(|key| ObjectIdentifier::builder().key(key).build());
            let named = named.collect::<Result<Vec<_>, _>>();
            let named = named.map_err(|_| Fault::corrupt("a list of exports"))?;
            if named.is_empty() {
                return Ok(());
            }
            let all = Delete::builder().set_objects(Some(named)).build();
            let all = all.map_err(|_| Fault::corrupt("a list of exports"))?;
            let gone = self.client.delete_objects().bucket(&self.name).delete(all).send().await;
            let gone = gone.map_err(|e| fault("forget exports", &e))?;
            if !gone.errors().is_empty() {
                return Err(Fault::new("forget exports", "refused"));
            }
        }
    }

    async fn journal(&self, scope: (StoreId, Mode), erasure: &Erasure) -> Result<(), Fault> {
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(entry(scope, (erasure.day(), erasure.user)))
            .content_type("application/json")
            .if_none_match("*")
            .body(ByteStream::from(write(erasure)?));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(e) if is_there(&e) => Ok(()),
            Err(e) => Err(fault("write the journal of erasures", &e)),
        }
    }

    async fn journaled(
        &self,
        scope: (StoreId, Mode),
        at: (Date, UserId),
    ) -> Result<Option<Erasure>, Fault> {
        let found = self.object("read the journal of erasures", &entry(scope, at)).await?;
        found.map(|body| read(&body).ok_or_else(|| Fault::corrupt(CORRUPT))).transpose()
    }
}

impl Bucket {
    /// An object's content; `None` when there is no such.
    pub(super) async fn object(
        &self,
        what: &'static str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let call = self.client.get_object().bucket(&self.name).key(key);
        let object = match call.send().await {
            Ok(object) => object,
            Err(e) if e.code() == Some("NoSuchKey") => return Ok(None),
            Err(e) => return Err(fault(what, &e)),
        };
        let body = object.body.collect().await.map_err(|_| Fault::new(what, "unreadable"))?;
        Ok(Some(body.to_vec()))
    }
}

fn exports((store, mode): (StoreId, Mode), user: UserId) -> String {
    format!("exports/{store}/{mode}/{user}/")
}

fn export(scope: (StoreId, Mode), user: UserId, id: ExportId) -> String {
    format!("{}{id}", exports(scope, user))
}

/// `erasures/sto_…/live/2027-01-31/usr_….json`
fn entry((store, mode): (StoreId, Mode), (day, user): (Date, UserId)) -> String {
    format!("erasures/{store}/{mode}/{day}/{user}.json")
}

fn write(erasure: &Erasure) -> Result<Vec<u8>, Fault> {
    let document = serde_json::to_vec(&Document {
        user: erasure.user.to_string(),
        phones: erasure.phones.iter().map(PhoneIndex::as_text).collect(),
        requested_at: erasure.requested_at.to_string(),
        due_at: erasure.due_at.to_string(),
        suppressed: erasure.suppressed.map(|at| at.to_string()),
        objected: erasure.objected.map(|at| at.to_string()),
    });
    document.map_err(|_| Fault::corrupt(CORRUPT))
}

fn read(body: &[u8]) -> Option<Erasure> {
    let document: Document = serde_json::from_slice(body).ok()?;
    let time = |text: Option<String>| match text {
        Some(text) => text.parse::<Timestamp>().ok().map(Some),
        None => Some(None),
    };
    Some(Erasure {
        user: document.user.parse().ok()?,
        phones: document
            .phones
            .iter()
            .map(|text| PhoneIndex::from_text(text))
            .collect::<Option<_>>()?,
        requested_at: document.requested_at.parse().ok()?,
        due_at: document.due_at.parse().ok()?,
        suppressed: time(document.suppressed)?,
        objected: time(document.objected)?,
        erased_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure() -> Erasure {
        let at = |millis: i64| Timestamp::from_millisecond(1_798_804_800_789 + millis).unwrap();
        Erasure {
            user: UserId::from_bits(7),
            phones: vec![PhoneIndex::from_text("2.000000000000000000000000000000aa").unwrap()],
            requested_at: at(0),
            due_at: "2027-01-29".parse().unwrap(),
            suppressed: Some(at(-9)),
            objected: None,
            erased_at: None,
        }
    }

    #[test]
    fn an_entry_reads_back_as_it_was_written() {
        let written = write(&erasure()).unwrap();
        assert_eq!(read(&written), Some(erasure()));
        for wrong in [&b""[..], b"{}", &written[1..]] {
            assert_eq!(read(wrong), None);
        }
    }

    #[test]
    fn an_entry_has_the_name_of_its_day() {
        let (scope, erasure) = ((StoreId::from_bits(1), Mode::Live), erasure());
        let name = entry(scope, (erasure.day(), erasure.user));
        assert_eq!(
            name,
            "erasures/sto_00000000000000000000000001/live/2027-01-01/usr_00000000000000000000000007.json"
        );
    }
}
