//! Phones.

use doorstep_domain::{
    Fault,
    id::{MessageId, SignupId, UserId},
    keys::{DataKeys, PhoneIndex},
    ports::Phones,
    tries::{Counted, IN_A_ROW, PER_WINDOW, PhoneRecord, Try},
};

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
            return Ok(Counted::No(record.clone()));
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
        settled: &PhoneRecord,
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
}
