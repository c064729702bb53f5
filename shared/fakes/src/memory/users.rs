//! Users, and what they agreed to.

use doorstep_domain::{
    Fault,
    consent::{ConsentState, Said},
    id::UserId,
    keys::DataKeys,
    ports::{Ledger, Users},
    user::User,
};

use super::Memory;

impl Users for Memory {
    async fn find(&self, keys: &DataKeys, id: UserId) -> Result<Option<User>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let signup = tables.users.get(&(keys.scope(), id));
        let attempt = signup.and_then(|signup| tables.attempts.get(&(keys.scope(), *signup)));
        Ok(attempt.map(|attempt| User { id, phone: attempt.phone.clone() }))
    }
}

impl Ledger for Memory {
    async fn state(&self, keys: &DataKeys, user: UserId) -> Result<ConsentState, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let own = tables
            .consents
            .iter()
            .filter(|(scope, entry)| *scope == keys.scope() && entry.user == user);
        let said = own.map(|(_, entry)| Said {
            purpose: entry.asked.purpose.clone(),
            channel: entry.asked.channel.clone(),
            granted: entry.asked.granted,
            at: entry.occurred_at,
        });
        Ok(ConsentState(said.collect()))
    }
}
