#![doc = include_str!("../README.md")]

use doorstep_domain::{
    Fault, Mode,
    access::{ApiKey, History, Kind, Role},
    audit::{Action, AuditEntry, Outcome},
    id::AuditId,
    ports::{ApiKeys, Audit, Chance, Clock, Vault},
    store::Store,
    token::PlainKey,
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// Makes an operator key and puts it into the vault; the answer names the secret. The audit log
/// has it first.
///
/// # Errors
/// When storage or the vault is broken. A key whose secret was not kept opens nothing that anybody
/// could name.
pub async fn make(
    ports: &(impl ApiKeys + Audit + Clock + Chance),
    vault: &impl Vault,
    request_id: &str,
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
    ports.record(&entry(ports, &key, request_id)).await?;
    ports.create(&key).await?;
    vault.put(&plain).await
}

/// Nobody's key made it: who invoked the function is in AWS's trail.
fn entry(ports: &(impl Clock + Chance), key: &ApiKey, request_id: &str) -> AuditEntry {
    AuditEntry {
        id: AuditId::random(ports),
        at: key.created_at,
        store: Store::DEPLOYMENT,
        mode: key.mode,
        actor: None,
        role: None,
        action: Action::ApiKeyCreate,
        target: Some(key.id.to_string()),
        outcome: Outcome::Done,
        code: None,
        network: None,
        request_id: request_id.to_owned(),
        suppressed: 0,
    }
}

/// Serves until Lambda stops.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve(
    ports: impl ApiKeys + Audit + Clock + Chance,
    vault: impl Vault,
) -> Result<(), Error> {
    let (ports, vault) = (&ports, &vault);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let made = make(ports, vault, &event.context.request_id).await;
        let secret_id = made.map_err(|fault| Error::from(fault.what))?;
        Ok::<_, Error>(json!({"secret_id": secret_id}))
    }))
    .await
}
