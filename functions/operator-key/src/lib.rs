#![doc = include_str!("../README.md")]

use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, History, Kind, Role},
    ports::{ApiKeys, Chance, Clock, Vault},
    token::PlainKey,
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// Makes an operator key and puts it into the vault; the answer names the secret.
///
/// # Errors
/// When storage or the vault is broken. A key whose secret was not kept opens nothing that anybody
/// could name.
pub async fn make(
    ports: &(impl ApiKeys + Clock + Chance),
    vault: &impl Vault,
) -> Result<String, Fault> {
    let plain = PlainKey::random(Kind::Secret, Mode::Live, ports);
    let key = ApiKey {
        id: plain.id().clone(),
        name: "operator".to_owned(),
        kind: Kind::Secret,
        mode: Mode::Live,
        store: None,
        role: Some(Role::Operator),
        scopes: Role::Operator.scopes().iter().copied().collect(),
        digest: plain.digest(),
        created_at: ports.now(),
        expires_at: None,
        history: History::default(),
    };
    ports.create(&key).await?;
    vault.put(&plain).await
}

/// Serves until Lambda stops.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve(ports: impl ApiKeys + Clock + Chance, vault: impl Vault) -> Result<(), Error> {
    let (ports, vault) = (&ports, &vault);
    lambda_runtime::run(service_fn(move |_: LambdaEvent<Value>| async move {
        let secret_id = make(ports, vault).await.map_err(|fault| Error::from(fault.what))?;
        Ok::<_, Error>(json!({"secret_id": secret_id}))
    }))
    .await
}
