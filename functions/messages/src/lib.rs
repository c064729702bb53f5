#![doc = include_str!("../README.md")]

mod sandbox;
mod writing;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::Scope,
    guard::Pool,
    id::{MessageId, SignupId},
    keys::DataKeys,
    message::{About, Message},
    ports::{Attempts, KeyRing, Messages, Sandbox, Stores},
    read,
    route::Lane,
    store::Store,
    write,
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, views};
use serde_json::{Value, json};

/// What this function needs of storage.
pub trait Ports: write::Ports + Attempts + Sandbox + Stores {}
impl<P: write::Ports + Attempts + Sandbox + Stores> Ports for P {}

/// The routes of this function. Named for its path; the domain's messages come by its port.
pub struct MessageRoutes<P, K> {
    /// Storage and the clock.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
    /// The carriers of live mode, in order.
    pub live_route: Vec<Lane>,
    /// Sends that were counted ahead.
    pub pool: Pool,
}

/// A store with its keys, opened for one call.
struct Shop {
    store: Arc<Store>,
    mode: Mode,
    keys: Arc<DataKeys>,
}

impl<P: Ports, K: KeyRing> Routes for MessageRoutes<P, K> {
    const KEEPS: &'static [&'static str] = &["POST /messages"];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "GET /delivery-status" => self.delivery_status(call).await,
            "POST /messages" => self.write(call).await,
            "GET /messages/{id}" => self.message(call).await,
            "GET /sandbox/messages" => self.inbox(call).await,
            "POST /sandbox/reset" => self.reset(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports, K: KeyRing> MessageRoutes<P, K> {
    async fn message(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call, Scope::MessagesRead).await?;
        let message = self.find(&shop, call.id("id")?).await?;
        Ok(Answer::json(200, view(&read::told(message, self.ports.now()))))
    }

    /// By message, or by sign-up: then its newest message.
    async fn delivery_status(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call, Scope::MessagesRead).await?;
        let message = match (call.query.get("message_id"), call.query.get("signup_id")) {
            (Some(id), None) => {
                let id = id.parse().map_err(|_| Problem::not_found())?;
                self.find(&shop, id).await?
            }
            (None, Some(id)) => {
                let id: SignupId = id.parse().map_err(|_| Problem::not_found())?;
                self.of_signup(&shop, id).await?.pop().ok_or_else(Problem::not_found)?
            }
            _ => {
                let detail = "send either `message_id` or `signup_id`";
                return Err(Problem::invalid("?message_id", detail));
            }
        };
        Ok(Answer::json(200, view(&read::told(message, self.ports.now()))))
    }

    /// A letter stands by itself; a sign-up's message may be there before anybody claimed it.
    async fn find(&self, shop: &Shop, id: MessageId) -> Result<Message, Problem> {
        let own = Messages::find(&*self.ports, &shop.keys, &[id]).await?.pop();
        if let Some(letter) = own.filter(|message| message.signup().is_none()) {
            return Ok(letter);
        }
        let messages = self.of_signup(shop, id.signup().0).await?;
        messages.into_iter().find(|message| message.id == id).ok_or_else(Problem::not_found)
    }

    async fn of_signup(&self, shop: &Shop, id: SignupId) -> Result<Vec<Message>, Problem> {
        let attempt = Attempts::find(&*self.ports, &shop.keys, id).await?;
        let attempt = attempt.ok_or_else(Problem::not_found)?;
        Ok(read::messages(&*self.ports, &shop.keys, &attempt).await?)
    }

    async fn open(&self, call: &Call, scope: Scope) -> Result<Shop, Problem> {
        let (store, mode) = call.store(scope)?;
        let store = Stores::find(&*self.ports, store).await?.ok_or_else(Problem::not_found)?;
        let keys = self.ring.data(&store, mode).await?;
        Ok(Shop { store, mode, keys })
    }
}

fn view(message: &Message) -> Value {
    let history: Vec<_> = message.history.iter().map(views::happening).collect();
    let carrier = message.history.iter().rev().find_map(|happening| happening.carrier);
    let mut body = json!({
        "message_id": message.id.to_string(),
        "status": message.status.as_str(),
        "history": history,
    });
    match &message.about {
        About::Signup(signup) => body["signup_id"] = json!(signup.to_string()),
        About::Letter(letter) => {
            body["purpose"] = json!(letter.purpose);
            if let Some(due) = letter.send_after {
                body["send_after"] = json!(due.to_string());
            }
        }
    }
    if let Some(carrier) = carrier {
        body["carrier"] = json!(carrier.as_str());
    }
    if let Some(price) = message.price {
        body["price"] = views::money(price);
    }
    body
}
