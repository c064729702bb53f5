#![doc = include_str!("../README.md")]

mod accounts;
mod keys;
mod routes;
mod settings;

use std::sync::Arc;

use doorstep_domain::{
    access::Scope,
    carrier::CarrierName,
    egress::Reach,
    id::StoreId,
    open_store::{OpenStoreError, change, open},
    ports::{ApiKeys, Chance, Claims, Clock, HealthBook, KeyRing, Roots, Stores},
    route::Lane,
    store::{Settings, Store},
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, page};

use accounts::Of;

/// What this function needs of storage.
pub trait Ports: Stores + Claims + ApiKeys + HealthBook + Clock + Chance {}
impl<P: Stores + Claims + ApiKeys + HealthBook + Clock + Chance> Ports for P {}

/// The routes of this function.
pub struct StoreRoutes<P, R> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// Makes the roots of new stores, and opens those that seal accounts.
    pub kms: R,
    /// Where carriers find the API; without it, the host that was called.
    pub public_url: Option<String>,
    /// The carriers of live mode.
    pub live_route: Vec<Lane>,
    /// Carriers that nothing sends by here: they get no accounts, which would get traffic.
    pub absent: Vec<CarrierName>,
    /// What an account of a carrier of any shape may be.
    pub any_shape: AnyShape,
}

/// What an account of a carrier of any shape may be.
#[derive(Clone, Copy)]
pub struct AnyShape {
    /// How far its host may lie.
    pub reach: Reach,
    /// The fields that a shape needs, or what is wrong with the shape.
    pub fields: fn(&str) -> Result<Vec<String>, String>,
}

impl<P: Ports, R: Roots + KeyRing> Routes for StoreRoutes<P, R> {
    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "POST /stores" => self.create(call).await,
            "GET /stores" => self.list(call).await,
            "GET /stores/{id}" => self.read(call).await,
            "PATCH /stores/{id}" => self.patch(call).await,
            "GET /defaults" => self.defaults(call).await,
            "PATCH /defaults" => self.patch_defaults(call).await,
            "PUT /stores/{id}/carriers/{carrier}" => self.put_account(call, Of::Store).await,
            "GET /stores/{id}/carriers/{carrier}" => self.read_account(call, Of::Store).await,
            "DELETE /stores/{id}/carriers/{carrier}" => self.delete_account(call, Of::Store).await,
            "PUT /carriers/{carrier}" => self.put_account(call, Of::All).await,
            "GET /carriers/{carrier}" => self.read_account(call, Of::All).await,
            "DELETE /carriers/{carrier}" => self.delete_account(call, Of::All).await,
            "PUT /routes" => self.pin(call).await,
            "GET /routes" => self.routes(call).await,
            "GET /decisions" => self.decisions(call).await,
            "POST /api-keys" => self.create_key(call).await,
            "GET /api-keys" => self.list_keys(call).await,
            "GET /api-keys/{id}" => self.read_key(call).await,
            "DELETE /api-keys/{id}" => self.delete_key(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports, R: Roots + KeyRing> StoreRoutes<P, R> {
    async fn create(&self, call: &Call) -> Result<Answer, Problem> {
        deployment_wide(call, Scope::StoresWrite)?;
        let own = settings::read(call, Settings::default())?;
        let store = open(&*self.ports, &self.kms, own).await.map_err(refusal)?;
        Ok(Answer::json(201, settings::view(&store)))
    }

    async fn list(&self, call: &Call) -> Result<Answer, Problem> {
        let key = call.key(Scope::StoresRead)?;
        page::range(call, self.ports.now())?;
        if let Some(own) = key.store {
            let store = self.find(own).await?;
            return Ok(Answer::json(200, page::body(vec![settings::view(&store)], None)));
        }
        let found = Stores::list(&*self.ports, page::limit(call)?, page::cursor(call)?).await?;
        let data = found.items.iter().map(settings::view);
        Ok(Answer::json(200, page::body(data, found.next.as_deref())))
    }

    async fn read(&self, call: &Call) -> Result<Answer, Problem> {
        let id = own_store(call, Scope::StoresRead)?;
        Ok(Answer::json(200, settings::view(&*self.find(id).await?)))
    }

    async fn patch(&self, call: &Call) -> Result<Answer, Problem> {
        let id = own_store(call, Scope::StoresWrite)?;
        self.change(call, id).await
    }

    async fn defaults(&self, call: &Call) -> Result<Answer, Problem> {
        call.key(Scope::StoresRead)?;
        self.ports.forget(Store::DEPLOYMENT);
        let defaults = Stores::find(&*self.ports, Store::DEPLOYMENT).await?;
        let own = defaults.map(|defaults| defaults.own.clone()).unwrap_or_default();
        Ok(Answer::json(200, settings::values(&own)))
    }

    async fn patch_defaults(&self, call: &Call) -> Result<Answer, Problem> {
        deployment_wide(call, Scope::StoresWrite)?;
        self.change(call, Store::DEPLOYMENT).await
    }

    async fn change(&self, call: &Call, id: StoreId) -> Result<Answer, Problem> {
        let changed = match self.changed(call, id).await? {
            // Somebody else was faster; the call does not say what it was based on.
            Err(OpenStoreError::Conflict) => self.changed(call, id).await?,
            changed => changed,
        };
        let store = changed.map_err(refusal)?;
        let body = if id == Store::DEPLOYMENT {
            settings::values(&store.own)
        } else {
            settings::view(&store)
        };
        Ok(Answer::json(200, body))
    }

    async fn changed(
        &self,
        call: &Call,
        id: StoreId,
    ) -> Result<Result<Store, OpenStoreError>, Problem> {
        self.ports.forget(id);
        let before = Stores::find(&*self.ports, id).await?;
        let before = before.as_deref().map(|store| store.own.clone()).unwrap_or_default();
        let read = if id == Store::DEPLOYMENT { settings::read_defaults } else { settings::read };
        Ok(change(&*self.ports, id, read(call, before)?).await)
    }

    /// The store as it is now: another instance may have changed it for the same caller.
    async fn find(&self, id: StoreId) -> Result<Arc<Store>, Problem> {
        self.ports.forget(id);
        Stores::find(&*self.ports, id).await?.ok_or_else(Problem::not_found)
    }
}

/// The store of the path, if the key may touch it: its own, or any with a deployment's key.
fn own_store(call: &Call, scope: Scope) -> Result<StoreId, Problem> {
    let key = call.key(scope)?;
    let id: StoreId = call.id("id")?;
    let own = key.store.is_none_or(|own| own == id) && id != Store::DEPLOYMENT;
    if own { Ok(id) } else { Err(Problem::not_found()) }
}

fn deployment_wide(call: &Call, scope: Scope) -> Result<(), Problem> {
    match call.key(scope)?.store {
        None => Ok(()),
        Some(_) => Err(Problem::forbidden("Only the deployment's operator may do this.")),
    }
}

fn refusal(error: OpenStoreError) -> Problem {
    match error {
        OpenStoreError::TextTooLong => Problem::invalid(
            "/name",
            "name and domain must leave the verification text in one GSM-7 segment: \
             shorten them, or spell the name without characters outside GSM-7",
        ),
        OpenStoreError::NumberTaken => {
            let detail = "Another store has this `sender.inbound_number`.";
            Problem::new(409, "conflict", detail)
        }
        OpenStoreError::Gone => Problem::not_found(),
        OpenStoreError::Conflict => {
            let detail = "The settings changed in between. Read them, and send your change again.";
            Problem::new(409, "conflict", detail)
        }
        OpenStoreError::Fault(fault) => fault.into(),
    }
}
