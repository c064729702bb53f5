//! `POST /messages`.

use std::sync::Arc;

use doorstep_domain::{
    Fault, Mode,
    access::Scope,
    ports::{KeyRing, Stores},
    price, start,
    store::Store,
    template::{Kind, RenderError, TemplateName},
    text::locale::Locale,
    write::{AHEAD, Recipient, Write, WriteError, Written, write},
};
use doorstep_edge::{
    Answer, Call, Problem,
    json::Object,
    limits::{limited, refused},
    problem::Pointed,
    refusals::{key_reused, not_reached, not_ready},
    views,
};
use serde_json::{Value, json};

use crate::{MessageRoutes, Ports, Shop};

impl<P: Ports, K: KeyRing> MessageRoutes<P, K> {
    pub(crate) async fn write(&self, call: &Call) -> Result<Answer, Problem> {
        let (_, mode) = call.store(Scope::MessagesWrite)?;
        let idempotency_key = call.idempotency_key()?;
        let wish = Wish::read(call.json()?)?;
        let shop = self.open(call, Scope::MessagesWrite).await?;
        let (pointer, now) = (wish.pointer(), self.ports.now());
        let command = self.command(call, wish, (mode, idempotency_key))?;
        let deployment = Stores::find(&*self.ports, Store::DEPLOYMENT).await?;
        let deployment =
            deployment.ok_or_else(|| Fault::new("read the deployment", "no_deployment"))?;
        let Shop { store, keys, .. } = shop;
        let shop = start::Shop { store, shared: Arc::clone(&keys), keys, deployment };
        let written = write(&*self.ports, &self.pool, &shop, command).await;
        let written = written.map_err(|error| refusal(error, pointer, now))?;
        let answer = Answer::json(202, view(&written)).replayed(written.replayed);
        Ok(limited(answer, written.left, now))
    }

    fn command(
        &self,
        call: &Call,
        wish: Wish,
        (mode, idempotency_key): (Mode, String),
    ) -> Result<Write, Problem> {
        let to = match (wish.user_id, wish.to) {
            // What is no id is nobody's.
            (Some(id), _) => Recipient::User(id.parse().map_err(|_| no_user())?),
            (None, to) => Recipient::Number(to.unwrap_or_default()),
        };
        let template: TemplateName = wish.template.parse().map_err(|_| no_template())?;
        Ok(Write {
            mode,
            to,
            template,
            locale: wish.locale,
            variables: wish.variables,
            purpose: wish.purpose,
            send_after: wish.send_after,
            idempotency_key,
            body: wish.canonical,
            live_route: self.live_route.clone(),
            trace: call.trace.clone(),
            key: call.caller.as_ref().map(|caller| caller.key.id.clone()),
            guarded: call.is_limited(mode),
        })
    }
}

/// What the body says.
struct Wish {
    canonical: Vec<u8>,
    user_id: Option<String>,
    to: Option<String>,
    template: String,
    locale: Option<Locale>,
    variables: Vec<(String, String)>,
    purpose: String,
    send_after: Option<jiff::Timestamp>,
}

impl Wish {
    fn read(mut body: Object) -> Result<Self, Problem> {
        let canonical = body.canonical();
        let wish = Self {
            canonical,
            user_id: body.text("user_id", 64),
            // Longer than any number, so that 4 KB of digits are no phone rather than no text.
            to: body.text("to", 8_192),
            template: body.required_text("template", 64),
            locale: body.parsed("locale", "a language tag such as en-GB", |tag| tag.parse().ok()),
            variables: body.pairs("variables", 40, 4_000).unwrap_or_default(),
            purpose: body.required_text("purpose", 64),
            send_after: body.time("send_after"),
        };
        if wish.user_id.is_some() == wish.to.is_some() {
            body.wrong("to", "send either `to` or `user_id`");
        }
        body.finish()?;
        Ok(wish)
    }

    /// The member that says who gets it.
    fn pointer(&self) -> &'static str {
        if self.user_id.is_some() { "/user_id" } else { "/to" }
    }
}

fn view(written: &Written) -> Value {
    let (letter, size) = (&written.letter, written.size());
    let mut body = json!({
        "id": written.id.to_string(),
        "status": "queued",
        "encoding": size.encoding.as_str(),
        "segments": size.segments,
        "estimated_cost": views::money(price::estimate(letter.to.region(), size.segments)),
    });
    if let Some(due) = letter.send_after {
        body["send_after"] = json!(due.to_string());
    }
    body
}

fn no_template() -> Problem {
    let detail = "The store has no such template in this mode. Save it by `POST /templates`.";
    Problem::new(404, "not_found", detail)
}

fn no_user() -> Problem {
    Problem::new(404, "not_found", "The store has no such user in this mode.")
}

fn refusal(error: WriteError, recipient: &'static str, now: jiff::Timestamp) -> Problem {
    match error {
        WriteError::NotReached(error) => not_reached(error, recipient),
        WriteError::NotReady(missing) => not_ready(&missing),
        WriteError::NoTemplate => no_template(),
        WriteError::NoUser => no_user(),
        WriteError::Otp => {
            Problem::invalid("/template", "carries a code: a sign-up alone sends such texts")
        }
        WriteError::Kind(kind) => Problem::invalid("/purpose", fitting(kind)),
        WriteError::Purpose => Problem::invalid(
            "/purpose",
            "must be \"transactional\", or one of the `purposes` in the store's settings",
        ),
        WriteError::Variables(wrong) => variables(&wrong),
        WriteError::Promotion(word) => Problem::invalid(
            "/variables",
            format!(
                "remove \"{word}\", or send a text of kind marketing: promotion needs the \
                 shopper's consent"
            ),
        ),
        WriteError::TooLong => {
            Problem::invalid("/variables", "shorten them: the text has more than 1600 characters")
        }
        WriteError::TooFarAhead => {
            let days = AHEAD.as_hours() / 24;
            Problem::invalid("/send_after", format!("must be within the next {days} days"))
        }
        WriteError::NoConsent => {
            let detail = "The shopper has not agreed to texts for this purpose, or not any more.";
            Problem::new(403, "consent_required", detail)
        }
        WriteError::TooMuch(frees) => too_much(frees, now),
        WriteError::Suppressed => {
            Problem::new(403, "suppressed", "This shopper wants no texts from the store.")
        }
        WriteError::KeyReused => key_reused(),
        WriteError::Refused(why) => refused(why, now),
        WriteError::Fault(fault) => fault.into(),
    }
}

/// The cap of the number: when there is room for another text.
fn too_much(frees: jiff::Timestamp, now: jiff::Timestamp) -> Problem {
    let detail = format!(
        "This shopper gets no more marketing before {frees}: see `frequency_cap` in the store's \
         settings."
    );
    let wait = frees.duration_since(now).as_secs();
    Problem::new(429, "rate_limited", detail).after(wait).limited_by("frequency_cap")
}

/// Which purpose a text of this kind has.
fn fitting(kind: Kind) -> &'static str {
    match kind {
        Kind::Marketing => "the template is marketing: name the purpose that the shopper agreed to",
        Kind::Transactional | Kind::Otp => "the template is transactional: so must the purpose be",
    }
}

fn variables(wrong: &[RenderError]) -> Problem {
    let detail = "Send exactly the template's own placeholders as `variables`.";
    let mut problem = Problem::new(400, "invalid_member", detail);
    let pointed = |e: &RenderError| Pointed { pointer: e.pointer(), detail: e.to_string() };
    problem.errors = wrong.iter().map(pointed).collect();
    problem
}
