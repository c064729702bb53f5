//! Calls.

use doorstep_domain::{
    Fault,
    id::MessageId,
    keys::{DataKeys, PhoneIndex},
    ports::Calls,
    voice::{A_DAY, APART, Leave},
};
use jiff::Timestamp;

use super::Memory;

impl Calls for Memory {
    async fn may_call(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
        message: MessageId,
        at: Timestamp,
    ) -> Result<Leave, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), phone.clone());
        match tables.called.get(&key) {
            Some((_, by)) if *by == message => return Ok(Leave::Granted),
            Some((last, _)) if *last > at - APART => return Ok(Leave::TooSoon),
            _ => {}
        }
        let today = tables.calls.entry((keys.scope(), at.as_second() / 86_400)).or_default();
        if *today >= A_DAY {
            return Ok(Leave::UsedUp);
        }
        *today += 1;
        tables.called.insert(key.clone(), (at, message));
        tables.phones.entry(key).or_default().called = Some(at);
        Ok(Leave::Granted)
    }
}
