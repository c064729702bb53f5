//! Settings as JSON.

mod marketing;

use std::collections::BTreeSet;

use doorstep_domain::{
    Mode,
    account::Unique,
    phone::Region,
    retention::{Kind, Retention},
    route::{self, Lane},
    store::{Settings, Store},
    template::TemplateName,
    text::sender::{Level, PROTECTED, check},
};
use doorstep_edge::{Call, Problem, json::Object, views};
use serde_json::{Map, Value, json};

/// Reads what a call changes: members that are absent stay as they are, null unsets.
pub(crate) fn read(call: &Call, before: Settings) -> Result<Settings, Problem> {
    let mut body = call.json()?;
    let mut own = before;
    let b = &mut body;
    macro_rules! take {
        ($field:ident, $read:expr) => {
            if b.mentions(stringify!($field)) {
                own.$field = $read;
            }
        };
    }
    take!(name, b.name("name", 40));
    take!(domain, b.parsed("domain", "a host name such as shop.example", host));
    take!(origins, list(b, "origins", "https origins", origin));
    take!(return_urls, list(b, "return_urls", "https URLs", url));
    take!(locale, b.text("locale", 16));
    take!(country, b.parsed("country", "two upper-case letters", Region::parse));
    take!(allowed_countries, countries(b));
    take!(purposes, b.texts("purposes", 20, 64));
    take!(wordings, b.pairs("wordings", 20, 8_000));
    take!(controllers, b.texts("controllers", 10, 100));
    take!(quiet_hours, b.object("quiet_hours", marketing::quiet_hours).flatten());
    take!(frequency_cap, b.object("frequency_cap", marketing::frequency_cap).flatten());
    take!(
        busy_after_seconds,
        b.whole("busy_after_seconds", 5..=300).and_then(|n| n.try_into().ok())
    );
    take!(
        voice_after_seconds,
        b.whole("voice_after_seconds", 10..=540).and_then(|n| n.try_into().ok())
    );
    take!(help_url, b.parsed("help_url", "an https URL", url));
    take!(privacy_url, b.parsed("privacy_url", "an https URL", url));
    take!(tags, b.pairs("tags", 20, 1_000));
    if body.mentions("retention") {
        let before = own.retention.unwrap_or_default();
        own.retention = body.object("retention", |body| retention(body, before));
    }
    if body.mentions("sender") {
        let country = own.country.unwrap_or(Region::GB);
        let before = (own.sender_id, own.inbound_number);
        let sender = body.object("sender", |body| sender(body, before, country));
        (own.sender_id, own.inbound_number) = sender.unwrap_or_default();
    }
    if body.mentions("templates") {
        let before = (own.otp_template, own.welcome_template);
        let templates = body.object("templates", |body| templates(body, before));
        (own.otp_template, own.welcome_template) = templates.unwrap_or_default();
    }
    body.finish()?;
    Ok(own)
}

/// Two members of an object, as they were before.
type Pair = (Option<String>, Option<String>);

/// A name that networks of the store's country block is refused before any text is lost.
fn sender(body: &mut Object, before: Pair, country: Region) -> Pair {
    let (mut id, mut inbound) = before;
    if body.mentions("id") {
        id = body.text("id", 16);
        for finding in id.iter().flat_map(|id| check(id, country, PROTECTED)) {
            if finding.level == Level::Refuse {
                body.wrong("id", finding.sentence);
            }
        }
    }
    if body.mentions("inbound_number") {
        inbound = body.parsed("inbound_number", "a number in E.164 or a short code", number);
    }
    (id, inbound)
}

/// How long what is kept, within the bounds of its kind.
fn retention(body: &mut Object, before: Retention) -> Retention {
    let mut days = |kind: Kind, before| {
        let (name, (fewest, most)) = (format!("{}_days", kind.as_str()), kind.rule().bounds?);
        if !body.mentions(&name) {
            return before;
        }
        let days = body.whole(&name, fewest.into()..=most.into());
        days.and_then(|days| days.try_into().ok())
    };
    Retention {
        signups_days: days(Kind::Signups, before.signups_days),
        messages_days: days(Kind::Messages, before.messages_days),
        complaints_days: days(Kind::Complaints, before.complaints_days),
    }
}

/// Days that are set.
fn days(retention: Retention) -> Value {
    let set = retention.set().into_iter();
    let set =
        set.filter_map(|(kind, days)| Some((format!("{}_days", kind.as_str()), json!(days?))));
    Value::Object(set.collect())
}

/// Names of templates, which may be saved before or after.
fn templates(body: &mut Object, (otp, welcome): Pair) -> Pair {
    let mut name = |member, before| {
        if !body.mentions(member) {
            return before;
        }
        body.parsed(member, "1 to 40 lower-case letters, digits, - and _", |name| {
            name.parse::<TemplateName>().ok().map(|_| name.to_owned())
        })
    };
    (name("otp", otp), name("welcome", welcome))
}

/// What some carrier or network may have against the sender's name.
fn warnings(settings: &Settings) -> Value {
    let country = settings.country.unwrap_or(Region::GB);
    let findings = settings.sender_id.iter().flat_map(|id| check(id, country, PROTECTED));
    findings.map(|finding| views::warning(finding.code, &finding.sentence)).collect()
}

/// Reads what a call changes of the deployment's defaults. A number that shoppers text to is none
/// of them: who texts STOP to it must name one store.
pub(crate) fn read_defaults(call: &Call, before: Settings) -> Result<Settings, Problem> {
    let own = read(call, before)?;
    if own.inbound_number.is_some() {
        let detail = "must be null: a number belongs to one store, as its shoppers text STOP to it";
        return Err(Problem::invalid("/sender/inbound_number", detail));
    }
    Ok(own)
}

