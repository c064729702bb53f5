//! The keys of a store, or of all.

use doorstep_domain::{
    Mode,
    access::{ApiKey, Scope},
    id::StoreId,
    ports::{ApiKeys, Backlog, KeyRing, Roots},
    store::Store,
};
use doorstep_edge::{Answer, Call, Problem, page, tour};

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
        let mut found = Vec::new();
        for store in stores {
            // A cursor begins with its store's id.
            let begun = cursor.as_ref().is_none_or(|after| **after <= *place_after(store));
            if !begun {
                continue;
            }
            let keys = self.keys_of(caller, store).await?.into_iter();
            let keys = keys.filter(|key| made.contains(&key.created_at));
            let rest = keys.map(|key| (place(store, &key), key));
            found.extend(rest.filter(|(it, _)| cursor.as_ref().is_none_or(|after| it > after)));
            if found.len() > limit {
                break;
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(place, _)| place.clone());
        let data = found.iter().map(|(_, key)| view(key));
        Ok(Answer::json(200, page::body(data, next.as_deref())))
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
        keys.sort_by_key(|key| place(store, key));
        Ok(keys)
    }
}

/// Where a key stands in the list: by its store, then the newest first.
fn place(store: StoreId, key: &ApiKey) -> String {
    let age = u64::MAX - key.created_at.as_millisecond().cast_unsigned();
    format!("{store}#{age:016x}#{}", key.id)
}

/// After everything of this store.
fn place_after(store: StoreId) -> String {
    format!("{store}~")
}
