//! Nonces, the audit log, its chain and the signed heads.

use std::collections::{BTreeMap, HashMap};

use doorstep_domain::{
    Fault, Mode,
    audit::{
        AuditEntry, Place,
        chain::{Checkpoint, Link, PAGE, SignedHead},
    },
    id::StoreId,
    nonce::Nonce,
    ports::{Audit, AuditLog, Chain, Heads, Nonces, Range},
};
use jiff::Timestamp;

use super::Memory;

/// What is kept of it. Tests change what nobody may change.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The audit log.
    pub entries: BTreeMap<Place, AuditEntry>,
    /// The chain.
    pub links: BTreeMap<u64, Link>,
    /// How far the job has come.
    pub checkpoint: Option<Checkpoint>,
    /// The bucket, by hour.
    pub heads: BTreeMap<Timestamp, SignedHead>,
    pub(super) nonces: HashMap<String, (Nonce, Timestamp)>,
}

impl Memory {
    /// Changes the evidence, as whoever has the tables could.
    pub fn tamper<T>(&self, change: impl FnOnce(&mut Evidence) -> T) -> T {
        change(&mut self.tables().evidence)
    }

    /// The audit log of all stores, oldest first.
    #[must_use]
    pub fn audit_log(&self) -> Vec<AuditEntry> {
        self.tamper(|evidence| evidence.entries.values().cloned().collect())
    }
}

impl Nonces for Memory {
    async fn keep(&self, nonce: &Nonce, expires_at: Timestamp) -> Result<(), Fault> {
        self.others_first().await;
        let kept = (nonce.clone(), expires_at);
        self.tables().evidence.nonces.insert(nonce.digest.clone(), kept);
        Ok(())
    }

    async fn consume(&self, nonce: &Nonce, now: Timestamp) -> Result<bool, Fault> {
        self.others_first().await;
        let nonces = &mut self.tables().evidence.nonces;
        let good = |(known, until): &(Nonce, Timestamp)| known == nonce && now < *until;
        let good = nonces.get(&nonce.digest).is_some_and(good);
        if good {
            nonces.remove(&nonce.digest);
        }
        Ok(good)
    }
}

impl Audit for Memory {
    async fn record(&self, entry: &AuditEntry) -> Result<(), Fault> {
        self.others_first().await;
        let entries = &mut self.tables().evidence.entries;
        entries.entry(entry.place()).or_insert_with(|| entry.clone());
        Ok(())
    }
}

impl AuditLog for Memory {
    async fn entries(
        &self,
        of: Option<(StoreId, Mode)>,
        range: &Range,
    ) -> Result<Vec<AuditEntry>, Fault> {
        self.others_first().await;
        let wanted = |entry: &&AuditEntry| {
            let below = range.cursor.as_ref().is_none_or(|cursor| entry.cursor() < *cursor);
            let of = of.is_none_or(|of| of == (entry.store, entry.mode));
            of && below && entry.at >= range.from && entry.at < range.to
        };
        let tables = self.tables();
        let newest = tables.evidence.entries.values().rev().filter(wanted);
        Ok(newest.take(range.limit).cloned().collect())
    }

    async fn at(&self, places: &[Place]) -> Result<Vec<AuditEntry>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        Ok(places.iter().filter_map(|place| tables.evidence.entries.get(place).cloned()).collect())
    }
}

impl Chain for Memory {
    async fn between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<AuditEntry>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let within = |entry: &&AuditEntry| entry.at >= from && entry.at < to;
        Ok(tables.evidence.entries.values().filter(within).cloned().collect())
    }

    async fn page(&self, page: u64) -> Result<Vec<Link>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let links = tables.evidence.links.range(page * PAGE..(page + 1) * PAGE);
        Ok(links.map(|(_, link)| link.clone()).collect())
    }

    async fn tail(&self, page: u64, since: Timestamp) -> Result<Vec<Link>, Fault> {
        let mut links = self.page(page).await?;
        links.reverse();
        let since = links.iter().take_while(|link| link.at >= since).count();
        links.truncate(since + 1);
        Ok(links)
    }

    async fn append(&self, link: &Link) -> Result<bool, Fault> {
        self.others_first().await;
        let links = &mut self.tables().evidence.links;
        let free = !links.contains_key(&link.seq);
        links.entry(link.seq).or_insert_with(|| link.clone());
        Ok(free)
    }

    async fn checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        self.others_first().await;
        Ok(self.tables().evidence.checkpoint)
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().evidence.checkpoint = Some(*checkpoint);
        Ok(())
    }
}

impl Heads for Memory {
    async fn put(&self, head: &SignedHead) -> Result<bool, Fault> {
        self.others_first().await;
        let heads = &mut self.tables().evidence.heads;
        let free = !heads.contains_key(&head.head.hour());
        heads.entry(head.head.hour()).or_insert_with(|| head.clone());
        Ok(free)
    }

    async fn hours(&self) -> Result<Vec<Timestamp>, Fault> {
        self.others_first().await;
        Ok(self.tables().evidence.heads.keys().copied().collect())
    }

    async fn read(&self, hours: &[Timestamp]) -> Result<Vec<Option<SignedHead>>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        Ok(hours.iter().map(|hour| tables.evidence.heads.get(hour).cloned()).collect())
    }
}
