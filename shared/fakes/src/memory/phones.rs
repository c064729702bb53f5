//! Phones.

use doorstep_domain::{
    Fault,
    cap::Planned,
    id::{MessageId, SignupId, UserId},
    inbound::QUIET,
    keys::{DataKeys, PhoneIndex},
    ports::{Phones, Suppressions},
    tries::{Counted, IN_A_ROW, PER_WINDOW, PhoneRecord, Try},
};

use jiff::Timestamp;

use super::Memory;

impl Phones for Memory {
    async fn find(&self, keys: &DataKeys, phone: &PhoneIndex) -> Result<PhoneRecord, Fault> {
        self.others_first().await;
        let found = self.tables().phones.get(&(keys.scope(), phone.clone())).cloned();
        Ok(found.unwrap_or_default())
    }

    async fn remember(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        signup: SignupId,
    ) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        if !record.signups.contains(&signup) {
            record.signups.push(signup);
            let old = record.signups.len().saturating_sub(20);
            record.signups.drain(..old);
        }
        Ok(())
    }

    async fn remember_letter(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        letter: MessageId,
    ) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        if !record.letters.contains(&letter) {
            record.letters.push(letter);
            let old = record.letters.len().saturating_sub(20);
            record.letters.drain(..old);
        }
        Ok(())
    }

    async fn count(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        attempt: &Try,
        limit: u8,
        user: UserId,
    ) -> Result<Counted, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        let tries = record.tries_of(attempt.signup);
        if tries >= limit || record.tries.len() >= PER_WINDOW || record.row >= IN_A_ROW {
            return Ok(Counted::No(Box::new(record.clone())));
        }
        record.tries.push(*attempt);
        record.row += 1;
        record.revision += 1;
        Ok(Counted::Yes { number: tries + 1, user: *record.user.get_or_insert(user) })
    }

    async fn settle(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        (_, settled): (&PhoneRecord, &PhoneRecord),
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        if record.revision != settled.revision {
            return Ok(false);
        }
        record.tries.clone_from(&settled.tries);
        record.row = settled.row;
        record.revision += 1;
        Ok(true)
    }

    async fn plan(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        (before, after): (&[Planned], &[Planned]),
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        if record.marketing != before {
            return Ok(false);
        }
        record.marketing = after.to_vec();
        Ok(true)
    }
}

impl Suppressions for Memory {
    async fn suppress(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
        _: &str,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), phone.clone());
        let record = tables.phones.entry(key).or_default();
        if record.lifted.is_some_and(|lifted| lifted >= at) || record.suppressed.is_some() {
            return Ok(false);
        }
        record.suppressed = Some(at);
        record.objected = record.objected.max(Some(at));
        tables.events.push("news/consent.withdrawn".to_owned());
        Ok(true)
    }

    async fn lift(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), phone.clone());
        let Some(record) = tables.phones.get_mut(&key) else { return Ok(false) };
        if record.suppressed.is_none_or(|stopped| stopped >= at) {
            return Ok(false);
        }
        record.suppressed = None;
        record.lifted = Some(at);
        Ok(true)
    }

    async fn object(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        at: Timestamp,
        _: &str,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let record = tables.phones.entry((keys.scope(), phone.clone())).or_default();
        if record.objected.is_some_and(|known| known >= at) {
            return Ok(false);
        }
        record.objected = Some(at);
        tables.events.push("news/consent.withdrawn".to_owned());
        Ok(true)
    }

    async fn reserve_reply(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), phone.clone());
        let reply = tables.replies.get(&key).copied();
        let free = reply.is_none_or(|(id, last)| id == message || last + QUIET <= at);
        if free {
            tables.replies.insert(key.clone(), (message, at));
            tables.phones.entry(key).or_default().answered = Some(at);
        }
        Ok(free)
    }
}
