//! How carriers do.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use crate::{
    Fault, Mode,
    decisions::Line,
    health::Health,
    id::{MessageId, StoreId},
    phone::Region,
    ports::Range,
    steer::Country,
    watch::Told,
};

/// The carriers' health by country, and the log of decisions.
pub trait HealthBook: Send + Sync {
    /// A country, read consistently.
    fn country(
        &self,
        region: Region,
    ) -> impl Future<Output = Result<Option<Country>, Fault>> + Send;
    /// The carriers of a country, none if it is not known. Implementations may answer from a
    /// cache of at most 10 s.
    fn glance(
        &self,
        region: Region,
    ) -> impl Future<Output = Result<Arc<Vec<Health>>, Fault>> + Send;
    /// All countries that are known.
    fn countries(&self) -> impl Future<Output = Result<Vec<Region>, Fault>> + Send;
    /// Creates the country (revision 0), or replaces exactly the revision before, and logs what
    /// was decided, at once or not at all. `false` when another was faster.
    fn advance(
        &self,
        country: &Country,
        decided: &[Line],
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
    /// Logs a line; the same again changes nothing.
    fn log(&self, entry: &Line) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The log of one store and mode, or of the deployment: up to `range.limit` lines, newest first. The
    /// cursor is the [place](Line::place) of the line before.
    fn logged(
        &self,
        scope: (StoreId, Mode),
        range: &Range,
    ) -> impl Future<Output = Result<Vec<Line>, Fault>> + Send;
    /// What is stored of these live texts; those that are gone are left out.
    fn texts(
        &self,
        ids: &[(StoreId, MessageId)],
    ) -> impl Future<Output = Result<BTreeMap<(StoreId, MessageId), Told>, Fault>> + Send;
}
