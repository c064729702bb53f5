//! Users.

use doorstep_domain::{Fault, id::UserId, keys::DataKeys, ports::Users, user::User};

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
