//! What a storefront sends.

use std::net::IpAddr;

use doorstep_domain::{
    Mode,
    access::Kind,
    carrier::Channel,
    consent::{ConsentAsked, Wording},
    guard::Solution,
    phone::Region,
    route::Lane,
    said::CHANNELS,
    signup::{Context, Method, Purpose},
    start::{self, ConsentGiven},
    user::Customer,
};
use doorstep_edge::{Call, Problem, audit::network, json::Object};

/// Reads `POST /signups`.
pub(crate) struct Start<'a> {
    pub(crate) call: &'a Call,
    pub(crate) mode: Mode,
    pub(crate) idempotency_key: String,
}

impl Start<'_> {
    pub(crate) fn read(
        self,
        mut body: Object,
        live_route: &[Lane],
    ) -> Result<start::Start, Problem> {
        let canonical = body.canonical();
        let browser = self.call.is_publishable();
        for (name, sent) in [("external_id", "customer"), ("ip", "context")] {
            if browser && body.has(sent, name) {
                let detail = format!("A publishable key must not send `{sent}.{name}`.");
                return Err(Problem::forbidden(detail));
            }
        }
        let channel = channel(&mut body, browser)?;
        let method = body.parsed("method", "\"code\" or \"link\"", |m| m.parse().ok());
        let method = method.unwrap_or(Method::Code);
        if method == Method::Link && channel == Some(Channel::Voice) {
            body.wrong("channel", "must be \"sms\" for a link: nobody could write it down");
        }
        let source = self.source(&mut body);
        let command = start::Start {
            source,
            key: self.call.caller.as_ref().map(|caller| caller.key.id.clone()),
            solution: body.text("challenge_token", 2_048).map(Solution::Work),
            guarded: self.call.is_limited(self.mode),
            mode: self.mode,
            // Longer than any number, so that 4 KB of digits are no phone rather than no text.
            phone: body.required_text("phone", 8_192),
            country: body.parsed("country", "two upper-case letters, ISO 3166-1", Region::parse),
            locale: body.parsed("locale", "a language tag such as en-GB", locale),
            purpose: body
                .parsed("purpose", "registration, login or checkout", |p| p.parse().ok())
                .unwrap_or(Purpose::Registration),
            method,
            return_url: body.text("return_url", 256),
            channel: channel.unwrap_or(Channel::Sms),
            customer: body.object("customer", customer).unwrap_or_default(),
            consents: body.objects("consents", 10, consent),
            context: self.context(&mut body),
            metadata: body.pairs("metadata", 8, 256).unwrap_or_default(),
            idempotency_key: self.idempotency_key,
            body: canonical,
            started_by: if browser { Kind::Publishable } else { Kind::Secret },
            live_route: live_route.to_vec(),
            trace: self.call.trace.clone(),
        };
        body.finish()?;
        Ok(command)
    }

    /// The address that guards count. A server tells its shopper's; without it, rules about
    /// addresses do not apply.
    fn source(&self, body: &mut Object) -> Option<IpAddr> {
        let told = || body.peek("context", "ip")?.parse().ok();
        if self.call.is_publishable() { seen(self.call) } else { told() }
    }

    /// Of the address only the network is kept. In a browser's call the gateway's view of the
    /// address counts; from a server it is what the server says.
    fn context(&self, body: &mut Object) -> Context {
        let browser = self.call.is_publishable();
        let seen = self.call.source_ip.as_deref().filter(|_| browser).and_then(network);
        let told = body.object("context", |context| Context {
            ip_network: context.parsed("ip", "an IPv4 or IPv6 address", network),
            page_url: context.text("page_url", 256),
            session_id: context.text("session_id", 64),
            device: context.text("device", 64),
            region: {
                context.text("user_agent", 512);
                context.text("region", 64)
            },
        });
        let told = told.unwrap_or_default();
        Context { ip_network: if browser { seen } else { told.ip_network }, ..told }
    }
}

/// The address that the gateway saw, where that is the shopper's.
pub(crate) fn seen(call: &Call) -> Option<IpAddr> {
    call.source_ip.as_deref().filter(|_| call.is_publishable())?.parse().ok()
}

/// `channel`: a text or a call; never a browser's wish for a call, which costs more.
pub(crate) fn channel(body: &mut Object, browser: bool) -> Result<Option<Channel>, Problem> {
    let channel = body.parsed("channel", "\"sms\" or \"voice\"", |c| c.parse().ok());
    if browser && channel == Some(Channel::Voice) {
        return Err(Problem::forbidden("A publishable key must not ask for `channel: \"voice\"`."));
    }
    Ok(channel)
}

fn customer(body: &mut Object) -> Customer {
    Customer {
        external_id: body.text("external_id", 64),
        name: body.name("name", 100),
        email: body.text("email", 254),
    }
}

fn consent(body: &mut Object) -> ConsentGiven {
    let channel = body.parsed("channel", "sms, email, voice or whatsapp", |text| {
        CHANNELS.contains(&text).then(|| text.to_owned())
    });
    body.require("channel", channel.is_none());
    let asked = ConsentAsked {
        purpose: body.required_text("purpose", 64),
        channel: channel.unwrap_or_default(),
        granted: body.boolean("granted").unwrap_or_else(|| {
            body.wrong("granted", "is required, true or false");
            false
        }),
        wording_version: body.required_text("wording_version", 64),
        wording: None,
    };
    ConsentGiven { asked, wording: body.text("wording", 2_000).map(Wording) }
}

/// `en`, `en-GB`: as much of BCP 47 as shops use.
fn locale(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let language = parts.next()?;
    let good = (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && text.len() <= 16
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    good.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(consent: &str) -> Result<Vec<ConsentGiven>, Vec<String>> {
        let body = format!(r#"{{"consents":[{consent}]}}"#);
        let mut body = Object::parse(body.as_bytes()).unwrap();
        let consents = body.objects("consents", 10, super::consent);
        let wrong =
            |problem: Problem| problem.errors.into_iter().map(|it| it.pointer).collect::<Vec<_>>();
        body.finish().map_err(wrong)?;
        Ok(consents)
    }

    #[test]
    fn a_consent_is_for_a_channel_that_there_is() {
        let by = |channel: &str| {
            told(&format!(
                r#"{{"purpose":"p","channel":{channel},"granted":true,"wording_version":"v1"}}"#
            ))
        };
        assert_eq!(by(r#""sms""#).unwrap()[0].asked.channel, "sms");
        for wrong in [r#""SMS""#, r#""pigeon""#, r#""""#, "7", "null"] {
            assert_eq!(by(wrong).unwrap_err(), ["/consents/0/channel"], "{wrong}");
        }
        let missing = told(r#"{"purpose":"p","granted":true,"wording_version":"v1"}"#);
        assert_eq!(missing.unwrap_err(), ["/consents/0/channel"]);
    }

    #[test]
    fn a_locale_is_a_language_tag() {
        for good in ["en", "en-GB", "cy-GB", "zh-Hant-TW"] {
            assert_eq!(locale(good).as_deref(), Some(good));
        }
        for wrong in ["", "e", "EN-gb", "english", "en_GB", "en-", "en-GB-x-verylongtag"] {
            assert_eq!(locale(wrong), None, "{wrong}");
        }
    }
}
