#![doc = include_str!("../README.md")]

mod eum;

use std::sync::Arc;

use doorstep_domain::{
    hear::Callback,
    ports::{Chance, Claims, Clock, Hearing, Inbox, KeyRing, Proofs, Stores},
    webhook::{Addressed, Proven, Refused, prove},
};
use doorstep_edge::{
    Answer, Call, Problem,
    heard::{HeardEvent, Source},
    http::Routes,
};
use serde_json::Value;

pub use eum::EumEvents;

/// What this function needs of storage.
pub trait Ports: Stores + Claims + Proofs + Clock + Chance {}
impl<P: Stores + Claims + Proofs + Clock + Chance> Ports for P {}

/// The routes of this function.
pub struct Webhooks<P, K, Q, E, S> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
    /// The queue that `ingest` reads from.
    pub queue: Q,
    /// Hears carriers, each in its own way.
    pub ears: E,
    /// Hears whoever reports by Standard Webhooks.
    pub standard: S,
    /// Where carriers find the API; without it, the host that was called.
    pub public_url: Option<String>,
}

impl<P, K, Q, E, S> Routes for Webhooks<P, K, Q, E, S>
where
    P: Ports,
    K: KeyRing,
    Q: Inbox,
    E: Hearing,
    S: Hearing,
{
    const OPEN: &'static [&'static str] = &[
        "POST /webhooks/carriers/{carrier}/{account}",
        "GET /webhooks/carriers/{carrier}/{account}",
        "POST /webhooks/carriers/{carrier}/{account}/inbound",
        "GET /webhooks/carriers/{carrier}/{account}/inbound",
        "POST /webhooks",
    ];
    const MAX_BODY: usize = 64 * 1024;

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        if !Self::OPEN.contains(&call.route.as_str()) {
            return Err(Problem::not_found());
        }
        if call.route == "POST /webhooks" {
            let account = named_account(&call.body).ok_or_else(unproven)?;
            let to = Addressed { carrier: None, account: &account };
            return self.hear(&self.standard, to, call).await;
        }
        let part = |name: &str| call.path.get(name).map(String::as_str).unwrap_or_default();
        let carrier = part("carrier").parse().map_err(|_| unproven())?;
        let to = Addressed { carrier: Some(carrier), account: part("account") };
        self.hear(&self.ears, to, call).await
    }
}

impl<P: Ports, K: KeyRing, Q: Inbox, E, S> Webhooks<P, K, Q, E, S> {
    /// Proves, seals, puts into the queue, answers.
    async fn hear(
        &self,
        ears: &impl Hearing,
        to: Addressed<'_>,
        call: &Call,
    ) -> Result<Answer, Problem> {
        let url = url(call, self.public_url.as_deref());
        let raw_query = call.target.split_once('?').map_or("", |(_, query)| query);
        let query: Vec<_> = form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
        let headers: Vec<_> = call.headers.clone().into_iter().collect();
        let callback = Callback {
            url: &url,
            method: call.route.split(' ').next().unwrap_or_default(),
            query: &query,
            headers: &headers,
            body: &call.body,
            inbound: call.route.ends_with("/inbound"),
            now: self.ports.now(),
        };
        let proven = prove(&*self.ports, &self.ring, ears, (to, &callback)).await;
        let proven = proven.map_err(refusal)?;
        if let Some(document) = proven.read_out {
            return Ok(Answer::text("text/xml", document.0));
        }
        self.hand_over(&proven, &call.trace).await?;
        Ok(Answer::empty())
    }

    async fn hand_over(&self, proven: &Proven, trace: &str) -> Result<(), Problem> {
        let account = &proven.account;
        let (carrier, id) = (account.carrier, Some(account.id.as_str()));
        let source = Source { carrier, account: id, at: proven.at, trace };
        for heard in &proven.heard {
            let event = HeardEvent::seal(&proven.keys, source, heard, &*self.ports);
            self.queue.put(event.body()).await?;
        }
        Ok(())
    }
}

/// The URL as the carrier called it. Behind a custom domain the gateway's path may or may not
/// begin with what the domain maps to this API: what is ours begins with `/webhooks`.
fn url(call: &Call, public_url: Option<&str>) -> String {
    let ours = call.target.find("/webhooks").unwrap_or_default();
    format!("{}{}", call.base_url(public_url), &call.target[ours..])
}

/// The account that a Standard Webhooks body says it is for, before anything is proven.
fn named_account(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body["data"]["account"].as_str().map(str::to_owned)
}

fn unproven() -> Problem {
    let detail = "Sign the request with the secret of the account that it names.";
    Problem::new(401, "unauthenticated", detail)
}

fn refusal(refused: Refused) -> Problem {
    match refused {
        Refused::Unproven => unproven(),
        Refused::Malformed => {
            let detail = "The request is signed, and not what this carrier sends.";
            Problem::new(400, "malformed_json", detail)
        }
        Refused::Elsewhere => Problem::forbidden("This request was for another account before."),
        Refused::Fault(fault) => fault.into(),
    }
}
