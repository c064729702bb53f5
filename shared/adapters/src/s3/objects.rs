//! Objects as the sweep looks at them: names and times.

use doorstep_domain::{Fault, ports::Objects};
use jiff::Timestamp;

use super::Bucket;
use crate::aws::fault;

impl Objects for Bucket {
    async fn objects(&self, prefix: &str) -> Result<Vec<(String, Timestamp)>, Fault> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .list_objects_v2()
                .bucket(&self.name)
                .prefix(prefix)
                .set_continuation_token(after)
                .send()
                .await
                .map_err(|e| fault("list objects", &e))?;
            found.extend(page.contents().iter().filter_map(|object| {
                let put_at = Timestamp::from_second(object.last_modified()?.secs()).ok()?;
                Some((object.key()?.to_owned(), put_at))
            }));
            after = page.next_continuation_token;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    async fn remove(&self, name: &str) -> Result<(), Fault> {
        let call = self.client.delete_object().bucket(&self.name).key(name);
        call.send().await.map_err(|e| fault("remove an object", &e))?;
        Ok(())
    }
}
