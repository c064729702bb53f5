#![doc = include_str!("../README.md")]

mod change;
mod page;
mod view;
mod wish;
mod words;
mod zone;

use std::sync::Arc;

use doorstep_domain::{
    access::Scope,
    guard::Pool,
    id::UserId,
    ports::{KeyRing, Ledger, PreferenceLinks, Stores, Suppressions, Users},
    preference::{Person, Preferences, issue, long_url, person, read},
    route::Lane,
    start,
    text::locale::{Language, Locale},
};
use doorstep_edge::{
    Answer, Call, Problem,
    html::{wants_json, wished},
    http::Routes,
    refusals::not_ready,
};
use serde_json::json;

use crate::{change::Done, page::Page};

/// The routes of this function.
pub struct Centre<P, K> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
    /// The carriers of live mode.
    pub live_route: Vec<Lane>,
    /// Sends that were counted ahead.
    pub pool: Pool,
}

/// What this function needs of storage.
pub trait Ports: start::Ports + PreferenceLinks + Stores + Users + Ledger + Suppressions {}
impl<P: start::Ports + PreferenceLinks + Stores + Users + Ledger + Suppressions> Ports for P {}

impl<P: Ports, K: KeyRing> Routes for Centre<P, K> {
    /// Links come without a key: their token is the proof.
    const OPEN: &'static [&'static str] = &[
        "GET /p/{token}",
        "HEAD /p/{token}",
        "POST /p/{token}",
        "GET /preferences/{token}",
        "HEAD /preferences/{token}",
        "POST /preferences/{token}",
    ];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.split_once(' ') {
            Some(("GET" | "HEAD", "/p/{token}" | "/preferences/{token}")) => self.look(call).await,
            Some(("POST", "/p/{token}" | "/preferences/{token}")) => self.change(call).await,
            Some(("POST", "/users/{id}/preference-link")) => self.link(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports, K: KeyRing> Centre<P, K> {
    /// `GET` and `HEAD`: it writes nothing, whoever looks.
    async fn look(&self, call: &Call) -> Result<Answer, Problem> {
        let mut answer = match self.person(call).await? {
            Some(person) => {
                let found = self.read(&person).await?;
                show(call, (&person, &found), None)
            }
            None => gone(call)?,
        };
        if call.route.starts_with("HEAD ") {
            answer.text = None;
            answer.body = None;
        }
        Ok(answer)
    }

    /// `POST`: what was wished is done at once, and shown.
    async fn change(&self, call: &Call) -> Result<Answer, Problem> {
        let wish = wish::read(call)?;
        let Some(person) = self.person(call).await? else { return gone(call) };
        let before = self.read(&person).await?;
        let mut done = self.fulfil(call, (&person, &before), &wish).await?;
        if wants_json(call)
            && !done.ended()
            && let Some(problem) = done.refused.take()
        {
            return Err(problem);
        }
        let after = self.read(&person).await?;
        Ok(show(call, (&person, &after), Some(&done)))
    }

    /// `POST /users/{id}/preference-link`.
    async fn link(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = call.store(Scope::ConsentsWrite)?;
        let id: UserId = call.id("id")?;
        let store = Stores::find(&*self.ports, store).await?.ok_or_else(Problem::not_found)?;
        let host = store.settings.domain.as_deref().ok_or_else(|| not_ready(&["domain"]))?;
        let keys = self.ring.data(&store, mode).await?;
        let user = Users::find(&*self.ports, &keys, id).await?.ok_or_else(Problem::not_found)?;
        let (token, end) = issue(&*self.ports, &keys, user.id, self.ports.now()).await?;
        let body = json!({"url": long_url(host, &token), "expires_at": end.to_string()});
        Ok(Answer::json(201, body))
    }

    async fn person(&self, call: &Call) -> Result<Option<Person>, Problem> {
        let token = call.path.get("token").map(String::as_str).unwrap_or_default();
        Ok(person(&*self.ports, &self.ring, token).await?)
    }

    async fn read(&self, person: &Person) -> Result<Preferences, Problem> {
        let shop = (&person.store.settings, &*person.keys);
        Ok(read(&*self.ports, shop, &person.user).await?)
    }
}

/// The preferences, and what was done with them, for a program or for people.
fn show(call: &Call, seen: (&Person, &Preferences), done: Option<&Done>) -> Answer {
    if wants_json(call) {
        return Answer::json(200, view::preferences(seen, done));
    }
    Page::of(language(call, seen), seen, done).whole()
}

/// The language that the shopper was asked in last; else the browser's, and the shop's.
fn language(call: &Call, (person, found): (&Person, &Preferences)) -> Language {
    let asked = found.locale().and_then(|locale| locale.parse::<Locale>().ok());
    let shop = person.store.settings.locale.as_ref().and_then(|locale| locale.parse().ok());
    let all: Vec<_> = asked.into_iter().chain(wished(call)).chain(shop).collect();
    Language::choose(&all)
}

/// The one answer for unknown, over and erased: it depends on the request alone.
fn gone(call: &Call) -> Result<Answer, Problem> {
    if wants_json(call) {
        let detail = "This link is unknown, or is over. Ask for a new one.";
        return Err(Problem::new(410, "link_gone", detail));
    }
    Ok(page::gone(Language::choose(&wished(call))))
}
