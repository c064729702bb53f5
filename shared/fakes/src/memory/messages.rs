//! Messages.

use doorstep_domain::{
    Fault, Mode,
    carrier::CarrierName,
    id::{MessageId, StoreId},
    keys::DataKeys,
    message::{Claim, Claimed, DeliveryReceipt, Message, MessageStatus, ReceiptTaken, Step},
    ports::Messages,
};
use jiff::Timestamp;

use super::Memory;

/// A message, the carrier that has it, and until when its claim holds.
pub(super) struct Stored {
    message: Message,
    carrier: CarrierName,
    until: Timestamp,
}

impl Messages for Memory {
    async fn find(&self, keys: &DataKeys, ids: &[MessageId]) -> Result<Vec<Message>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let found = ids.iter().filter_map(|id| tables.messages.get(&(keys.scope(), *id)));
        Ok(found.map(|stored| stored.message.clone()).collect())
    }

    async fn claim(&self, keys: &DataKeys, claim: &Claim) -> Result<Claimed, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let unclaimed = || {
            let (id, signup, leg) = (claim.id, claim.signup, claim.leg);
            let status = MessageStatus::Queued;
            let message = Message { id, signup, status, leg, take: 0, history: Vec::new() };
            Stored { message, carrier: claim.carrier, until: claim.at }
        };
        let Stored { message, carrier, until } =
            tables.messages.entry((keys.scope(), claim.id)).or_insert_with(unclaimed);
        if message.leg != claim.leg || message.status.rank() > MessageStatus::Sending.rank() {
            return Ok(Claimed::Done);
        }
        if message.status == MessageStatus::Sending && *until > claim.at {
            return Ok(Claimed::Held);
        }
        message.status = MessageStatus::Sending;
        message.take += 1;
        (*until, *carrier) = (claim.until, claim.carrier);
        Ok(Claimed::Yes(message.clone()))
    }

    async fn settle(&self, keys: &DataKeys, message: &Message, step: &Step) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let found = tables.messages.get_mut(&(keys.scope(), message.id)).unwrap();
        let stored = &mut found.message;
        let (happening, next) = match step {
            Step::Sent { happening, .. } | Step::Again(happening) | Step::End(happening) => {
                (happening, None)
            }
            Step::NextCarrier { happening, carrier } => (happening, Some(carrier)),
        };
        stored.history.push(happening.clone());
        let claim = (MessageStatus::Sending, message.leg, message.take);
        if (stored.status, stored.leg, stored.take) != claim {
            return Ok(());
        }
        stored.status = happening.status;
        if let Some(carrier) = next {
            stored.leg += 1;
            stored.take = 0;
            found.carrier = *carrier;
            let event = format!("send/{}/{}", carrier.as_str(), message.id.signup().1);
            tables.events.push(event);
        }
        Ok(())
    }

    async fn receive(
        &self,
        store: StoreId,
        mode: Mode,
        id: MessageId,
        receipt: &DeliveryReceipt,
    ) -> Result<ReceiptTaken, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let Some(found) = tables.messages.get_mut(&((store, mode), id)) else {
            return Ok(ReceiptTaken::NotYet);
        };
        let stored = &mut found.message;
        let others = receipt.happening.carrier.is_some_and(|carrier| carrier != found.carrier);
        let old = stored.status.rank() >= receipt.happening.status.rank();
        if old || (others && !receipt.is_good()) {
            return Ok(ReceiptTaken::Ignored);
        }
        stored.status = receipt.happening.status;
        stored.history.push(receipt.happening.clone());
        Ok(ReceiptTaken::Applied)
    }
}
