#![doc = include_str!("../README.md")]

mod consents;
mod view;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::Scope,
    id::{StoreId, UserId},
    keys::DataKeys,
    phone::PhoneNumber,
    ports::{Clock, KeyRing, Ledger, People, Phones, Stores, Users, Wordings},
    store::Store,
    user::User,
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, page};
use serde_json::Value;

/// What this function needs of storage.
pub trait Ports: Users + People + Phones + Ledger + Wordings + Stores + Clock {}
impl<P: Users + People + Phones + Ledger + Wordings + Stores + Clock> Ports for P {}

/// The routes of this function.
pub struct UserRoutes<P, K> {
    /// Storage and the clock.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
}

/// A store with its keys, opened for one call.
struct Shop {
    store: Arc<Store>,
    mode: Mode,
    keys: Arc<DataKeys>,
}

impl<P: Ports, K: KeyRing> Routes for UserRoutes<P, K> {
    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "GET /users/{id}" => self.read(call).await,
            "POST /users/search" => self.search(call).await,
            "GET /users/{id}/consents" => self.consents(call).await,
            "PUT /users/{id}/consents" => self.tell(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports, K: KeyRing> UserRoutes<P, K> {
    async fn read(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call.store(Scope::UsersRead)?).await?;
        let user = self.user(call, &shop).await?;
        Ok(Answer::json(200, self.view(&shop, &user).await?))
    }

    async fn search(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::UsersRead)?;
        let (limit, cursor) = (page::limit(call)?, page::cursor(call)?);
        let mut body = call.json()?;
        let phone = body.text("phone", 8_192);
        let external_id = body.text("external_id", 64);
        body.finish()?;
        let shop = self.open(scope).await?;
        let ids = match (phone, &external_id) {
            (Some(phone), None) => self.of_phone(&shop, &phone).await?,
            (None, Some(id)) => {
                let index = shop.keys.external_index(id);
                self.ports.known_as(&shop.keys, &index).await?
            }
            _ => return Err(Problem::invalid("/phone", "send either `phone` or `external_id`")),
        };
        let (ids, next) = page::part(ids, UserId::to_string, (limit, cursor.as_deref()));
        let mut found = Vec::new();
        for id in ids {
            if let Some(user) = Users::find(&*self.ports, &shop.keys, id).await? {
                found.push(self.view(&shop, &user).await?);
            }
        }
        Ok(Answer::json(200, page::body(found, next.as_deref())))
    }

    /// The user of a number; none for what is no number.
    async fn of_phone(&self, shop: &Shop, phone: &str) -> Result<Vec<UserId>, Problem> {
        let country = shop.store.settings.country;
        let Ok(phone) = PhoneNumber::parse(phone, country, shop.mode) else {
            return Ok(Vec::new());
        };
        let index = shop.keys.phone_index(&phone);
        let record = Phones::find(&*self.ports, &shop.keys, &index).await?;
        Ok(record.user.into_iter().collect())
    }

    async fn view(&self, shop: &Shop, user: &User) -> Result<Value, Problem> {
        let held = self.held(shop, user).await?;
        let index = shop.keys.phone_index(&user.phone);
        let number = Phones::find(&*self.ports, &shop.keys, &index).await?;
        Ok(view::user(user, &number, &held))
    }

    async fn open(&self, (store, mode): (StoreId, Mode)) -> Result<Shop, Problem> {
        let store = Stores::find(&*self.ports, store).await?.ok_or_else(Problem::not_found)?;
        let keys = self.ring.data(&store, mode).await?;
        Ok(Shop { store, mode, keys })
    }

    /// The user of the path.
    async fn user(&self, call: &Call, shop: &Shop) -> Result<User, Problem> {
        let id: UserId = call.id("id")?;
        let found = Users::find(&*self.ports, &shop.keys, id).await?;
        found.ok_or_else(Problem::not_found)
    }
}
