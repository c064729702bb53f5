//! What the routes of all these tests know of carriers.

use doorstep_adapters::carriers::shape_fields;
use doorstep_domain::{
    Fault,
    carrier::CarrierName,
    egress::Reach,
    ports::{Backlog, Parked},
};
use stores::AnyShape;

/// As a deployment has it.
pub(crate) const ANY_SHAPE: AnyShape = AnyShape { reach: Reach::Internet, fields: shape_fields };

/// Three texts wait for Twilio, and one is dead.
pub(crate) struct Waiting;

impl Backlog for Waiting {
    async fn parked(&self, carrier: CarrierName) -> Result<Parked, Fault> {
        let is_twilio = carrier == CarrierName::Twilio;
        Ok(if is_twilio { Parked { queued: 3, dead: 1 } } else { Parked { queued: 0, dead: 0 } })
    }
}
