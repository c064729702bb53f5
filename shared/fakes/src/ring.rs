//! A key service that wraps nothing: every store's roots are the same.

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    id::StoreId,
    keys::{CodeKeys, DataKeys, RootUse},
    ports::{KeyRing, Roots},
    store::Store,
};

use crate::sample::{keys_of, roots};

/// Makes roots, and the keys of the samples, for any store.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ring;

impl Roots for Ring {
    async fn make(&self, _: StoreId, _: Mode, usage: RootUse) -> Result<Vec<u8>, Fault> {
        Ok(usage.as_str().as_bytes().to_vec())
    }
}

impl KeyRing for Ring {
    async fn data(&self, store: &Store, mode: Mode) -> Result<Arc<DataKeys>, Fault> {
        Ok(Arc::new(keys_of(store.id, mode)))
    }

    async fn codes(&self, store: &Store, mode: Mode) -> Result<Arc<CodeKeys>, Fault> {
        Ok(Arc::new(CodeKeys::new(store.id, mode, &roots(2))))
    }
}
