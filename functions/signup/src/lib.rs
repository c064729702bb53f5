#![doc = include_str!("../README.md")]

mod person;
mod read;
mod refusals;
mod request;
mod view;

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    access::{Kind, Scope},
    guard::{Pool, Solution},
    id::{SignupId, StoreId},
    keys::DataKeys,
    link,
    ports::{Challenges, KeyRing, Messages, Stores},
    resend::{Resend, ResendError, resend},
    route::Lane,
    signup::RegistrationAttempt,
    start::{self, StartError, start},
    store::Store,
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, json::Object, limits::limited};

pub use self::person::People;

/// The routes of this function.
pub struct Signup<P, K, C> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
    /// The carriers of live mode.
    pub live_route: Vec<Lane>,
    /// Sends that were counted ahead.
    pub pool: Pool,
    /// Who tells people from programs; without them, a proof of work does.
    pub people: Option<People<C>>,
}

/// A store with its keys, opened for one call.
struct Shop {
    store: Arc<Store>,
    mode: Mode,
    keys: Arc<DataKeys>,
}

impl<P, K, C> Routes for Signup<P, K, C>
where
    P: start::Ports + Messages + Stores,
    K: KeyRing,
    C: Challenges,
{
    const KEEPS: &'static [&'static str] = &["POST /signups", "POST /signups/{id}/resend"];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "POST /signups" => self.start(call).await,
            "GET /signups" => self.list(call).await,
            "POST /signups/search" => self.search(call).await,
            "GET /signups/{id}" => self.read(call).await,
            "GET /signups/{id}/timeline" => self.timeline(call).await,
            "POST /signups/{id}/resend" => self.resend(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P, K, C> Signup<P, K, C>
where
    P: start::Ports + Messages + Stores,
    K: KeyRing,
    C: Challenges,
{
    async fn start(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::SignupsWrite)?;
        let idempotency_key = call.idempotency_key()?;
        let body = call.json()?;
        let command = request::Start { call, mode: scope.1, idempotency_key };
        let command = command.read(body, &self.live_route)?;
        let shop = self.whole(scope).await?;
        let now = self.ports.now();
        let again = command.clone();
        let mut started = start(&*self.ports, &self.pool, &shop, command).await;
        if let Err(StartError::Refused(refused)) = &started {
            let asked = (&*shop.store, again.source);
            if let Some(solution) = self.person(refused, again.solution.as_ref(), asked).await {
                let again = start::Start { solution: Some(solution), ..again };
                started = start(&*self.ports, &self.pool, &shop, again).await;
            }
        }
        let started = started.map_err(|error| refusals::start(error, now, self.site_key()))?;
        let attempt = &started.attempt;
        let secret = shop.keys.attempt_secret(attempt.id, &attempt.seed);
        let secret = (attempt.started_by == Kind::Publishable).then(|| secret.expose().to_owned());
        let shown = link::shown(&shop.keys, attempt)?;
        let answer = Answer::json(202, view::started(attempt, (secret, shown)));
        Ok(limited(answer.replayed(started.replayed), started.left, now))
    }

    async fn resend(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::SignupsWrite)?;
        let idempotency_key = call.idempotency_key()?;
        let mut body = Object::parse_optional(&call.body)?;
        let canonical = body.canonical();
        let channel = request::channel(&mut body, call.is_publishable())?;
        let solution = body.text("challenge_token", 2_048).map(Solution::Work);
        body.finish()?;
        let shop = self.whole(scope).await?;
        let attempt = self.attempt(call, &shop.keys).await?;
        let route = format!("POST /signups/{}/resend", attempt.id);
        let command = Resend {
            request: shop.keys.request_key(&route, &idempotency_key),
            body: shop.keys.fingerprint(&route, &canonical),
            channel,
            limited: call.is_limited(scope.1),
            attempt,
            key: call.caller.as_ref().map(|caller| caller.key.id.clone()),
            source: request::seen(call),
            solution,
        };
        let now = self.ports.now();
        let again = command.clone();
        let mut resent = resend(&*self.ports, &self.pool, &shop, command).await;
        if let Err(ResendError::Refused(refused)) = &resent {
            let asked = (&*shop.store, again.source);
            if let Some(solution) = self.person(refused, again.solution.as_ref(), asked).await {
                let again = Resend { solution: Some(solution), ..again };
                resent = resend(&*self.ports, &self.pool, &shop, again).await;
            }
        }
        let resent = resent.map_err(|error| refusals::resend(error, now, self.site_key()))?;
        let answer = Answer::json(202, view::resent(&resent.attempt)).replayed(resent.replayed);
        Ok(limited(answer, resent.left, now))
    }

    async fn open(&self, (store, mode): (StoreId, Mode)) -> Result<Shop, Problem> {
        let store = Stores::find(&*self.ports, store).await?.ok_or_else(Problem::not_found)?;
        let keys = self.ring.data(&store, mode).await?;
        Ok(Shop { store, mode, keys })
    }

    /// The store with the deployment, and the keys that both count under.
    async fn whole(&self, (store, mode): (StoreId, Mode)) -> Result<start::Shop, Problem> {
        let Shop { store, keys, .. } = self.open((store, mode)).await?;
        let deployment = Stores::find(&*self.ports, Store::DEPLOYMENT).await?;
        let deployment =
            deployment.ok_or_else(|| Fault::new("read the deployment", "no_deployment"))?;
        let shared = match mode {
            Mode::Live => self.ring.data(&deployment, mode).await?,
            Mode::Test => Arc::clone(&keys),
        };
        Ok(start::Shop { store, keys, deployment, shared })
    }

    /// The sign-up of the path. A browser must hold its secret.
    async fn attempt(&self, call: &Call, keys: &DataKeys) -> Result<RegistrationAttempt, Problem> {
        let id: SignupId = call.id("id")?;
        let found = doorstep_domain::ports::Attempts::find(&*self.ports, keys, id).await?;
        let attempt = found.ok_or_else(Problem::not_found)?;
        call.holds(&keys.attempt_secret(id, &attempt.seed))?;
        Ok(attempt)
    }
}
