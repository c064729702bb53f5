//! Links that shoppers follow.

use doorstep_domain::{
    Fault,
    id::{SignupId, UserId},
    keys::{DataKeys, PhoneIndex},
    ports::Confirmations,
    signup::{State, Tried},
};

use super::Memory;

impl Confirmations for Memory {
    async fn try_match(&self, keys: &DataKeys, id: SignupId, tried: &Tried) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let Some(stored) = tables.attempts.get_mut(&(keys.scope(), id)) else { return Ok(false) };
        if stored.state != State::Pending {
            return Ok(false);
        }
        let taken = stored.tried.get_or_insert_with(|| tried.clone());
        Ok(taken.what == tried.what)
    }

    async fn prove(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        user: UserId,
    ) -> Result<UserId, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        record.row = 0;
        record.revision += 1;
        Ok(*record.user.get_or_insert(user))
    }
}
