//! Leave for sensitive calls.

use doorstep_domain::{
    access::Scope,
    audit::Action,
    nonce::issue,
    ports::{Backlog, KeyRing, Roots},
};
use doorstep_edge::{Answer, Call, Problem};
use serde_json::json;

use crate::{Ports, StoreRoutes};

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    /// Makes a nonce for an action that the key may do. That it is used or refused is written
    /// down; that it was asked for is not.
    pub(crate) async fn create_nonce(&self, call: &Call) -> Result<Answer, Problem> {
        // Each action needs one of these: whoever has none is told before the body is read.
        let has = |scope| call.key(scope).is_ok();
        if !has(Scope::KeysWrite) && !has(Scope::PrivacyWrite) {
            call.key(Scope::StoresWrite)?;
        }
        let mut body = call.json()?;
        if !body.has_value("action") {
            body.wrong("action", "is required");
        }
        let names: Vec<_> = Action::NONCED.iter().map(|action| action.as_str()).collect();
        let known = |name: &str| name.parse().ok().filter(|it| Action::NONCED.contains(it));
        let action: Option<Action> =
            body.parsed("action", &format!("one of {}", names.join(", ")), known);
        body.finish()?;
        let action = action.ok_or_else(|| Problem::invalid("/action", "is required"))?;
        let key = call.key(action.scope())?;
        let (nonce, expires_at) = issue(&*self.ports, key, action).await?;
        let expires_at = expires_at.to_string();
        Ok(Answer::json(201, json!({"nonce": nonce.expose(), "expires_at": expires_at})))
    }
}
