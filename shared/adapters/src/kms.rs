//! Roots, wrapped and unwrapped by KMS.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_kms::{Client, primitives::Blob};
use doorstep_domain::{
    Fault, Mode,
    id::StoreId,
    keys::{CodeKeys, DataKeys, Root, RootUse},
    ports::{KeyRing, Roots},
    seal::KeyVersion,
    store::Store,
};
use futures::future::try_join_all;
use jiff::SignedDuration;

use crate::{
    aws::{Aws, fault},
    cache::Cache,
};

/// How long unwrapped keys stay in memory, and for how many uses.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
const USES: u32 = 10_000;

type Slot = (StoreId, Mode, usize);

/// The one customer-managed key.
pub struct Kms {
    client: Client,
    key: String,
    data: Cache<Slot, Arc<DataKeys>>,
    codes: Cache<Slot, Arc<CodeKeys>>,
}

impl Kms {
    /// Works with this key, by id, alias or ARN.
    #[must_use]
    pub fn new(aws: &Aws, key: String) -> Self {
        let config = aws_sdk_kms::config::Builder::from(&aws.config).interceptor(aws.counter());
        let client = Client::from_conf(config.build());
        Self { client, key, data: Cache::new(LIFE, USES), codes: Cache::new(LIFE, USES) }
    }

    async fn unwrap(
        &self,
        store: &Store,
        mode: Mode,
        usage: RootUse,
    ) -> Result<Vec<(KeyVersion, Root)>, Fault> {
        let context = context(store.id, mode, usage);
        try_join_all(store.roots(mode, usage).map(|root| {
            let call = self
                .client
                .decrypt()
                .key_id(&self.key)
                .ciphertext_blob(Blob::new(root.wrapped.clone()))
                .set_encryption_context(Some(context.clone()));
            async move {
                let answer = call.send().await.map_err(|e| fault("unwrap a root", &e))?;
                let plain = answer.plaintext.map(Blob::into_inner).unwrap_or_default();
                let bytes =
                    plain.try_into().map_err(|_| Fault::corrupt("a root has not 32 bytes"))?;
                Ok((root.version, Root::new(bytes)))
            }
        }))
        .await
    }
}

impl Roots for Kms {
    async fn make(&self, store: StoreId, mode: Mode, usage: RootUse) -> Result<Vec<u8>, Fault> {
        let answer = self
            .client
            .generate_data_key_without_plaintext()
            .key_id(&self.key)
            .number_of_bytes(32)
            .set_encryption_context(Some(context(store, mode, usage)))
            .send()
            .await
            .map_err(|e| fault("make a root", &e))?;
        answer
            .ciphertext_blob
            .map(Blob::into_inner)
            .ok_or_else(|| Fault::corrupt("a root is empty"))
    }
}

impl KeyRing for Kms {
    async fn data(&self, store: &Store, mode: Mode) -> Result<Arc<DataKeys>, Fault> {
        let slot = (store.id, mode, store.roots.len());
        if let Some(keys) = self.data.get(&slot) {
            return Ok(keys);
        }
        let roots = self.unwrap(store, mode, RootUse::Data).await?;
        let keys = DataKeys::new(store.id, mode, &roots, store.indexing)
            .ok_or_else(|| Fault::corrupt("a store's indexing version has no root"))?;
        let keys = Arc::new(keys);
        self.data.put(slot, Arc::clone(&keys));
        Ok(keys)
    }

    async fn codes(&self, store: &Store, mode: Mode) -> Result<Arc<CodeKeys>, Fault> {
        let slot = (store.id, mode, store.roots.len());
        if let Some(keys) = self.codes.get(&slot) {
            return Ok(keys);
        }
        let roots = self.unwrap(store, mode, RootUse::Codes).await?;
        let keys = Arc::new(CodeKeys::new(store.id, mode, &roots));
        self.codes.put(slot, Arc::clone(&keys));
        Ok(keys)
    }
}

/// The encryption context: roles may unwrap by `use`, and `messages` by `mode` as well.
fn context(store: StoreId, mode: Mode, usage: RootUse) -> HashMap<String, String> {
    [("store", store.to_string()), ("mode", mode.to_string()), ("use", usage.as_str().to_owned())]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}
