//! What calls with an idempotency key answered.

use doorstep_domain::{
    Fault,
    ports::Replays,
    replay::{Begun, KEPT, LOCK, Slot},
};

use super::Memory;

/// A call that began, and its answer once there is one.
pub(super) struct Record {
    slot: Slot,
    answer: Option<Vec<u8>>,
    free: bool,
}

impl Memory {
    fn ours(&self, slot: &Slot, change: impl FnOnce(&mut Record)) {
        let mut tables = self.tables();
        let found = tables.replays.get_mut(&(slot.scope, slot.request.clone()));
        if let Some(record) = found.filter(|record| record.slot.began == slot.began) {
            change(record);
        }
    }
}

impl Replays for Memory {
    async fn begin(&self, slot: &Slot) -> Result<Begun, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (slot.scope, slot.request.clone());
        if let Some(known) = tables.replays.get(&key) {
            let old = slot.began >= known.slot.began + KEPT;
            let stale = known.free || slot.began >= known.slot.began + LOCK;
            if !old && (known.answer.is_some() || !stale) {
                return Ok(match &known.answer {
                    _ if known.slot.body != slot.body => Begun::OtherBody,
                    Some(answer) => Begun::Answered(answer.clone()),
                    None => Begun::Running,
                });
            }
        }
        tables.replays.insert(key, Record { slot: slot.clone(), answer: None, free: false });
        Ok(Begun::Ours)
    }

    async fn keep_answer(&self, slot: &Slot, sealed: &[u8]) -> Result<(), Fault> {
        self.others_first().await;
        self.ours(slot, |record| record.answer = Some(sealed.to_vec()));
        Ok(())
    }

    async fn release(&self, slot: &Slot) -> Result<(), Fault> {
        self.others_first().await;
        self.ours(slot, |record| record.free = true);
        Ok(())
    }
}
