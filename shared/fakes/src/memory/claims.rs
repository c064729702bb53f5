//! What only one store may have.

use doorstep_domain::{
    Fault,
    account::{Holder, Unique},
    ports::Claims,
};

use super::Memory;

impl Claims for Memory {
    async fn holder(&self, what: &Unique) -> Result<Option<Holder>, Fault> {
        self.others_first().await;
        Ok(self.tables().claims.get(what).copied())
    }

    async fn claim(&self, what: &Unique, holder: Holder) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        Ok(*tables.claims.entry(what.clone()).or_insert(holder) == holder)
    }

    async fn release(&self, what: &Unique, holder: Holder) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        if tables.claims.get(what) == Some(&holder) {
            tables.claims.remove(what);
        }
        Ok(())
    }
}
