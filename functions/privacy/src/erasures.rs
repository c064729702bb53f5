//! `DELETE /users/{id}`: a person is forgotten.

use doorstep_domain::{
    access::Scope,
    erase::{Erasure, begin, request},
    id::UserId,
    ports::{
        Archive, Audit, Chance, Clock, KeyRing, Ledger, Nonces, Phones, Rights, Stores, Subjects,
        Suppressions, Users,
    },
};
use doorstep_edge::{Answer, Call, Problem, audit};
use serde_json::json;

use crate::keys_of;

/// What erasures need of storage.
pub trait Ports:
    Rights
    + Users
    + Phones
    + Suppressions
    + Subjects
    + Ledger
    + Stores
    + Nonces
    + Audit
    + Clock
    + Chance
{
}
impl<P> Ports for P where
    P: Rights
        + Users
        + Phones
        + Suppressions
        + Subjects
        + Ledger
        + Stores
        + Nonces
        + Audit
        + Clock
        + Chance
{
}

/// The job is kept with the erasure in one write; then the journal knows, the ledger ends and the
/// number is let go, so that nothing goes out once this is answered, and who signs up then is
/// somebody new. What breaks in between, the job does.
pub(crate) async fn start(
    ports: &impl Ports,
    (ring, bucket): (&impl KeyRing, &impl Archive),
    call: &Call,
) -> Result<Answer, Problem> {
    let scope = call.store(Scope::PrivacyWrite)?;
    let user: UserId = call.id("id")?;
    let keys = keys_of(ports, ring, scope).await?;
    let asked = request(ports, &keys, user, ports.now()).await?;
    let erasure = asked.ok_or_else(Problem::not_found)?;
    if erasure.erased_at.is_none() {
        audit::sensitive(ports, call, Some(scope.0), &user.to_string()).await?;
        ports.ask_erasure(&keys, &erasure, &call.trace).await?;
        begin(ports, bucket, &keys, &erasure).await?;
    }
    Ok(Answer::json(202, view(&erasure)))
}

fn view(erasure: &Erasure) -> serde_json::Value {
    let mut view = json!({
        "id": erasure.user.to_string(),
        "status": if erasure.erased_at.is_some() { "erased" } else { "running" },
        "requested_at": erasure.requested_at.to_string(),
        "due_at": erasure.due_at.to_string(),
    });
    if let Some(at) = erasure.erased_at {
        view["erased_at"] = at.to_string().into();
    }
    view
}
