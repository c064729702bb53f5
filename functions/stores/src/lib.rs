#![doc = include_str!("../README.md")]

mod accounts;
mod budgets;
mod codes;
mod key_list;
mod keys;
mod levers;
mod nonces;
mod routes;
mod settings;
mod tokens;

use std::sync::Arc;

use doorstep_domain::{
    access::Scope,
    carrier::CarrierName,
    egress::Reach,
    id::StoreId,
    open_store::{OpenStoreError, change, open},
    ports::{
        ApiKeys, Audit, Backlog, Chance, Claims, Clock, HealthBook, KeyRing, Nonces, Page, Phones,
        Roots, SigningKeys, Slates, Stores,
    },
    route::Lane,
    store::{Settings, Store},
};
use doorstep_edge::{Answer, Call, Problem, audit, http::Routes, page};
use serde_json::Value;

use accounts::Of;

/// What this function needs of storage.
pub trait Ports:
    Stores
    + Claims
    + Phones
    + ApiKeys
    + SigningKeys
    + Nonces
    + Audit
    + HealthBook
    + Slates
    + Clock
    + Chance
{
}
impl<P> Ports for P where
    P: Stores
        + Claims
        + Phones
        + ApiKeys
        + SigningKeys
        + Nonces
        + Audit
        + HealthBook
        + Slates
        + Clock
        + Chance
{
}

/// The routes of this function.
pub struct StoreRoutes<P, R, B> {
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
    /// What waits for the carriers.
    pub backlog: B,
}

/// What an account of a carrier of any shape may be.
#[derive(Clone, Copy)]
pub struct AnyShape {
    /// How far its host may lie.
    pub reach: Reach,
    /// The fields that a shape needs, or what is wrong with the shape.
    pub fields: fn(&str) -> Result<Vec<String>, String>,
}

impl<P: Ports, R: Roots + KeyRing, B: Backlog> Routes for StoreRoutes<P, R, B> {
    const OPEN: &'static [&'static str] = &["POST /oauth/token", "GET /.well-known/jwks.json"];

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
            "PUT /limits" => self.put_limit(call).await,
            "GET /limits" => self.limits(call).await,
            "PUT /kill-switch" => self.put_kill_switch(call).await,
            "GET /kill-switch" => self.kill_switch(call).await,
            "PUT /allow-list" => self.put_exempt(call).await,
            "GET /allow-list" => self.exempts(call).await,
            "POST /codes/enable" => self.enable_codes(call).await,
            "PUT /budgets" => self.put_budgets(call).await,
            "GET /budgets" => self.budgets(call).await,
            "POST /nonces" => self.create_nonce(call).await,
            "POST /api-keys" => self.create_key(call).await,
            "GET /api-keys" => self.list_keys(call).await,
            "GET /api-keys/{id}" => self.read_key(call).await,
            "DELETE /api-keys/{id}" => self.delete_key(call).await,
            "POST /api-keys/{id}/rotate" => self.rotate_key(call).await,
            "POST /oauth/token" => self.token(call).await,
            "GET /.well-known/jwks.json" => self.public_keys().await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    async fn create(&self, call: &Call) -> Result<Answer, Problem> {
        deployment_wide(call, Scope::StoresWrite)?;
        let own = settings::read(call, Settings::default())?;
        audit::done(&*self.ports, call, None, own.domain.as_deref().unwrap_or_default()).await?;
        let store = open(&*self.ports, &self.kms, own).await.map_err(refusal)?;
        Ok(Answer::json(201, self.view(&store)))
    }

    async fn list(&self, call: &Call) -> Result<Answer, Problem> {
        let key = call.key(Scope::StoresRead)?;
        let made = page::made(call)?;
        let (limit, cursor) = (page::limit(call)?, page::cursor(call)?);
        let found = match call.named_store(key)? {
            Some(one) => Page { items: vec![(*self.find(one).await?).clone()], next: None },
            None => Stores::list(&*self.ports, limit, cursor).await?,
        };
        let asked = found.items.iter().filter(|store| made.contains(&store.created_at));
        let data = asked.map(|store| self.view(store));
        Ok(Answer::json(200, page::body(data, found.next.as_deref())))
    }

    async fn read(&self, call: &Call) -> Result<Answer, Problem> {
        let id = own_store(call, Scope::StoresRead)?;
        Ok(Answer::json(200, self.view(&*self.find(id).await?)))
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
        let own = self.wanted(call, id).await?;
        audit::done(&*self.ports, call, Some(id), &id.to_string()).await?;
        let changed = match change(&*self.ports, id, own).await {
            // Somebody else was faster; the call does not say what it was based on.
            Err(OpenStoreError::Conflict) => {
                change(&*self.ports, id, self.wanted(call, id).await?).await
            }
            changed => changed,
        };
        let store = changed.map_err(refusal)?;
        let body =
            if id == Store::DEPLOYMENT { settings::values(&store.own) } else { self.view(&store) };
        Ok(Answer::json(200, body))
    }

    /// The settings that a call wants a store to have: those that it has now, changed.
    async fn wanted(&self, call: &Call, id: StoreId) -> Result<Settings, Problem> {
        self.ports.forget(id);
        let before = Stores::find(&*self.ports, id).await?;
        if before.is_none() && id != Store::DEPLOYMENT {
            return Err(Problem::not_found());
        }
        let before = before.as_deref().map(|store| store.own.clone()).unwrap_or_default();
        let read = if id == Store::DEPLOYMENT { settings::read_defaults } else { settings::read };
        read(call, before)
    }

    fn view(&self, store: &Store) -> Value {
        settings::view(store, &self.live_route)
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
    let own = call.named_store(key)?.is_none_or(|own| own == id);
    if own && id != Store::DEPLOYMENT { Ok(id) } else { Err(Problem::other_store()) }
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
