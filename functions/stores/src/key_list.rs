//! The keys of a store, or of all.

use doorstep_domain::{
    Mode,
    access::{ApiKey, Scope},
    id::StoreId,
    ports::{ApiKeys, Backlog, KeyRing, Page, Range, Roots},
    store::Store,
};
use doorstep_edge::{
    Answer, Call, Problem, page,
    tour::{self, Tour},
};
use jiff::Timestamp;

use crate::{Ports, StoreRoutes, keys::view};

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    /// The keys of the store, or with a key of the deployment that names none its own and then
    /// those of all stores; the newest of each first.
    pub(crate) async fn list_keys(&self, call: &Call) -> Result<Answer, Problem> {
        let caller = call.key(Scope::KeysRead)?;
        let made = page::made(call)?;
        let (limit, cursor) = (page::limit(call)?, page::cursor(call)?);
        let stores = match call.named_store(caller)? {
            Some(store) => vec![self.find(store).await?.id],
            None => [vec![Store::DEPLOYMENT], tour::stores(&*self.ports, None).await?].concat(),
        };
        let range = Range { from: Timestamp::MIN, to: Timestamp::MAX, limit, cursor };
        let mut tour = Tour::new(stores, range);
        while let Some((store, range)) = tour.visit() {
            let mut keys = self.keys_of(caller, store).await?;
            keys.retain(|key| made.contains(&key.created_at));
            keys.retain(|key| range.cursor.as_ref().is_none_or(|after| place(key) > *after));
            let (items, next) = page::part(keys, place, (range.limit, None));
            tour.add(Page { items, next });
        }
        let found = tour.page();
        Ok(Answer::json(200, page::body(found.items.iter().map(view), found.next.as_deref())))
    }

    /// The keys of one store, or the deployment's own, that the caller may see, newest first.
    async fn keys_of(&self, caller: &ApiKey, store: StoreId) -> Result<Vec<ApiKey>, Problem> {
        let owner = Some(store).filter(|store| *store != Store::DEPLOYMENT);
        let mut keys = Vec::new();
        for mode in [Mode::Test, Mode::Live] {
            if caller.store.is_none() || caller.mode == mode {
                keys.extend(ApiKeys::list(&*self.ports, owner, mode).await?);
            }
        }
        keys.sort_by_cached_key(place);
        Ok(keys)
    }
}

/// Where a key stands among its store's: the newest first.
fn place(key: &ApiKey) -> String {
    let age = u64::MAX - key.created_at.as_millisecond().cast_unsigned();
    format!("{age:016x}#{}", key.id)
}
