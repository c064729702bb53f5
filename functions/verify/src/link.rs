//! `/l/{token}`: a page that only shows, and a post that confirms.

use doorstep_domain::{
    confirm::{self, Opened, confirm, consents, destination, open},
    link::Match,
    ports::{KeyRing, Stores, Wordings},
    return_url,
    store::Settings,
    text::locale::Language,
};
use doorstep_edge::{
    Answer, Call, Problem,
    html::{Frame, Sent, wants_json, wished},
    telemetry,
};
use serde_json::json;

use crate::{Verify, page};

impl<P, K> Verify<P, K>
where
    P: confirm::Ports + Wordings + Stores,
    K: KeyRing,
{
    /// `GET` and `HEAD`: what the link is for. It writes nothing, whoever looks.
    pub(crate) async fn look(&self, call: &Call) -> Result<Answer, Problem> {
        let opened = self.open(call).await?.filter(|opened| !opened.is_used());
        let mut answer = match &opened {
            Some(opened) => self.ask(opened, false).await?,
            None => gone(call)?,
        };
        if call.route.starts_with("HEAD ") {
            answer.text = None;
        }
        Ok(answer)
    }

    /// `POST`: the shopper typed the digits.
    pub(crate) async fn confirm(&self, call: &Call) -> Result<Answer, Problem> {
        let sent = Sent::of(call)?;
        let Some(opened) = self.open(call).await? else { return gone(call) };
        let typed = match digits(sent, call)? {
            Some(typed) => typed,
            None if opened.is_used() => return gone(call),
            None => return self.ask(&opened, true).await,
        };
        let store = std::sync::Arc::clone(&opened.shop.store);
        let Some(done) = confirm(&*self.ports, opened, &typed).await? else { return gone(call) };
        if let Some(reason) = done.unwelcome {
            telemetry::unwelcome(&call.trace, reason);
        }
        if wants_json(call) {
            return Ok(Answer::json(200, json!({"status": "verified"})));
        }
        let frame = frame(&store.settings, &done.attempt.locale);
        Ok(match destination(&store, &done.attempt) {
            Some(url) => frame.moved(url),
            None => page::done(&frame),
        })
    }

    async fn open(&self, call: &Call) -> Result<Option<Opened>, Problem> {
        let token = call.path.get("token").map(String::as_str).unwrap_or_default();
        Ok(open(&*self.ports, &self.ring, token).await?)
    }

    async fn ask(&self, opened: &Opened, malformed: bool) -> Result<Answer, Problem> {
        let (store, attempt) = (&opened.shop.store, &opened.attempt);
        let consents = consents(&*self.ports, opened).await?;
        // Chromium holds a form's redirects to `form-action` too.
        let own = format!("https://{}", store.settings.domain.as_deref().unwrap_or_default());
        let leads_to = destination(store, attempt).and_then(return_url::origin);
        let leads_to = leads_to.filter(|origin| *origin != own);
        let frame = Frame { leads_to, ..frame(&store.settings, &attempt.locale) };
        Ok(page::ask(&frame, &consents, malformed))
    }
}

/// The digits; `None` for a form without them, whose sender sees it again. What is not two digits
/// takes no try.
fn digits(sent: Sent, call: &Call) -> Result<Option<Match>, Problem> {
    match sent {
        Sent::Form => {
            let mut fields = form_urlencoded::parse(&call.body);
            let typed = fields.find(|(name, _)| name == "match");
            Ok(typed.and_then(|(_, typed)| Match::parse(&typed)))
        }
        Sent::Json => {
            let mut body = call.json()?;
            let typed = body.parsed("match", "a text of two digits", Match::parse);
            body.require("match", typed.is_none());
            body.finish()?;
            Ok(typed)
        }
    }
}

/// The one answer for unknown, used and expired: it depends on the request alone.
fn gone(call: &Call) -> Result<Answer, Problem> {
    if wants_json(call) {
        let detail = "This link is unknown, was used, or is over. Start a new sign-up.";
        return Err(Problem::new(410, "signup_expired", detail));
    }
    Ok(page::gone(Language::choose(&wished(call))))
}

/// The page of a shop, in the shopper's language.
fn frame<'a>(settings: &'a Settings, locale: &str) -> Frame<'a> {
    let language = Language::choose(&settings.fallbacks(locale.parse().ok().as_ref()));
    Frame { language, store: settings.name.as_deref(), leads_to: None }
}
