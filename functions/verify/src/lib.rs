#![doc = include_str!("../README.md")]

mod link;
mod page;
mod words;

use std::sync::Arc;

use doorstep_domain::{
    access::Scope,
    code::Code,
    confirm,
    id::SignupId,
    ports::{Attempts, KeyRing, Stores, Wordings},
    tries::{Exhausted, PER_SIGNUP, PER_WINDOW},
    verify::{Done, Shop, VerifyError, verify},
};
use doorstep_edge::{Answer, Call, Problem, http::Routes, limits::none_left, telemetry, views};
use serde_json::{Map, Value, json};

/// The routes of this function.
pub struct Verify<P, K> {
    /// Storage, clock and chance.
    pub ports: Arc<P>,
    /// The stores' keys.
    pub ring: K,
}

impl<P, K> Routes for Verify<P, K>
where
    P: confirm::Ports + Wordings + Stores,
    K: KeyRing,
{
    /// Links come without a key: their token is the proof.
    const OPEN: &'static [&'static str] = &["GET /l/{token}", "HEAD /l/{token}", "POST /l/{token}"];

    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "POST /signups/{id}/verify" => self.verify(call).await,
            "GET /l/{token}" | "HEAD /l/{token}" => self.look(call).await,
            "POST /l/{token}" => self.confirm(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P, K> Verify<P, K>
where
    P: confirm::Ports + Wordings + Stores,
    K: KeyRing,
{
    async fn verify(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = call.store(Scope::SignupsWrite)?;
        let id: SignupId = call.id("id")?;
        let typed = typed(call)?;
        let store = Stores::find(&*self.ports, store).await?.ok_or_else(Problem::not_found)?;
        let data = self.ring.data(&store, mode).await?;
        let codes = self.ring.codes(&store, mode).await?;
        let found = Attempts::find(&*self.ports, &data, id).await?;
        let attempt = found.ok_or_else(Problem::not_found)?;
        call.holds(&data.attempt_secret(id, &attempt.seed))?;
        let shop = Shop { store, data, codes };
        let done = verify(&*self.ports, &shop, attempt, &typed).await;
        let done = done.map_err(|error| refusal(error, self.ports.now()))?;
        if let Some(reason) = done.unwelcome {
            telemetry::unwelcome(&call.trace, reason);
        }
        Ok(Answer::json(200, verified(&done)))
    }
}

/// The code of the body. What is not six digits is not counted as a try.
fn typed(call: &Call) -> Result<Code, Problem> {
    let mut body = call.json()?;
    let code = body.loose("code");
    body.finish()?;
    let detail = "`code` is a text of six digits 0-9. This was not counted as a try.";
    code.as_deref().and_then(Code::parse).ok_or_else(|| Problem::new(400, "code_malformed", detail))
}

fn verified(done: &Done) -> Value {
    let mut body = Map::from_iter([
        ("id".to_owned(), json!(done.attempt.id.to_string())),
        ("status".to_owned(), json!("verified")),
    ]);
    body.extend(views::verified(&done.attempt));
    Value::Object(body)
}

fn refusal(error: VerifyError, now: jiff::Timestamp) -> Problem {
    let exhausted = |detail: &str| Problem::new(429, "attempts_exhausted", detail);
    match error {
        VerifyError::Incorrect { attempts_remaining } => {
            let detail = "This is not the code. Ask the shopper to look again.";
            let mut problem = Problem::new(422, "code_incorrect", detail);
            problem.attempts_remaining = Some(attempts_remaining);
            problem
        }
        VerifyError::Exhausted(Exhausted::Signup) => {
            let detail = "No tries are left for this code. Start a new sign-up.";
            none_left(exhausted(detail).after(600), "tries_per_signup", PER_SIGNUP.into())
        }
        VerifyError::Exhausted(Exhausted::Phone(until)) => {
            let seconds = until.duration_since(now).as_secs() + 1;
            let problem = exhausted("Too many wrong codes for this number in 24 hours.");
            none_left(problem.after(seconds), "tries_per_phone", PER_WINDOW)
        }
        VerifyError::Exhausted(Exhausted::Disabled) => exhausted(
            "Codes are disabled for this number after 100 failures in a row, until its \
                 shopper opens a link or the operator enables them: no wait does. Start a sign-up \
                 with `method` \"link\".",
        )
        .after(24 * 3600)
        .limited_by("failures_in_a_row"),
        VerifyError::NoCode => {
            let detail = "This sign-up sent a link: it has no code in its text. The shopper opens \
                          the link and types the digits of `match`.";
            Problem::new(409, "conflict", detail)
        }
        VerifyError::Expired => {
            Problem::new(410, "signup_expired", "The code has expired. Start a new sign-up.")
        }
        VerifyError::Busy => Problem::busy(),
        VerifyError::Fault(fault) => fault.into(),
    }
}
