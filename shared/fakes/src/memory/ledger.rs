//! The consent ledger, and the proofs of what was heard.

use doorstep_domain::{
    Fault,
    consent::{Linked, after},
    id::UserId,
    keys::DataKeys,
    message::AccountRef,
    ports::{Ledger, News, Proofs},
    webhook::Proof,
};
use jiff::{SignedDuration, Timestamp};

use super::{Memory, Scope, Tables};

impl Tables {
    /// Whether a user's entries may have these behind them.
    pub(super) fn fits(&self, scope: Scope, user: UserId, entries: &[Linked]) -> bool {
        let last = self.consents.get(&(scope, user)).map_or(0, |known| after(known));
        (last + 1..).zip(entries).all(|(seq, linked)| linked.seq == seq)
    }

    pub(super) fn add_consents(&mut self, scope: Scope, user: UserId, entries: &[Linked]) {
        self.consents.entry((scope, user)).or_default().extend_from_slice(entries);
    }
}

impl Ledger for Memory {
    async fn entries(&self, keys: &DataKeys, user: UserId) -> Result<Vec<Linked>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        Ok(tables.consents.get(&(keys.scope(), user)).cloned().unwrap_or_default())
    }

    async fn append(
        &self,
        keys: &DataKeys,
        user: UserId,
        entries: &[Linked],
        news: Option<News<'_>>,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let known = news.is_none() || tables.users.contains_key(&(keys.scope(), user));
        if !known || !tables.fits(keys.scope(), user, entries) {
            return Ok(false);
        }
        tables.add_consents(keys.scope(), user, entries);
        tables.events.extend(news.map(|news| format!("news/{}", news.kind)));
        Ok(true)
    }
}

impl Proofs for Memory {
    async fn remember(
        &self,
        proof: &Proof,
        account: &AccountRef,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        tables.proofs.retain(|_, (_, first)| *first + SignedDuration::from_hours(7 * 24) > at);
        let (holder, first) =
            tables.proofs.entry(proof.clone()).or_insert_with(|| (account.clone(), at));
        Ok((holder == account).then_some(*first))
    }
}
