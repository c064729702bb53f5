//! The test mode of a store.

use doorstep_domain::{Fault, Mode, keys::DataKeys, ports::Sandbox};

use super::Memory;

impl Sandbox for Memory {
    async fn forget(&self, keys: &DataKeys) -> Result<(), Fault> {
        let scope = keys.scope();
        if scope.1 != Mode::Test {
            return Err(Fault::corrupt("live state is not forgotten"));
        }
        self.others_first().await;
        let mut tables = self.tables();
        tables.attempts.retain(|(of, _), _| *of != scope);
        tables.phones.retain(|(of, _), _| *of != scope);
        tables.messages.retain(|(of, _), _| *of != scope);
        tables.users.retain(|(of, _), _| *of != scope);
        tables.complaints.retain(|(of, _), _| *of != scope);
        tables.asked.forget_exports_of(scope);
        Ok(())
    }
}
