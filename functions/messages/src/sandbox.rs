//! The sandbox's inbox: what a drama number would have received.

use doorstep_domain::{
    Mode,
    access::Scope,
    carrier::{CarrierName, Content, FailureClass},
    compose::{self, Letterhead},
    gsm7,
    id::{MessageId, SignupId},
    message::{About, Happening, Letter, Message, MessageStatus},
    phone::PhoneNumber,
    ports::{Attempts, KeyRing, Messages, Phones, Sandbox},
    read,
};
use doorstep_edge::{Answer, Call, Problem, page};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{MessageRoutes, Ports, Shop};

impl<P: Ports, K: KeyRing> MessageRoutes<P, K> {
    pub(crate) async fn inbox(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.sandbox(call, Scope::MessagesRead).await?;
        let (signups, letters) = self.wanted(call, &shop).await?;
        let mut texts = Vec::new();
        for id in signups {
            let Some(attempt) = Attempts::find(&*self.ports, &shop.keys, id).await? else {
                continue;
            };
            let messages = read::messages(&*self.ports, &shop.keys, &attempt).await?;
            for message in messages.iter().rev() {
                let head = Letterhead::of_signup(attempt.clone(), message.id.signup().1);
                texts.extend(self.text(&shop, &head, message).await?);
            }
        }
        for message in Messages::find(&*self.ports, &shop.keys, &letters).await? {
            if let About::Letter(letter) = &message.about {
                let head = Letterhead::of_letter(Letter::clone(letter));
                texts.extend(self.text(&shop, &head, &message).await?);
            }
        }
        texts.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        texts.truncate(page::limit(call)?);
        let texts = texts.into_iter().map(|(_, text)| text);
        Ok(Answer::json(200, page::body(texts, None)))
    }

    pub(crate) async fn reset(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.sandbox(call, Scope::MessagesWrite).await?;
        Sandbox::forget(&*self.ports, &shop.keys).await?;
        Ok(Answer::empty())
    }

    async fn sandbox(&self, call: &Call, scope: Scope) -> Result<Shop, Problem> {
        let test = call.store(scope)?.1 == Mode::Test;
        if !test || call.is_publishable() {
            return Err(Problem::forbidden("The sandbox opens for secret test keys only."));
        }
        self.open(call, scope).await
    }

    /// The sign-ups whose texts are asked for, newest first, and the letters.
    async fn wanted(
        &self,
        call: &Call,
        shop: &Shop,
    ) -> Result<(Vec<SignupId>, Vec<MessageId>), Problem> {
        match (call.query.get("to"), call.query.get("signup_id")) {
            (Some(to), None) => {
                // A plus sign in a query means a space; people forget to escape it.
                let to = to.replacen(' ', "+", usize::from(to.starts_with(' ')));
                let country = shop.store.settings.country;
                let phone = PhoneNumber::parse(&to, country, shop.mode);
                let phone = phone.map_err(|e| Problem::invalid("?to", e.to_string()))?;
                let index = shop.keys.phone_index(&phone);
                let record = Phones::find(&*self.ports, &shop.keys, &index).await?;
                Ok((record.signups.into_iter().rev().collect(), record.letters))
            }
            (None, Some(id)) => {
                Ok((vec![id.parse().map_err(|_| Problem::not_found())?], Vec::new()))
            }
            _ => Err(Problem::invalid("?to", "send either `to` or `signup_id`")),
        }
    }

    /// A text that a carrier took, and when. A code's is rendered again: none is at rest.
    async fn text(
        &self,
        shop: &Shop,
        head: &Letterhead,
        message: &Message,
    ) -> Result<Option<(Timestamp, Value)>, Problem> {
        let Some(handed_over) = handed_over(message) else { return Ok(None) };
        let codes = self.ring.codes(&shop.store, shop.mode).await?;
        let content = compose::content(&*self.ports, head, &shop.store, &codes).await?;
        let text = match content.ok_or_else(Problem::not_found)? {
            Content::Text(text) => text,
            Content::Call(spoken) => format!("{} {}", spoken.prompt, spoken.words),
        };
        let size = gsm7::measure(&text);
        let mut view = json!({
            "id": message.id.to_string(),
            "to": head.to.expose(),
            "channel": message.channel.as_str(),
            "text": text,
            "encoding": size.encoding.as_str(),
            "segments": size.segments,
            "status": message.status.as_str(),
            "carrier": handed_over.carrier.map(CarrierName::as_str),
            "at": handed_over.at.to_string(),
        });
        if let Some(signup) = head.signup() {
            view["signup_id"] = json!(signup.to_string());
        }
        Ok(Some((handed_over.at, view)))
    }
}

/// When a carrier took the text, or may have.
fn handed_over(message: &Message) -> Option<&Happening> {
    let mut history = message.history.iter();
    history.find(|happening| {
        let reached = matches!(
            happening.status,
            MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Undelivered
        );
        happening.carrier.is_some() && (reached || happening.class == Some(FailureClass::MaybeSent))
    })
}
