//! All that is held on one person.

use doorstep_domain::{
    Fault, Mode,
    audit::AuditEntry,
    erase::Traces,
    id::{MessageId, SignupId, StoreId, UserId},
    keys::{DataKeys, PhoneIndex},
    message::About,
    ports::Subjects,
};
use jiff::Timestamp;

use super::Memory;

impl Memory {
    /// After so many more calls about a person's rights, one breaks: as if the function died there.
    pub fn breaks_after(&self, calls: usize) {
        self.tables().calls_left = Some(calls);
    }

    /// A call about a person's rights, if it does not break.
    pub(super) async fn step(&self) -> Result<(), Fault> {
        self.others_first().await;
        match &mut self.tables().calls_left {
            None => Ok(()),
            Some(0) => Err(Fault::new("go on", "broken")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    /// Nothing breaks any more.
    pub fn is_mended(&self) {
        self.tables().calls_left = None;
    }
}

impl Subjects for Memory {
    async fn traces(
        &self,
        keys: &DataKeys,
        phones: &[PhoneIndex],
        _: Timestamp,
    ) -> Result<Traces, Fault> {
        self.step().await?;
        let tables = self.tables();
        let mut traces = Traces::default();
        for ((scope, id), attempt) in &tables.attempts {
            if *scope == keys.scope() && phones.contains(&attempt.phone_index) {
                traces.signups.push((attempt.created_at, *id));
            }
        }
        for ((scope, id), stored) in &tables.messages {
            let About::Letter(letter) = &stored.message.about else { continue };
            if *scope == keys.scope() && phones.contains(&keys.phone_index(&letter.to)) {
                traces.letters.push((letter.created_at, *id));
            }
        }
        Ok(traces)
    }

    async fn audited(
        &self,
        (store, mode): (StoreId, Mode),
        target: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<AuditEntry>, Fault> {
        self.step().await?;
        let tables = self.tables();
        let named = tables.evidence.entries.values().filter(|entry| {
            (entry.store, entry.mode) == (store, mode)
                && entry.target.as_deref() == Some(target)
                && (from..=to).contains(&entry.at)
        });
        Ok(named.cloned().collect())
    }

    async fn forget_signups(&self, keys: &DataKeys, ids: &[SignupId]) -> Result<(), Fault> {
        self.step().await?;
        self.tables().attempts.retain(|(of, id), _| *of != keys.scope() || !ids.contains(id));
        Ok(())
    }

    async fn forget_messages(&self, keys: &DataKeys, ids: &[MessageId]) -> Result<(), Fault> {
        self.step().await?;
        self.tables().messages.retain(|(of, id), _| *of != keys.scope() || !ids.contains(id));
        Ok(())
    }

    async fn forget_phone(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        (user, asked_at): (UserId, Timestamp),
    ) -> Result<(), Fault> {
        self.step().await?;
        let mut tables = self.tables();
        let key = (keys.scope(), phone.clone());
        let Some(record) = tables.phones.get_mut(&key).filter(|it| it.user == Some(user)) else {
            return Ok(());
        };
        record.user = None;
        record.erased = Some(asked_at);
        record.signups.clear();
        record.letters.clear();
        record.marketing.clear();
        Ok(())
    }

    async fn forget_user(&self, keys: &DataKeys, user: UserId) -> Result<(), Fault> {
        self.step().await?;
        self.tables().users.remove(&(keys.scope(), user));
        Ok(())
    }
}
