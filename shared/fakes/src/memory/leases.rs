//! Who is the only one for a while.

use doorstep_domain::{Fault, lease::Lease, ports::Leases};

use super::Memory;

impl Leases for Memory {
    async fn hold(&self, lease: &Lease) -> Result<bool, Fault> {
        self.others_first().await;
        let leases = &mut self.tables().leases;
        let known = leases.get(&lease.name);
        let free = known.is_none_or(|it| it.owner == lease.owner || it.until <= lease.at);
        if free {
            leases.insert(lease.name.clone(), lease.clone());
        }
        Ok(free)
    }

    async fn give_back(&self, lease: &Lease) -> Result<(), Fault> {
        self.others_first().await;
        let leases = &mut self.tables().leases;
        if leases.get(&lease.name).is_some_and(|it| it.owner == lease.owner) {
            leases.remove(&lease.name);
        }
        Ok(())
    }
}
