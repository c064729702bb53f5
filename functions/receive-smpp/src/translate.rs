//! What an SMPP carrier hands over, in the words of all carriers.

use doorstep_domain::{
    hear::{CarrierReceipt, Heard, InboundText},
    ports::Chance,
};
use doorstep_smpp::Delivery;

/// A receipt names the carrier's id and tells its times without a zone, so that it has none. A
/// text has no id at all and gets one by chance: one that the carrier hands over twice is dealt
/// with twice, which STOP, START and HELP allow, and two equal texts are never taken for one.
pub(crate) fn heard(delivery: Delivery, chance: &impl Chance) -> Heard {
    match delivery {
        Delivery::Receipt(receipt) => Heard::Receipt(CarrierReceipt {
            carrier_message_id: Some(receipt.carrier_message_id),
            message: None,
            status: receipt.status,
            class: receipt.class,
            code: receipt.code,
            price: None,
            at: None,
        }),
        Delivery::Inbound(inbound) => {
            let mut id = [0; 16];
            chance.fill(&mut id);
            Heard::Text(InboundText {
                id: format!("{:032x}", u128::from_be_bytes(id)),
                from: inbound.from,
                to: inbound.to,
                text: inbound.text,
            })
        }
    }
}
