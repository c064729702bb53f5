//! A person is forgotten: what was asked for, or what the journal says after a restore.

use doorstep_domain::{
    Fault, Mode,
    account::Unique,
    erase::{self, Erasure},
    hear::{Heard, InboundText},
    id::UserId,
    keys::DataKeys,
    ports::{Archive, DeadLetters, KeyRing, Stores},
    store::Store,
    text::keyword::{Keyword, classify},
};
use doorstep_edge::heard::HeardEvent;
use jiff::civil::Date;

use crate::{Jobs, Ports};

/// How often dead letters are taken, ten at a time: more than any queue of ours should hold.
const LOOKS: usize = 500;
/// What did not come to its end when the job has to come again.
const LOOKING: &str = "look through dead letters";

impl<P: Ports, K: KeyRing, A: Archive, D: DeadLetters> Jobs<P, K, A, D> {
    /// The erasure that a call asked for; one that is done stays so.
    pub(crate) async fn erase(&self, keys: &DataKeys, user: UserId) -> Result<(), Fault> {
        match self.ports.erasure(keys, user).await? {
            Some(erasure) if erasure.erased_at.is_none() => self.forget(keys, &erasure).await,
            _ => Ok(()),
        }
    }

    /// What the journal says: a restored table has the person again, and perhaps no erasure.
    pub(crate) async fn replay(&self, keys: &DataKeys, entry: (Date, UserId)) -> Result<(), Fault> {
        let found = self.archive.journaled(keys.scope(), entry).await?;
        let erasure = found.ok_or_else(|| Fault::new("read the journal of erasures", "absent"))?;
        self.forget(keys, &erasure).await?;
        tracing::info!(user = %erasure.user, "An erasure was replayed.");
        Ok(())
    }

    async fn forget(&self, keys: &DataKeys, erasure: &Erasure) -> Result<(), Fault> {
        erase::begin(&self.ports, &self.archive, keys, erasure).await?;
        if keys.scope().1 == Mode::Live {
            self.forget_texts(keys, erasure).await?;
        }
        let now = self.ports.now();
        erase::finish(&self.ports, &self.archive, keys, (erasure, now)).await
    }

    /// What the person texted, and nobody could handle. Erasures look at the same queue and hide
    /// from each other what they take: it is looked through when nobody else has taken any.
    async fn forget_texts(&self, keys: &DataKeys, erasure: &Erasure) -> Result<(), Fault> {
        let mut others = Vec::new();
        let looked = self.look(keys, erasure, &mut others).await;
        for handle in others {
            // One that is not given back shows itself again soon.
            let _ = self.receipts.give_back(&handle).await;
        }
        looked
    }

    async fn look(
        &self,
        keys: &DataKeys,
        erasure: &Erasure,
        others: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let mut alone = false;
        for _ in 0..LOOKS {
            let letters = self.receipts.take().await?;
            if letters.is_empty() && alone {
                return Ok(());
            }
            // What another one gave back meanwhile is seen by the next look.
            alone = letters.is_empty();
            if alone && self.receipts.hidden().await? > others.len() {
                return Err(Fault::new(LOOKING, "others_look"));
            }
            for letter in letters {
                if self.is_theirs(keys, erasure, &letter.body).await? {
                    self.receipts.remove(&letter.handle).await?;
                } else {
                    others.push(letter.handle);
                }
            }
        }
        Err(Fault::new(LOOKING, "too_many"))
    }

    /// Whether a dead letter is a text of the person. A STOP counts.
    async fn is_theirs(
        &self,
        keys: &DataKeys,
        erasure: &Erasure,
        body: &str,
    ) -> Result<bool, Fault> {
        let Some(event) = HeardEvent::read(body) else { return Ok(false) };
        let Some(text) = self.text_of(keys, &event).await? else { return Ok(false) };
        if !erase::is_from(keys, erasure, &text) {
            return Ok(false);
        }
        if let (Keyword::Stop, Some(phone), Ok(told)) =
            (classify(&text.text, &[]), erasure.phones.first(), event.told())
        {
            self.ports.suppress(keys, phone, told.at, &event.traceparent).await?;
        }
        Ok(true)
    }

    /// The text of an event, if it is one to the store of these keys: by its own account, or to
    /// its number by the deployment's.
    async fn text_of(
        &self,
        keys: &DataKeys,
        event: &HeardEvent,
    ) -> Result<Option<InboundText>, Fault> {
        let (store, mode) = keys.scope();
        let Ok(told) = event.told() else { return Ok(None) };
        if told.owner == store {
            return Ok(text_in(event, keys));
        }
        if told.owner != Store::DEPLOYMENT {
            return Ok(None);
        }
        let Some(deployment) = Stores::find(&self.ports, told.owner).await? else {
            return Ok(None);
        };
        let shared = self.ring.data(&deployment, mode).await?;
        let Some(text) = text_in(event, &shared) else { return Ok(None) };
        let Some(number) = Unique::number(&text.to) else { return Ok(None) };
        let holder = self.ports.holder(&number).await?;
        Ok(holder.filter(|holder| holder.store == store).map(|_| text))
    }
}

fn text_in(event: &HeardEvent, keys: &DataKeys) -> Option<InboundText> {
    match event.open(keys) {
        Ok(Heard::Text(text)) => Some(text),
        _ => None,
    }
}
