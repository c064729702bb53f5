//! What a store tells of a shopper's consent, by a call or in a list.
//!
//! Nothing of it is proven: the store's word is written down, and never counts beside a no.

use std::fmt;

use jiff::Timestamp;

use crate::{
    consent::{Basis, Door, Event, OptInConsent, Sale, Told, Wording},
    id::{ConsentId, UserId},
    keys::DataKeys,
    start::in_milliseconds,
    store::{Settings, Store},
};

/// The channels that consent is asked for, one by one (ICO, Guide to PECR, "Electronic mail
/// marketing": consent must be specific to texts, and that for calls is another).
pub const CHANNELS: &[&str] = &["sms", "email", "voice", "whatsapp"];
/// How far ahead a store's clock may be.
const SKEW: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// A sale as a store tells of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SaleTold {
    /// Which.
    pub sale: Sale,
    /// Whether the shopper was offered a simple way to refuse, there and then.
    pub opt_out_offered: bool,
}

/// One thing that a shopper said, as a store tells it. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// What for.
    pub purpose: String,
    /// By which channel.
    pub channel: String,
    /// Yes or no.
    pub granted: bool,
    /// On what a yes rests.
    pub basis: Basis,
    /// The store's own version of the words shown.
    pub wording_version: Option<String>,
    /// The words, unless the store has them in its settings.
    pub wording: Option<Wording>,
    /// When it was said; now, unless told.
    pub occurred_at: Option<Timestamp>,
    /// Where.
    pub page_url: Option<String>,
    /// For a soft opt-in.
    pub sale: Option<SaleTold>,
    /// How it was taken, in the store's words, such as `checkout` or `paper`.
    pub method: Option<String>,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(…)")
    }
}

/// A member that is wrong, and what to do about it. It repeats nothing of what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Its name.
    pub member: &'static str,
    /// What to do.
    pub detail: &'static str,
}

impl Said {
    /// What is wrong with it at this time, for a store with these settings.
    #[must_use]
    pub fn wrongs(&self, settings: &Settings, now: Timestamp) -> Vec<Wrong> {
        let purposes = settings.purposes.as_deref().unwrap_or_default();
        let sale = self.sale.as_ref();
        let soft = self.basis == Basis::SoftOptIn;
        let wrong = [
            (!purposes.contains(&self.purpose), "purpose", NO_PURPOSE),
            (!CHANNELS.contains(&self.channel.as_str()), "channel", NO_CHANNEL),
            (self.occurred_at.is_some_and(|at| at > now + SKEW), "occurred_at", FUTURE),
            (self.granted && !soft && self.words(settings).is_none(), "wording", NO_WORDS),
            (!self.granted && soft, "basis", NO_BASIS),
            (self.granted && soft && sale.is_none(), "sale", NO_SALE),
            (!soft && sale.is_some(), "sale", NOT_SOFT),
            (soft && sale.is_some_and(|it| !it.opt_out_offered), "opt_out_offered", NOT_OFFERED),
        ];
        let wrong = wrong.into_iter().filter(|(wrong, ..)| *wrong);
        wrong.map(|(_, member, detail)| Wrong { member, detail }).collect()
    }

    /// The words: as sent, or the store's own of that version.
    #[must_use]
    pub fn words(&self, settings: &Settings) -> Option<Wording> {
        let known =
            || Some(Wording(settings.wording(self.wording_version.as_deref()?)?.to_owned()));
        self.wording.clone().or_else(known)
    }
}

const NO_PURPOSE: &str = "must be one of the `purposes` in the store's settings";
const NO_CHANNEL: &str = "must be sms, email, voice or whatsapp";
const FUTURE: &str = "must not be in the future";
const NO_WORDS: &str = "is required for a yes: send the words that the shopper read, or a \
                        `wording_version` that the store's settings have";
const NO_BASIS: &str = "must be \"consent\", or absent, where `granted` is false";
const NO_SALE: &str = "is required for a soft opt-in: the sale, or the negotiations, in which the \
                       number was obtained";
const NOT_SOFT: &str =
    "is for a soft opt-in alone: set `basis` to \"soft_opt_in\", or leave it out";
const NOT_OFFERED: &str = "must be true: without a simple way to refuse, offered when the number was \
                           obtained, there is no soft opt-in (PECR reg. 22(3))";

/// Who writes down what a store tells.
#[derive(Debug, Clone, Copy)]
pub struct Scribe<'a> {
    /// The store's keys.
    pub keys: &'a DataKeys,
    /// The store.
    pub store: &'a Store,
    /// [`Door::Api`] or [`Door::Import`].
    pub door: Door,
    /// When, by our clock.
    pub now: Timestamp,
    /// The key, or the import.
    pub actor: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
}

impl Scribe<'_> {
    /// The entry of what was said. Its id follows from what it says and from `of`, so that the
    /// same is written down once, however often and by whatever list it comes.
    #[must_use]
    pub fn entry(&self, user: UserId, event: Event, said: &Said, of: &str) -> OptInConsent {
        let at = in_milliseconds(said.occurred_at.unwrap_or(self.now));
        let words = said.words(&self.store.settings);
        let (purpose, channel) = (said.purpose.as_str(), said.channel.as_str());
        let told = words.map(|words| self.told(said, &words));
        let id = self.id(user, event, said, of);
        OptInConsent {
            basis: said.basis,
            recorded_at: in_milliseconds(self.now),
            told,
            page_url: said.page_url.clone(),
            sale: said.sale.as_ref().map(|told| told.sale.clone()),
            reason: said.method.clone().or_else(|| self.reason.map(str::to_owned)),
            actor: self.actor.map(str::to_owned),
            ..OptInConsent::new(id, user, (event, purpose, channel), (self.door, at))
        }
    }

    fn told(&self, said: &Said, words: &Wording) -> Told {
        let settings = &self.store.settings;
        Told {
            wording_version: said.wording_version.clone().unwrap_or_default(),
            wording: Some(words.hash()),
            controllers: settings.controllers(),
            privacy_url: settings.privacy_url.clone(),
        }
    }

    fn id(&self, user: UserId, event: Event, said: &Said, of: &str) -> ConsentId {
        let optional = |value: Option<String>| value.map_or("-".to_owned(), |v| format!("={v}"));
        let sale = said.sale.as_ref().map(|it| (it.sale.negotiation, &it.sale.reference));
        let parts = [
            of.to_owned(),
            user.to_string(),
            event.as_str().to_owned(),
            said.purpose.clone(),
            said.channel.clone(),
            said.basis.as_str().to_owned(),
            self.door.as_str().to_owned(),
            optional(said.wording_version.clone()),
            optional(said.words(&self.store.settings).map(|words| words.hash().0)),
            optional(said.occurred_at.map(|at| at.as_millisecond().to_string())),
            optional(said.page_url.clone()),
            optional(sale.map(|(negotiation, reference)| format!("{negotiation}/{reference}"))),
            optional(said.method.clone()),
        ];
        // No part holds a control character.
        ConsentId::from_bits(self.keys.derived("consent/said", &parts.join("\n")))
    }
}

#[cfg(test)]
mod tests;
