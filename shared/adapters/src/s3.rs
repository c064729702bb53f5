//! The bucket. Here are the signed heads of the audit chain: one object an hour, put if it is not
//! there.

mod archive;

mod objects;

mod chunks;

use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use doorstep_domain::{
    Fault,
    audit::chain::{Head, SignedHead},
    ports::Heads,
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aws::{Aws, fault};

const PREFIX: &str = "audit/heads/";
/// So many heads are read at once.
const AT_ONCE: usize = 16;

/// The bucket of exports, of rows of imports, of the journal of erasures, and of signed heads.
pub struct Bucket {
    client: Client,
    name: String,
}

/// A head as it is kept: for people and their tools, too.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    seq: u64,
    hash: String,
    at: String,
    key_id: String,
    signature: String,
}

impl Bucket {
    /// Works with this bucket.
    #[must_use]
    pub fn new(aws: &Aws, name: String) -> Self {
        let config = aws_sdk_s3::config::Builder::from(&aws.config).interceptor(aws.counter());
        // An emulator has one host for all buckets.
        let config = config.force_path_style(aws.config.endpoint_url().is_some());
        Self { client: Client::from_conf(config.build()), name }
    }

    async fn head(&self, hour: Timestamp) -> Result<Option<SignedHead>, Fault> {
        let body = self.object("read a signed head", &key(hour)).await?;
        Ok(body.and_then(|body| read(&body)))
    }
}

impl Heads for Bucket {
    async fn put(&self, head: &SignedHead) -> Result<bool, Fault> {
        let document = serde_json::to_vec(&Document {
            seq: head.head.seq,
            hash: head.head.hash.to_string(),
            at: head.head.at.to_string(),
            key_id: head.key_id.clone(),
            signature: BASE64_STANDARD.encode(&head.signature),
        });
        let document = document.map_err(|_| Fault::corrupt("a signed head"))?;
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key(head.head.hour()))
            .content_type("application/json")
            .if_none_match("*")
            .body(ByteStream::from(document));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(e) if is_there(&e) => Ok(false),
            Err(e) => Err(fault("put a signed head", &e)),
        }
    }

    async fn hours(&self) -> Result<Vec<Timestamp>, Fault> {
        let (mut hours, mut after) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .list_objects_v2()
                .bucket(&self.name)
                .prefix(PREFIX)
                .set_continuation_token(after)
                .send()
                .await
                .map_err(|e| fault("list signed heads", &e))?;
            hours.extend(page.contents().iter().filter_map(|object| named(object.key()?)));
            after = page.next_continuation_token;
            if after.is_none() {
                hours.sort_unstable();
                return Ok(hours);
            }
        }
    }

    async fn read(&self, hours: &[Timestamp]) -> Result<Vec<Option<SignedHead>>, Fault> {
        let mut heads = Vec::new();
        for some in hours.chunks(AT_ONCE) {
            heads.extend(try_join_all(some.iter().map(|hour| self.head(*hour))).await?);
        }
        Ok(heads)
    }
}

/// Whether the key had an object already.
fn is_there<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("PreconditionFailed")
}

/// `audit/heads/2027/01/31/23.json`
fn key(hour: Timestamp) -> String {
    format!("{PREFIX}{}.json", hour.strftime("%Y/%m/%d/%H"))
}

/// The hour that an object is named after.
fn named(key: &str) -> Option<Timestamp> {
    let name = key.strip_prefix(PREFIX)?.strip_suffix(".json")?;
    let (day, hours) = name.rsplit_once('/')?;
    let text = format!("{}T{hours}:00:00Z", day.replace('/', "-"));
    let hour = text.parse().ok()?;
    (self::key(hour) == key).then_some(hour)
}

fn read(body: &[u8]) -> Option<SignedHead> {
    let document: Document = serde_json::from_slice(body).ok()?;
    let head = Head {
        seq: document.seq,
        hash: document.hash.parse().ok()?,
        at: document.at.parse().ok()?,
    };
    let signature = BASE64_STANDARD.decode(document.signature).ok()?;
    Some(SignedHead { head, key_id: document.key_id, signature })
}

#[cfg(test)]
mod tests {
    use doorstep_domain::audit::chain::hour;

    use super::*;

    #[test]
    fn an_hour_has_one_name() {
        let at: Timestamp = "2027-01-31T23:59:59.999Z".parse().unwrap();
        assert_eq!(key(hour(at)), "audit/heads/2027/01/31/23.json");
        assert_eq!(named("audit/heads/2027/01/31/23.json"), Some(hour(at)));
        for wrong in ["audit/heads/2027/1/31/23.json", "audit/heads/x.json", "exports/a.json"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_head_is_none() {
        let good = r#"{"seq":1,"hash":"HASH","at":"2027-01-31T23:00:00Z","key_id":"k","signature":"AA=="}"#;
        let good = good.replace("HASH", &"0a".repeat(32));
        assert!(read(good.as_bytes()).is_some());
        for wrong in [b"".as_slice(), b"{}", good.replace("0a", "0A").as_bytes()] {
            assert_eq!(read(wrong), None);
        }
    }
}