/// A number as it is, if its digits name one.
fn number(text: &str) -> Option<String> {
    Unique::number(text).map(|_| text.to_owned())
}

fn countries(body: &mut Object) -> Option<BTreeSet<Region>> {
    let names = body.texts("allowed_countries", 250, 2)?;
    let regions = names.iter().map(|name| Region::parse(name)).collect::<Option<_>>();
    if regions.is_none() {
        body.wrong(
            "allowed_countries",
            "must be a list of two upper-case letters each, ISO 3166-1",
        );
    }
    regions
}

fn list(
    body: &mut Object,
    name: &str,
    expected: &str,
    parse: fn(&str) -> Option<String>,
) -> Option<Vec<String>> {
    let texts = body.texts(name, 20, 500)?;
    let parsed = texts.iter().map(|text| parse(text)).collect::<Option<_>>();
    if parsed.is_none() {
        body.wrong(name, format!("must be a list of {expected}"));
    }
    parsed
}

/// A host name: labels of letters, digits and hyphens, at least two.
fn host(text: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let good = text.len() <= 253 && text.contains('.') && text.split('.').all(label);
    good.then(|| text.to_owned())
}

/// `https://host`, with a port if need be; a page on localhost may be plain.
fn origin(text: &str) -> Option<String> {
    let rest = match text.strip_prefix("http://") {
        Some(rest) if rest == "localhost" || rest.starts_with("localhost:") => rest,
        Some(_) => return None,
        None => text.strip_prefix("https://")?,
    };
    let (name, port) = rest.split_once(':').unwrap_or((rest, "443"));
    let known = name == "localhost" || host(name).is_some();
    (known && port.parse::<u16>().is_ok()).then(|| text.to_owned())
}

/// An https URL without user, spaces or fragments.
fn url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://")?;
    let name = rest.split(['/', '?']).next()?.split(':').next()?;
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#@".contains(&b));
    (plain && host(name).is_some()).then(|| text.to_owned())
}

/// What applies to a store, and what is missing before it can go live.
pub(crate) fn view(store: &Store, live_route: &[Lane]) -> Value {
    let mut body = values(&store.settings);
    let missing = route::missing((store, Mode::Live), live_route);
    body["id"] = json!(store.id.to_string());
    body["created_at"] = json!(store.created_at.to_string());
    body["live_ready"] = json!(missing.is_empty());
    body["missing"] = json!(missing);
    body["warnings"] = warnings(&store.settings);
    body
}

/// Settings that are set.
pub(crate) fn values(settings: &Settings) -> Value {
    let pairs = |pairs: &Vec<(String, String)>| {
        json!(pairs.iter().cloned().collect::<std::collections::BTreeMap<_, _>>())
    };
    let regions =
        |all: &BTreeSet<Region>| json!(all.iter().map(Region::as_str).collect::<Vec<_>>());
    let sender = json!({"id": settings.sender_id, "inbound_number": settings.inbound_number});
    let has_sender = settings.sender_id.is_some() || settings.inbound_number.is_some();
    let templates = json!({"otp": settings.otp_template, "welcome": settings.welcome_template});
    let has_templates = settings.otp_template.is_some() || settings.welcome_template.is_some();
    let all = [
        ("name", settings.name.as_ref().map(|v| json!(v))),
        ("domain", settings.domain.as_ref().map(|v| json!(v))),
        ("origins", settings.origins.as_ref().map(|v| json!(v))),
        ("return_urls", settings.return_urls.as_ref().map(|v| json!(v))),
        ("locale", settings.locale.as_ref().map(|v| json!(v))),
        ("country", settings.country.map(|v| json!(v.as_str()))),
        ("allowed_countries", settings.allowed_countries.as_ref().map(regions)),
        ("sender", has_sender.then_some(sender)),
        ("templates", has_templates.then_some(templates)),
        ("busy_after_seconds", settings.busy_after_seconds.map(|v| json!(v))),
        ("voice_after_seconds", settings.voice_after_seconds.map(|v| json!(v))),
        ("purposes", settings.purposes.as_ref().map(|v| json!(v))),
        ("wordings", settings.wordings.as_ref().map(pairs)),
        ("controllers", settings.controllers.as_ref().map(|v| json!(v))),
        ("quiet_hours", settings.quiet_hours.map(marketing::quiet_view)),
        ("frequency_cap", settings.frequency_cap.map(marketing::cap_view)),
        ("help_url", settings.help_url.as_ref().map(|v| json!(v))),
        ("privacy_url", settings.privacy_url.as_ref().map(|v| json!(v))),
        ("tags", settings.tags.as_ref().map(pairs)),
        ("retention", settings.retention.map(days)),
    ];
    let set = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(set.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_origins_and_urls() {
        for good in ["shop.example", "a-b.co.uk"] {
            assert!(host(good).is_some(), "{good}");
        }
        for wrong in [
            "",
            "shop",
            "Shop.example",
            "-a.example",
            "shop.example/",
            "shop..example",
            "ü.example",
        ] {
            assert!(host(wrong).is_none(), "{wrong}");
        }
        for good in ["https://shop.example", "https://shop.example:8443", "http://localhost:3000"] {
            assert!(origin(good).is_some(), "{good}");
        }
        for wrong in [
            "http://shop.example",
            "https://shop.example/",
            "https://shop.example:x",
            "*",
            "null",
            "http://localhost.evil.example",
        ] {
            assert!(origin(wrong).is_none(), "{wrong}");
        }
        for wrong in [
            "http://shop.example/a",
            "https://user@shop.example/",
            "https://shop.example/ a",
            "javascript:alert(1)",
        ] {
            assert!(url(wrong).is_none(), "{wrong}");
        }
        assert!(url("https://shop.example/privacy?lang=en").is_some());
    }
}
