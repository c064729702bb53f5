//! The consent ledger, and the proofs of what was heard.

use doorstep_domain::{
    Fault,
    consent::{Entry, Withdrawal},
    id::UserId,
    keys::DataKeys,
    message::AccountRef,
    ports::{Ledger, Proofs},
    webhook::Proof,
};
use jiff::{SignedDuration, Timestamp};

use super::Memory;

impl Ledger for Memory {
    async fn entries(&self, _: &DataKeys, user: UserId) -> Result<Vec<Entry>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let given = tables.consents.iter().filter(|consent| consent.user == user).map(|consent| {
            let asked = consent.asked.clone();
            Entry {
                purpose: asked.purpose,
                channel: asked.channel,
                granted: asked.granted,
                occurred_at: consent.occurred_at,
            }
        });
        let taken =
            tables.withdrawals.iter().filter(|taken| taken.user == user).map(|taken| Entry {
                purpose: taken.purpose.clone(),
                channel: taken.channel.clone(),
                granted: false,
                occurred_at: taken.occurred_at,
            });
        let mut entries: Vec<_> = given.chain(taken).collect();
        entries.sort_by_key(|entry| entry.occurred_at);
        Ok(entries)
    }

    async fn withdraw(&self, _: &DataKeys, withdrawal: &Withdrawal) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        if !tables.withdrawals.iter().any(|known| known.id == withdrawal.id) {
            tables.withdrawals.push(withdrawal.clone());
        }
        Ok(())
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
