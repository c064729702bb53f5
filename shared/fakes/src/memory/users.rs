//! Users.

use doorstep_domain::{
    Fault,
    id::UserId,
    keys::DataKeys,
    ports::Users,
    user::{Customer, Registration, User},
};

use super::{Memory, Scope, Tables};

impl Users for Memory {
    async fn find(&self, keys: &DataKeys, id: UserId) -> Result<Option<User>, Fault> {
        self.others_first().await;
        Ok(self.tables().users.get(&(keys.scope(), id)).cloned())
    }
}

impl Tables {
    /// Writes a user down: what this sign-up does not tell stays as it was.
    pub(super) fn register_user(&mut self, scope: Scope, registration: &Registration) {
        let Registration { user: id, signup, at, .. } = *registration;
        let told = registration.customer.clone();
        let known = self.users.remove(&(scope, id));
        let first = known.as_ref().and_then(|known| known.first_verified_at);
        let brought_at = known.as_ref().and_then(|known| known.brought_at);
        let before = known.map(|known| known.customer).unwrap_or_default();
        let user = User {
            id,
            phone: registration.verified.phone().clone(),
            customer: Customer {
                external_id: told.external_id.or(before.external_id),
                name: told.name.or(before.name),
                email: told.email.or(before.email),
            },
            verified_at: Some(at),
            first_verified_at: first.or(Some(at)),
            signup: Some(signup),
            brought_at,
        };
        self.users.insert((scope, id), user);
    }
}
