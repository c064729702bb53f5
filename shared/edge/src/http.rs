//! HTTP functions: every call goes through the same steps, every answer looks alike.

use std::{collections::HashMap, future::Future, sync::Arc};

use doorstep_domain::{
    ports::{ApiKeys, Chance, Clock, Replays, Stores},
    usage::Meter,
};
use lambda_http::{
    Body, Error, Request, RequestExt, Response, http::HeaderValue, request::RequestContext,
    service_fn,
};

use crate::{
    access,
    call::{Answer, Call, Caller},
    cors,
    json::MAX_BODY,
    problem::Problem,
    replay,
    telemetry::Invocation,
    trace,
};

/// What a function answers.
pub trait Routes: Send + Sync {
    /// Its routes that need no key.
    const OPEN: &'static [&'static str] = &[];
    /// Its largest body, in bytes.
    const MAX_BODY: usize = MAX_BODY;
    /// Its routes that are idempotent by themselves and keep their own record.
    const KEEPS: &'static [&'static str] = &[];

    /// Answers one call; a route that is not its own is not found.
    fn answer(&self, call: &Call) -> impl Future<Output = Result<Answer, Problem>> + Send;
}

/// What an HTTP function needs of storage, whatever its routes.
pub trait Ports: ApiKeys + Stores + Replays + Clock + Chance {}
impl<P: ApiKeys + Stores + Replays + Clock + Chance> Ports for P {}

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
    /// When the runtime cannot be reached.
    pub async fn serve(self, routes: impl Routes) -> Result<(), Error> {
        let (function, routes) = (&self, &routes);
        lambda_http::run(service_fn(move |request: Request| async move {
            Ok::<_, Error>(function.respond(routes, request).await)
        }))
        .await
    }

    async fn respond(&self, routes: &impl Routes, request: Request) -> Response<Body> {
        let began = self.ports.now();
        let (mut call, request_id) = read(request);
        let origin = call.header("origin").map(str::to_owned);
        let answered = self.answer(routes, &mut call).await;
        let mut answer = answered.unwrap_or_else(|problem| told(&problem));
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
        response(answer, &request_id, &call.trace)
    }

    async fn answer<R: Routes>(&self, routes: &R, call: &mut Call) -> Result<Answer, Problem> {
        if call.route.starts_with("OPTIONS ") {
            return Ok(cors::preflight(&call.headers));
        }
        if !R::OPEN.contains(&call.route.as_str()) {
            let caller: Caller = access::check(&*self.ports, &call.headers).await?;
            if let Some(store) = caller.key.store {
                self.meter.share(&store.to_string());
            }
            call.caller = Some(caller);
        }
        if call.body.len() > R::MAX_BODY {
            let detail = format!("Send a body of at most {} KiB.", R::MAX_BODY / 1024);
            return Err(Problem::new(413, "malformed_json", detail));
        }
        if R::KEEPS.contains(&call.route.as_str()) {
            return routes.answer(call).await;
        }
        replay::once(&*self.ports, call, routes.answer(call)).await
    }
}

/// Takes what a call needs out of the gateway's event.
fn read(request: Request) -> (Call, String) {
    let (route, request_id, source_ip, host) = match request.request_context() {
        RequestContext::ApiGatewayV2(context) => {
            (context.route_key, context.request_id, context.http.source_ip, context.domain_name)
        }
        _ => (None, None, None, None),
    };
    let (request_id, host) = (request_id.unwrap_or_default(), host.unwrap_or_default());
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{}{query}", request.raw_http_path());
    let lists = |map: lambda_http::aws_lambda_events::query_map::QueryMap| -> HashMap<_, _> {
        map.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let (path, query) =
        (lists(request.path_parameters()), lists(request.query_string_parameters()));
    let text = |(name, value): (&_, &HeaderValue)| {
        let name: &lambda_http::http::HeaderName = name;
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers: HashMap<_, _> = request.headers().iter().filter_map(text).collect();
    let trace = trace::parent(headers.get("traceparent").map(String::as_str), &request_id);
    let route = route.unwrap_or_default();
    let body = request.into_body().to_vec();
    let call =
        Call { route, target, host, path, query, headers, body, source_ip, caller: None, trace };
    (call, request_id)
}

fn told(problem: &Problem) -> Answer {
    tracing::info!(code = problem.code, "A call was refused.");
    let mut answer = Answer::json(problem.status, problem.body());
    answer.headers.push(("content-type", "application/problem+json".to_owned()));
    if let Some(seconds) = problem.retry_after {
        answer.headers.push(("retry-after", seconds.to_string()));
    }
    answer.headers.extend(problem.more.headers.iter().cloned());
    if problem.status == 401 {
        answer.headers.push(("www-authenticate", "Bearer".to_owned()));
    }
    answer
}

fn response(answer: Answer, request_id: &str, trace: &str) -> Response<Body> {
    let text = answer.text.or_else(|| answer.body.map(|body| body.to_string()));
    let body = text.map_or(Body::Empty, Body::Text);
    let mut response = Response::new(body);
    *response.status_mut() = answer.status.try_into().unwrap_or_default();
    let always = [
        ("content-type", "application/json".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("request-id", request_id.to_owned()),
        ("traceparent", trace.to_owned()),
    ];
    for (name, value) in always.into_iter().chain(answer.headers) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
