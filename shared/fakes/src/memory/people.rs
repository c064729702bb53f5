//! Shoppers whom a store brings along.

use doorstep_domain::{
    Fault,
    id::UserId,
    keys::{DataKeys, ExternalIndex, PhoneIndex},
    ports::People,
    user::{Brought, Customer, User},
};

use super::Memory;

impl People for Memory {
    async fn reserve(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        candidate: UserId,
    ) -> Result<UserId, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        Ok(*record.user.get_or_insert(candidate))
    }

    async fn bring(&self, keys: &DataKeys, brought: &Brought) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        if tables.let_go.contains(&(keys.scope(), brought.id)) {
            return Ok(());
        }
        let known = tables.users.entry((keys.scope(), brought.id));
        let known = known.or_insert_with(|| User {
            id: brought.id,
            phone: brought.phone.clone(),
            customer: Customer::default(),
            verified_at: None,
            first_verified_at: None,
            signup: None,
            brought_at: None,
        });
        known.brought_at.get_or_insert(brought.at);
        let external_id = &mut known.customer.external_id;
        *external_id = external_id.take().or_else(|| brought.external_id.clone());
        Ok(())
    }

    async fn known_as(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
    ) -> Result<Vec<UserId>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let own = tables.users.iter().filter(|((scope, _), user)| {
            let index = user.customer.external_id.as_ref().map(|id| keys.external_index(id));
            *scope == keys.scope() && index.as_ref() == Some(customer)
        });
        Ok(own.map(|((_, id), _)| *id).take(100).collect())
    }
}
