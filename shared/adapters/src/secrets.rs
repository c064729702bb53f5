//! Secrets Manager: where the first operator key goes.

use aws_sdk_secretsmanager::Client;
use doorstep_domain::{Fault, ports::Vault, token::PlainKey};

use crate::aws::{Aws, fault};

/// One secret.
pub struct Secret {
    client: Client,
    id: String,
}

impl Secret {
    /// Works with the secret of this name or ARN.
    #[must_use]
    pub fn new(aws: &Aws, id: String) -> Self {
        let config = aws_sdk_secretsmanager::config::Builder::from(&aws.config);
        Self { client: Client::from_conf(config.interceptor(aws.counter()).build()), id }
    }
}

impl Secret {
    /// What it says.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub async fn read(&self) -> Result<String, Fault> {
        let call = self.client.get_secret_value().secret_id(&self.id);
        let found = call.send().await.map_err(|e| fault("read a secret", &e))?;
        let text = found.secret_string.ok_or_else(|| Fault::new("read a secret", "no_text"))?;
        Ok(text)
    }
}

impl Vault for Secret {
    async fn put(&self, key: &PlainKey) -> Result<String, Fault> {
        let call = self.client.put_secret_value().secret_id(&self.id).secret_string(key.expose());
        call.send().await.map_err(|e| fault("keep the operator key", &e))?;
        Ok(self.id.clone())
    }
}
