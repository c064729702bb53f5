//! The guards' records.

use doorstep_domain::{
    Fault,
    guard::{Replaced, Slate, SlateKey},
    id::SignupId,
    keys::DataKeys,
    ports::{Attempts, Slates},
    signup::RegistrationAttempt,
};

use super::Memory;

impl Slates for Memory {
    async fn look(
        &self,
        signup: Option<(&DataKeys, SignupId)>,
        wanted: &[SlateKey],
    ) -> Result<(Option<RegistrationAttempt>, Vec<Slate>), Fault> {
        self.others_first().await;
        let attempt = match signup {
            Some((keys, id)) => Attempts::find(self, keys, id).await?,
            None => None,
        };
        let tables = self.tables();
        let known = |key| tables.slates.get(key).cloned().unwrap_or(Slate::EMPTY);
        Ok((attempt, wanted.iter().map(known).collect()))
    }

    async fn replace(
        &self,
        key: &SlateKey,
        slate: &Slate,
        news: Option<&'static str>,
    ) -> Result<Replaced, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let known = tables.slates.get(key).cloned().unwrap_or(Slate::EMPTY);
        if known.revision + 1 != slate.revision {
            return Ok(Replaced::Conflict(known));
        }
        tables.slates.insert(key.clone(), slate.clone());
        tables.events.extend(news.map(|news| format!("news/{news}")));
        Ok(Replaced::Yes)
    }
}
