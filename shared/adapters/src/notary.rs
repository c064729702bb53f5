//! Signs the heads of the audit chain, without a signing key.
//!
//! KMS wraps a random key that nobody ever sees, and binds the head to it as encryption context
//! (AWS KMS Developer Guide, "Encryption context": it is authenticated, and the same one is
//! required to decrypt). The wrapped bytes are the signature: only who may wrap under `use: audit`
//! makes one, which is the job's role alone; who may unwrap can check it and make none. AWS's
//! trail of calls has each signing with the head in it: a second witness.

use std::collections::HashMap;

use aws_sdk_kms::{Client, error::ProvideErrorMetadata, primitives::Blob};
use doorstep_domain::{
    Fault, Mode,
    audit::chain::{Head, SignedHead},
    ports::Notary,
    store::Store,
};
use futures::future::try_join_all;

use crate::aws::{Aws, fault};

/// So many heads are checked at once.
const AT_ONCE: usize = 16;

/// The customer-managed key as a notary.
pub struct KmsNotary {
    client: Client,
    key: String,
}

impl KmsNotary {
    /// Works with this key, by id, alias or ARN.
    #[must_use]
    pub fn new(aws: &Aws, key: String) -> Self {
        let config = aws_sdk_kms::config::Builder::from(&aws.config).interceptor(aws.counter());
        Self { client: Client::from_conf(config.build()), key }
    }

    async fn is_genuine(&self, signed: &SignedHead) -> Result<bool, Fault> {
        if signed.signature.is_empty() {
            return Ok(false);
        }
        let opened = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(signed.signature.clone()))
            .set_encryption_context(Some(context(&signed.head)))
            .send()
            .await;
        match opened {
            Ok(_) => Ok(true),
            Err(e) => match e.code() {
                Some("InvalidCiphertextException" | "IncorrectKeyException") => Ok(false),
                _ => Err(fault("check a signed head", &e)),
            },
        }
    }
}

impl Notary for KmsNotary {
    async fn sign(&self, head: &Head) -> Result<SignedHead, Fault> {
        let answer = self
            .client
            .generate_data_key_without_plaintext()
            .key_id(&self.key)
            .number_of_bytes(32)
            .set_encryption_context(Some(context(head)))
            .send()
            .await
            .map_err(|e| fault("sign a head", &e))?;
        let signature = answer.ciphertext_blob.map(Blob::into_inner);
        let signature = signature.ok_or_else(|| Fault::corrupt("a signature is empty"))?;
        let key_id = answer.key_id.unwrap_or_else(|| self.key.clone());
        Ok(SignedHead { head: *head, key_id, signature })
    }

    async fn genuine(&self, heads: &[SignedHead]) -> Result<Vec<bool>, Fault> {
        let mut genuine = Vec::new();
        for some in heads.chunks(AT_ONCE) {
            genuine.extend(try_join_all(some.iter().map(|head| self.is_genuine(head))).await?);
        }
        Ok(genuine)
    }
}

/// What is signed. Roles may wrap and unwrap by `use`.
fn context(head: &Head) -> HashMap<String, String> {
    [
        ("store", Store::DEPLOYMENT.to_string()),
        ("mode", Mode::Live.to_string()),
        ("use", "audit".to_owned()),
        ("seq", head.seq.to_string()),
        ("hash", head.hash.to_string()),
        ("at", head.at.as_millisecond().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
