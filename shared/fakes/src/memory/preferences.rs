//! Links to shoppers' preferences.

use doorstep_domain::{
    Fault,
    ports::PreferenceLinks,
    preference::{TokenDigest, Whose},
};

use super::Memory;

impl PreferenceLinks for Memory {
    async fn keep(&self, digest: &TokenDigest, whose: &Whose) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().preference_links.entry(digest.clone()).or_insert(*whose);
        Ok(())
    }

    async fn find(&self, digest: &TokenDigest) -> Result<Option<Whose>, Fault> {
        self.others_first().await;
        Ok(self.tables().preference_links.get(digest).copied())
    }

    async fn forget(&self, digest: &TokenDigest) -> Result<(), Fault> {
        self.others_first().await;
        self.tables().preference_links.remove(digest);
        Ok(())
    }
}
