//! Who is the only one for a while: one item a lease.

use doorstep_domain::{Fault, Mode, lease::Lease, ports::Leases, store::Store};

use super::{
    Table,
    item::{millis, number, pk, text},
};

impl Leases for Table {
    async fn hold(&self, lease: &Lease) -> Result<bool, Fault> {
        let hold = self
            .update(&key(lease))
            .update_expression("SET #owner = :owner, #until = :until")
            .condition_expression("attribute_not_exists(pk) OR #owner = :owner OR #until <= :now")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":owner", text(&lease.owner))
            .expression_attribute_values(":until", millis(lease.until))
            .expression_attribute_values(":now", millis(lease.at));
        self.change("hold a lease", hold).await
    }

    async fn give_back(&self, lease: &Lease) -> Result<(), Fault> {
        let give_back = self
            .update(&key(lease))
            .update_expression("SET #until = :free")
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":owner", text(&lease.owner))
            .expression_attribute_values(":free", number(0));
        self.change("give a lease back", give_back).await.map(drop)
    }
}

fn key(lease: &Lease) -> String {
    pk((Store::DEPLOYMENT, Mode::Live), "LSE", &lease.name)
}
