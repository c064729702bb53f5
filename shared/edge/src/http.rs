//! HTTP functions: every call goes through the same steps, every answer looks alike.

use std::{future::Future, sync::Arc};

use doorstep_domain::{
    ports::{ApiKeys, Audit, Chance, Clock, Replays, SigningKeys, Stores},
    usage::Meter,
};
use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::{
    access, audit,
    call::{Answer, Call, Caller},
    config, cors,
    event::Event,
    front::Front,
    guard,
    json::MAX_BODY,
    problem::Problem,
    replay,
    reply::{self, Reply},
    telemetry::Invocation,
};

/// What a function answers.
pub trait Routes: Send + Sync {
    /// Its routes that need no key.
    const OPEN: &'static [&'static str] = &[];
    /// Its largest body, in bytes.
    const MAX_BODY: usize = MAX_BODY;
    /// Its routes that are idempotent by themselves and keep their own record.
    const KEEPS: &'static [&'static str] = &[];
    /// Its routes whose bodies may be larger, or compressed: they hold them to limits of their own.
    const UNPACKS: &'static [&'static str] = &[];

    /// Answers one call; a route that is not its own is not found.
    fn answer(&self, call: &Call) -> impl Future<Output = Result<Answer, Problem>> + Send;
}

/// What an HTTP function needs of storage, whatever its routes.
pub trait Ports: ApiKeys + SigningKeys + Audit + Stores + Replays + Clock + Chance {}
impl<P: ApiKeys + SigningKeys + Audit + Stores + Replays + Clock + Chance> Ports for P {}

/// What every HTTP function needs around its routes.
pub struct Function<P> {
    /// Its name.
    pub name: &'static str,
    /// Keys, stores and the clock.
    pub ports: Arc<P>,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<P: Ports> Function<P> {
    /// Serves until Lambda stops.
    ///
    /// # Errors
    /// When the runtime cannot be reached, or `ORIGIN_DIGEST` is none.
    pub async fn serve(self, routes: impl Routes) -> Result<(), Error> {
        let (function, routes, front) = (&self, &routes, config::front()?);
        let bounds = &audit::Bounds::default();
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
            let answered = function.respond(routes, (front, bounds), event.payload);
            Ok::<_, Error>(Box::pin(answered).await)
        }))
        .await
    }

    /// The answer to one event.
    pub async fn respond(
        &self,
        routes: &impl Routes,
        (front, bounds): (Front, &audit::Bounds),
        event: Event,
    ) -> Reply {
        let began = self.ports.now();
        let mut call = event.read();
        let request_id = call.request_id.clone();
        guard::disembody(&mut call);
        let origin = call.header("origin").map(str::to_owned);
        let answered = match front.check(&mut call) {
            Ok(()) => self.answer(routes, &mut call).await,
            Err(refused) => Err(refused),
        };
        if let Err(problem) = &answered {
            audit::refused(&*self.ports, bounds, &call, problem).await;
        }
        let mut answer = answered.unwrap_or_else(|problem| reply::refusal(&problem));
        if let (true, Some(origin)) = (call.caller.is_some() && call.is_publishable(), origin) {
            cors::allow(&mut answer, &origin);
        }
        tracing::info!(
            route = call.route,
            status = answer.status,
            request.id = request_id,
            trace = call.trace,
            "A call was answered."
        );
        Invocation { function: self.name, request_id: &request_id, began }
            .end(&self.meter, &*self.ports);
        Reply::new(answer, &request_id, &call.trace)
    }

    async fn answer<R: Routes>(&self, routes: &R, call: &mut Call) -> Result<Answer, Problem> {
        if call.route.starts_with("OPTIONS ") {
            return Ok(cors::preflight(&call.headers));
        }
        if !R::OPEN.contains(&call.route.as_str()) {
            let caller: Caller = access::check(&*self.ports, &call.headers).await?;
            if let Some(store) = call.named_store(&caller.key)? {
                self.meter.share(&store.to_string());
            }
            call.caller = Some(caller);
            guard::unambiguous(call)?;
            guard::understood(call)?;
        }
        if !R::UNPACKS.contains(&call.route.as_str()) {
            guard::unpacked(call)?;
            guard::small(call, R::MAX_BODY)?;
        }
        if R::KEEPS.contains(&call.route.as_str()) {
            return routes.answer(call).await;
        }
        replay::once(&*self.ports, call, routes.answer(call)).await
    }
}
