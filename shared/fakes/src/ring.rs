//! A key service that wraps nothing: every store's roots are the same.

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    audit::chain::{Head, SignedHead},
    id::StoreId,
    keys::{CodeKeys, DataKeys, RootUse},
    ports::{KeyRing, Notary, Roots},
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

/// Its signatures say what they are for: nobody in a test forges one.
fn signature(head: &Head) -> Vec<u8> {
    format!("signed {head:?}").into_bytes()
}

impl Notary for Ring {
    async fn sign(&self, head: &Head) -> Result<SignedHead, Fault> {
        Ok(SignedHead { head: *head, key_id: "ring".to_owned(), signature: signature(head) })
    }

    async fn genuine(&self, heads: &[SignedHead]) -> Result<Vec<bool>, Fault> {
        Ok(heads.iter().map(|signed| signed.signature == signature(&signed.head)).collect())
    }
}
