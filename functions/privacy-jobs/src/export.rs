//! Everything of a person, gathered and sealed.

use doorstep_domain::{
    Fault,
    export::{self, ExportState, KEPT, Reason},
    id::{ExportId, UserId},
    keys::DataKeys,
    ports::{Archive, DeadLetters, KeyRing},
    seal::Place,
};

use doorstep_edge::telemetry;

use crate::{Jobs, Ports, corrupt, document::document};

/// The largest document, in bytes. It is shown by one answer of a function, which ends at 6 MB, and
/// grows on its way there, by line breaks and escapes.
const LARGEST: usize = 2 * 1024 * 1024;

impl<P: Ports, K: KeyRing, A: Archive, D: DeadLetters> Jobs<P, K, A, D> {
    /// The export that a call asked for; one that is done stays so.
    pub(crate) async fn export(&self, keys: &DataKeys, id: ExportId) -> Result<(), Fault> {
        let Some(asked) = self.ports.export(keys, id).await? else { return Ok(()) };
        if asked.state != ExportState::Running {
            return Ok(());
        }
        let state = self.gathered(keys, (asked.user, id)).await?;
        let kept = self.ports.settle_export(keys, id, state).await?;
        // An erasure may have forgotten the export while it was gathered.
        if !kept || self.is_erased(keys, asked.user).await? {
            self.archive.forget_exports(keys.scope(), asked.user).await?;
        }
        Ok(())
    }

    async fn gathered(
        &self,
        keys: &DataKeys,
        (user, id): (UserId, ExportId),
    ) -> Result<ExportState, Fault> {
        let now = self.ports.now();
        let Some(dossier) = export::gather(&self.ports, keys, user, now).await? else {
            return Ok(ExportState::Failed(Reason::Erased));
        };
        let document = document(keys.scope(), &dossier).to_string().into_bytes();
        if document.len() > LARGEST {
            telemetry::export_too_large(&id.to_string(), document.len());
            return Ok(ExportState::Failed(Reason::TooLarge));
        }
        let name = id.to_string();
        let place = Place { item: &name, attribute: "export" };
        let sealed = keys.seal(place, &document, &self.ports);
        self.archive.keep_export(keys.scope(), (user, id), sealed).await?;
        let expires_at = now.checked_add(KEPT).map_err(|_| corrupt())?;
        Ok(ExportState::Ready { expires_at })
    }

    async fn is_erased(&self, keys: &DataKeys, user: UserId) -> Result<bool, Fault> {
        Ok(self.ports.erasure(keys, user).await?.is_some())
    }
}
