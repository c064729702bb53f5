//! Texts of the shops' own.

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    id::StoreId,
    ports::Templates,
    template::{Draft, Kept, MAX_TEXTS, Stored, Template, TemplateName},
    text::locale::Locale,
};

use super::Memory;

/// All versions of a text, the first at 0, and which one is live.
pub(super) struct Text {
    versions: Vec<Template>,
    live: u32,
}

impl Text {
    fn version(&self, version: u32) -> Option<&Template> {
        self.versions.iter().find(|template| template.version == version)
    }

    fn stored(&self, version: u32) -> Option<Stored> {
        let template = self.version(version)?.clone();
        Some(Stored { template, live: self.live, newest: self.newest() })
    }

    fn newest(&self) -> u32 {
        self.versions.last().map_or(0, |template| template.version)
    }
}

impl Templates for Memory {
    async fn current(
        &self,
        scope: (StoreId, Mode),
        name: &TemplateName,
        locales: &[Locale],
    ) -> Result<Option<Arc<Template>>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let mut texts = locales
            .iter()
            .filter_map(|locale| tables.templates.get(&(scope, name.clone(), locale.clone())));
        Ok(texts.next().and_then(|text| text.version(text.live)).cloned().map(Arc::new))
    }

    async fn find(
        &self,
        scope: (StoreId, Mode),
        name: &TemplateName,
        locale: &Locale,
        version: Option<u32>,
    ) -> Result<Option<Stored>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let text = tables.templates.get(&(scope, name.clone(), locale.clone()));
        Ok(text.and_then(|text| text.stored(version.unwrap_or(text.live))))
    }

    async fn save(&self, scope: (StoreId, Mode), draft: &Draft) -> Result<Kept, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let own = tables.templates.keys().filter(|(known, ..)| *known == scope).count();
        let key = (scope, draft.name.clone(), draft.locale.clone());
        if own >= MAX_TEXTS && !tables.templates.contains_key(&key) {
            return Ok(Kept::Full);
        }
        let text = tables.templates.entry(key).or_insert(Text { versions: Vec::new(), live: 0 });
        let newest = text.newest();
        let same = [text.live, newest]
            .into_iter()
            .find(|version| text.version(*version) == Some(&draft.version(*version)));
        text.live = same.unwrap_or(newest + 1);
        if same.is_none() {
            text.versions.push(draft.version(text.live));
        }
        Ok(Kept::Version(text.live))
    }

    async fn point(
        &self,
        scope: (StoreId, Mode),
        name: &TemplateName,
        locale: &Locale,
        version: u32,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let text = tables.templates.get_mut(&(scope, name.clone(), locale.clone()));
        let Some(text) = text.filter(|text| text.version(version).is_some()) else {
            return Ok(false);
        };
        text.live = version;
        Ok(true)
    }

    async fn list(&self, scope: (StoreId, Mode)) -> Result<Vec<Stored>, Fault> {
        self.others_first().await;
        let tables = self.tables();
        let own = tables.templates.iter().filter(|((known, ..), _)| *known == scope);
        Ok(own.filter_map(|(_, text)| text.stored(text.live)).collect())
    }
}
