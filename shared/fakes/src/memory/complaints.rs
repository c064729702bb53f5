//! Complaints.

use doorstep_domain::{
    Fault,
    complaint::{Complaint, Note, hour},
    id::ComplaintId,
    keys::{DataKeys, PhoneIndex},
    ports::{Complaints, Page, Range},
};
use jiff::Timestamp;

use super::{Memory, Scope, page};

impl Complaints for Memory {
    async fn file(&self, keys: &DataKeys, complaint: &Complaint) -> Result<bool, Fault> {
        self.others_first().await;
        let complaints = &mut self.tables().complaints;
        let place = (keys.scope(), complaint.id);
        let new = !complaints.contains_key(&place);
        complaints.entry(place).or_insert_with(|| complaint.clone());
        Ok(new)
    }

    async fn complaint(
        &self,
        keys: &DataKeys,
        id: ComplaintId,
    ) -> Result<Option<Complaint>, Fault> {
        self.others_first().await;
        Ok(self.tables().complaints.get(&(keys.scope(), id)).cloned())
    }

    async fn complaints(&self, keys: &DataKeys, range: Range) -> Result<Page<Complaint>, Fault> {
        self.others_first().await;
        let mut found = self.of(keys.scope());
        found.retain(|it| (range.from..range.to).contains(&it.received_at));
        let named = |it: Complaint| (format!("{}#{}", it.received_at.as_millisecond(), it.id), it);
        Ok(page(found.into_iter().map(named).collect(), range.limit, range.cursor))
    }

    async fn complaints_of(
        &self,
        keys: &DataKeys,
        phone: &PhoneIndex,
    ) -> Result<Vec<Complaint>, Fault> {
        self.others_first().await;
        let mut found = self.of(keys.scope());
        found.retain(|it| it.phone.as_ref() == Some(phone));
        Ok(found)
    }

    async fn note(
        &self,
        keys: &DataKeys,
        complaint: &Complaint,
        note: &Note,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let complaints = &mut self.tables().complaints;
        let known = complaints.get_mut(&(keys.scope(), complaint.id));
        let Some(known) = known.filter(|known| known.notes.len() == complaint.notes.len()) else {
            return Ok(false);
        };
        known.notes.push(note.clone());
        Ok(true)
    }

    async fn count_complaint(
        &self,
        keys: &DataKeys,
        of: &str,
        at: Timestamp,
        most: u32,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let counts = &mut self.tables().complaint_counts;
        let count = counts.entry((keys.scope(), hour(at), of.to_owned())).or_default();
        let counted = *count < most;
        *count += u32::from(counted);
        Ok(counted)
    }
}

impl Memory {
    /// A store's complaints, newest first.
    fn of(&self, scope: Scope) -> Vec<Complaint> {
        let tables = self.tables();
        let own = tables.complaints.iter().filter(|((of, _), _)| *of == scope);
        let mut found: Vec<_> = own.map(|(_, complaint)| complaint.clone()).collect();
        found.sort_by_key(|it| std::cmp::Reverse((it.received_at, it.id)));
        found
    }
}
