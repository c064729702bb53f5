//! Codes that a hundred failures in a row disabled for a number.

use doorstep_domain::{
    access::Scope,
    enable::enable,
    phone::PhoneNumber,
    ports::{Backlog, KeyRing, Roots},
};
use doorstep_edge::{Answer, Call, Problem, audit};

use crate::{Ports, StoreRoutes, deployment_wide};

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    /// Lets codes be tried again. Only the operator may: who owns the store may be who guesses. The
    /// answer does not tell whether they were disabled.
    pub(crate) async fn enable_codes(&self, call: &Call) -> Result<Answer, Problem> {
        deployment_wide(call, Scope::LeversWrite)?;
        let (id, mode) = call.store(Scope::LeversWrite)?;
        let store = self.find(id).await?;
        let mut body = call.json()?;
        let country = store.settings.country;
        let phone = body.parsed("phone", "a phone number of this mode", |text| {
            PhoneNumber::parse(text, country, mode).ok()
        });
        body.require("phone", phone.is_none());
        body.finish()?;
        let phone = phone.ok_or_else(|| Problem::invalid("/phone", "is required"))?;
        let keys = self.kms.data(&store, mode).await?;
        audit::done(&*self.ports, call, Some(id), "").await?;
        if !enable(&*self.ports, &keys, &keys.phone_index(&phone)).await? {
            return Err(Problem::busy());
        }
        let line = ("codes", "enabled", "codes may be tried again for a number".to_owned());
        self.noted((id, mode), line, self.ports.now()).await?;
        Ok(Answer::empty())
    }
}
