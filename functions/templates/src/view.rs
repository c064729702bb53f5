//! Templates as JSON.

use doorstep_domain::{
    gsm7,
    phone::Region,
    price,
    template::{Identity, Stored, Template, check},
};
use doorstep_edge::views;
use serde_json::{Value, json};

/// A version and what it costs. Segments are counted with the shop's name and likely values.
pub(crate) fn saved(template: &Template, identity: Identity<'_>) -> Value {
    let Template { name, locale, version, kind, body } = template;
    let mut view = json!({
        "name": name.as_str(),
        "locale": locale.as_str(),
        "version": version,
        "kind": kind.as_str(),
        "placeholders": body.placeholders(),
        "warnings": [],
    });
    // A text that was fine when it was saved may have become too long for the shop's new name.
    match check(*kind, locale, body.source(), identity) {
        Ok(checked) => {
            view["encoding"] = json!(checked.encoding.as_str());
            view["segments"] = json!(checked.segments);
            view["warnings"] = checked.warnings.iter().map(warning).collect();
        }
        Err(troubles) => {
            let size = gsm7::measure(body.source());
            view["encoding"] = json!(size.encoding.as_str());
            view["segments"] = json!(size.segments);
            let told = troubles.iter().map(|t| views::warning(t.code(), &t.to_string()));
            view["warnings"] = told.collect();
        }
    }
    view
}

fn warning(warning: &doorstep_domain::template::Warning) -> Value {
    views::warning(warning.code(), &warning.to_string())
}

/// A version with its words, and which versions there are.
pub(crate) fn stored(text: &Stored, identity: Identity<'_>) -> Value {
    let mut view = saved(&text.template, identity);
    view["body"] = json!(text.template.body.source());
    view["live_version"] = json!(text.live);
    view["newest_version"] = json!(text.newest);
    view
}

pub(crate) fn preview(text: &str, region: Region) -> Value {
    let size = gsm7::measure(text);
    json!({
        "text": text,
        "encoding": size.encoding.as_str(),
        "segments": size.segments,
        "estimated_cost": views::money(price::estimate(region, size.segments)),
    })
}
