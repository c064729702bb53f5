//! All that is held on one person.

use doorstep_domain::{
    Fault, Mode,
    audit::AuditEntry,
    erase::{Erasure, Traces},
    id::{MessageId, SignupId, StoreId, UserId},
    keys::{DataKeys, PhoneIndex},
    message::About,
    ports::Subjects,
    tries::PhoneRecord,
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

    async fn let_go(&self, keys: &DataKeys, erasure: &Erasure) -> Result<(), Fault> {
        self.step().await?;
        let mut tables = self.tables();
        for phone in &erasure.phones {
            let record = tables.phones.get_mut(&(keys.scope(), phone.clone()));
            if let Some(record) = record.filter(|it| it.user == Some(erasure.user)) {
                record.user = None;
                record.erased = Some(erasure.requested_at);
                record.marketing.clear();
            }
        }
        let user = (keys.scope(), erasure.user);
        if tables.users.contains_key(&user) {
            tables.let_go.insert(user);
        }
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
        let theirs = |it: &&mut PhoneRecord| {
            it.user == Some(user) || (it.user.is_none() && it.erased == Some(asked_at))
        };
        let Some(record) = tables.phones.get_mut(&key).filter(theirs) else { return Ok(()) };
        record.user = None;
        record.erased = Some(asked_at);
        record.signups.clear();
        record.letters.clear();
        record.marketing.clear();
        Ok(())
    }

    async fn forget_user(&self, keys: &DataKeys, user: UserId) -> Result<(), Fault> {
        self.step().await?;
        let mut tables = self.tables();
        tables.users.remove(&(keys.scope(), user));
        tables.let_go.remove(&(keys.scope(), user));
        Ok(())
    }
}
