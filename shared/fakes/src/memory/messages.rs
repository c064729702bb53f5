//! Messages.

use doorstep_domain::{
    Fault, Mode,
    carrier::{CarrierName, Channel},
    health::Observation,
    id::{MessageId, SignupId, StoreId},
    keys::DataKeys,
    message::{
        About, AccountRef, CarrierMessageId, Claim, Claimed, DeliveryReceipt, Happening, Letter,
        Linked, Message, MessageStatus, ReceiptTaken, Step,
    },
    phone::Region,
    ports::{Links, Messages},
    watch::{Noticed, reported},
};
use jiff::Timestamp;

use super::{Memory, Scope, Tables};

/// A message, the carrier that has it, the accounts that it went by, and until when its claim
/// holds.
pub(super) struct Stored {
    pub(super) message: Message,
    carrier: CarrierName,
    accounts: Vec<AccountRef>,
    until: Timestamp,
    region: Region,
}

impl Stored {
    /// What its newest line tells of its carrier: in live mode, of texts.
    fn reported(&self, mode: Mode) -> Option<Noticed> {
        let watched = mode == Mode::Live && self.message.channel == Channel::Sms;
        let seen = watched.then(|| reported(self.region, &self.message.history)).flatten();
        seen.map(Noticed::Seen)
    }
}

/// The message of a carrier's own id, or the receipts that came before anybody knew.
#[derive(Default)]
pub(super) struct Link {
    message: Option<(Scope, MessageId)>,
    early: Vec<DeliveryReceipt>,
}

impl Links for Memory {
    async fn link(
        &self,
        theirs: &CarrierMessageId,
        scope: (StoreId, Mode),
        message: MessageId,
    ) -> Result<Vec<DeliveryReceipt>, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let link = tables.links.entry(theirs.clone()).or_default();
        link.message = Some((scope, message));
        Ok(link.early.clone())
    }

    async fn note_receipt(
        &self,
        theirs: &CarrierMessageId,
        receipt: &DeliveryReceipt,
    ) -> Result<Linked, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let link = tables.links.entry(theirs.clone()).or_default();
        if let Some(((store, mode), message)) = link.message {
            return Ok(Linked::To(store, mode, message));
        }
        if link.early.len() < 10 {
            link.early.push(receipt.clone());
        }
        Ok(Linked::NotYet)
    }
}

impl Messages for Memory {
    async fn write(&self, keys: &DataKeys, id: MessageId, letter: &Letter) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        if tables.messages.contains_key(&(keys.scope(), id)) {
            return Ok(false);
        }
        tables.post(keys.scope(), id, letter);
        Ok(true)
    }

    async fn find(&self, keys: &DataKeys, ids: &[MessageId]) -> Result<Vec<Message>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let found = ids.iter().filter_map(|id| tables.messages.get(&(keys.scope(), *id)));
        Ok(found.map(|stored| stored.message.clone()).collect())
    }

    async fn claim(&self, keys: &DataKeys, claim: &Claim) -> Result<Claimed, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), claim.id);
        if let (Some(signup), false) = (claim.signup, tables.messages.contains_key(&key)) {
            tables.messages.insert(key, unclaimed(claim, signup));
        }
        let Some(stored) = tables.messages.get_mut(&key) else {
            return Ok(Claimed::Done);
        };
        let Stored { message, carrier, accounts, until, .. } = stored;
        if message.leg != claim.leg || message.status.rank() > MessageStatus::Sending.rank() {
            return Ok(Claimed::Done);
        }
        if message.status == MessageStatus::Sending && *until > claim.at {
            return Ok(Claimed::Held);
        }
        message.status = MessageStatus::Sending;
        message.take += 1;
        (*until, *carrier) = (claim.until, claim.carrier);
        accounts.push(claim.account.clone());
        Ok(Claimed::Yes(message.clone()))
    }

    async fn settle(
        &self,
        keys: &DataKeys,
        message: &Message,
        step: &Step,
        seen: Option<&Observation>,
    ) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        tables.noticed.extend(seen.copied().map(Noticed::Seen));
        let found = tables.messages.get_mut(&(keys.scope(), message.id)).unwrap();
        let stored = &mut found.message;
        let (happening, next) = match step {
            Step::Sent { happening, .. }
            | Step::Wait { happening, .. }
            | Step::Again(happening)
            | Step::End(happening) => (happening, None),
            Step::NextCarrier { happening, carrier } => (happening, Some(carrier)),
        };
        stored.history.push(happening.clone());
        let claim = (MessageStatus::Sending, message.leg, message.take);
        if (stored.status, stored.leg, stored.take) != claim {
            return Ok(());
        }
        stored.status = happening.status;
        if let (Step::Wait { until, expires, .. }, About::Letter(letter)) =
            (step, &mut stored.about)
        {
            (letter.send_after, letter.expires_at) = (Some(*until), *expires);
            (stored.leg, stored.take) = (0, 0);
            found.carrier = letter.route[0];
            tables.events.push("hold".to_owned());
        } else if let Some(carrier) = next {
            stored.leg += 1;
            stored.take = 0;
            found.carrier = *carrier;
            tables.events.push(event(message, *carrier));
        }
        Ok(())
    }

    async fn hand_on(
        &self,
        keys: &DataKeys,
        message: &Message,
        (carrier, _): (CarrierName, &str),
        happening: &Happening,
    ) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let unclaimed = || Stored {
            message: Message { history: Vec::new(), ..message.clone() },
            carrier,
            accounts: Vec::new(),
            until: happening.at,
            region: Region::GB,
        };
        let found = tables.messages.entry((keys.scope(), message.id)).or_insert_with(unclaimed);
        let stored = &mut found.message;
        let held = stored.status == MessageStatus::Sending && found.until > happening.at;
        if stored.leg != message.leg || stored.status.is_final() || held {
            return Ok(());
        }
        (stored.status, stored.take) = (happening.status, 0);
        stored.leg += 1;
        stored.history.push(happening.clone());
        found.carrier = carrier;
        let noticed = found.reported(keys.scope().1);
        tables.noticed.extend(noticed);
        tables.events.push(event(message, carrier));
        Ok(())
    }

    async fn release(&self, keys: &DataKeys, message: &Message) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let found = tables.messages.get(&(keys.scope(), message.id));
        let waits = found.is_some_and(|stored| {
            let stored = &stored.message;
            (stored.status, stored.leg, stored.take) == (MessageStatus::Queued, 0, 0)
        });
        if let (true, About::Letter(letter)) = (waits, &message.about) {
            tables.events.push(event(message, letter.route[0]));
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
            return Ok(ReceiptTaken::Gone);
        };
        let stored = &mut found.message;
        let others = receipt.happening.carrier.is_some_and(|carrier| carrier != found.carrier);
        let old = stored.status.rank() >= receipt.happening.status.rank();
        if !found.accounts.contains(&receipt.account) {
            return Ok(ReceiptTaken::Strange);
        }
        let priced = stored.price.is_none() && receipt.price.is_some();
        stored.price = stored.price.or(receipt.price);
        if old || (others && !receipt.is_good()) {
            return Ok(ReceiptTaken::Ignored { priced });
        }
        stored.status = receipt.happening.status;
        stored.history.push(receipt.happening.clone());
        let noticed = found.reported(mode);
        tables.noticed.extend(noticed);
        Ok(ReceiptTaken::Applied { priced })
    }
}

impl Tables {
    /// Keeps a new letter and its event.
    pub(super) fn post(&mut self, scope: Scope, id: MessageId, letter: &Letter) {
        let message = Message {
            id,
            about: About::Letter(Box::new(letter.clone())),
            channel: Channel::Sms,
            status: MessageStatus::Queued,
            leg: 0,
            take: 0,
            history: Vec::new(),
            price: None,
        };
        let (carrier, until) = (letter.route[0], letter.created_at);
        let region = letter.to.region();
        let stored = Stored { message, carrier, accounts: Vec::new(), until, region };
        self.messages.insert((scope, id), stored);
        self.events.push(match letter.send_after {
            Some(_) => "hold".to_owned(),
            None => format!("letter/{}", carrier.as_str()),
        });
    }
}

/// The event that hands a message to this carrier.
fn event(message: &Message, carrier: CarrierName) -> String {
    match message.signup() {
        Some(_) => format!("send/{}/{}", carrier.as_str(), message.id.signup().1),
        None => format!("letter/{}", carrier.as_str()),
    }
}

fn unclaimed(claim: &Claim, signup: SignupId) -> Stored {
    let message = Message {
        id: claim.id,
        about: About::Signup(signup),
        channel: claim.channel,
        status: MessageStatus::Queued,
        leg: claim.leg,
        take: 0,
        history: Vec::new(),
        price: None,
    };
    let (carrier, region) = (claim.carrier, claim.region);
    Stored { message, carrier, accounts: Vec::new(), until: claim.at, region }
}
