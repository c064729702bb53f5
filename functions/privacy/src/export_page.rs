//! An export as a page that people read: no scripts, nothing to load, from 320 pixels on.

use doorstep_edge::{Answer, html::escape};
use serde_json::{Map, Value};

/// The style of the page; [`STYLE_HASH`] allows it and nothing else.
const STYLE: &str = ":root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:48rem;padding:1rem;overflow-wrap:anywhere}\
dt{font-weight:600}dd{margin:0 0 .5rem 1rem}\
section,li{border-top:1px solid;padding:.5rem 0}ol,ul{padding-left:1rem}";
/// SHA-256 of [`STYLE`] in base64, as CSP Level 3 §2.3.1 wants it; a test holds them together.
const STYLE_HASH: &str = "sha256-nFfL5HAys9ypmOtBSpquqWqYWWXMDhxGIqWWoT4+C5A=";

/// The parts of the document in the order in which people look for them, with their headings.
const PARTS: [(&str, &str); 10] = [
    ("user", "Who you are to this shop"),
    ("numbers", "Your number"),
    ("consents", "What you agreed to, and took back"),
    ("signups", "Your sign-ups"),
    ("messages", "What was sent to you"),
    ("decisions", "What was decided about your sign-ups"),
    ("requests", "Who asked for your data, or for its erasure"),
    ("complaints", "Complaints that name your number"),
    ("exports", "Exports of your data"),
    ("preference_links", "Links to your preferences"),
];

/// The page of a document.
pub(crate) fn page(document: &Value) -> Answer {
    let sections: String =
        PARTS.iter().map(|(name, title)| section(title, &document[*name])).collect();
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Your data</title><style>{STYLE}</style></head><body><main><h1>Your data</h1>\
         <p>Everything that is held on you under <code>{user}</code>, as it was on {at}.</p>\
         {sections}</main></body></html>\n",
        user = escape(document["user"]["id"].as_str().unwrap_or_default()),
        at = escape(document["gathered_at"].as_str().unwrap_or_default()),
    );
    let mut answer = Answer::text("text/html; charset=utf-8", text);
    let policy = format!(
        "default-src 'none'; style-src '{STYLE_HASH}'; form-action 'none'; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    answer.headers.push(("content-security-policy", policy));
    answer.headers.push(("x-robots-tag", "noindex, nofollow".to_owned()));
    answer
}

fn section(title: &str, part: &Value) -> String {
    format!("<section><h2>{title}</h2>{}</section>", shown(part))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<p>Nothing.</p>".to_owned(),
        Value::Array(entries) if entries.is_empty() => "<p>Nothing.</p>".to_owned(),
        Value::Array(entries) => {
            let entries: Vec<_> = entries.iter().map(shown).collect();
            format!("<ol><li>{}</li></ol>", entries.join("</li><li>"))
        }
        Value::Object(members) => list(members),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("<span dir=\"auto\">{}</span>", escape(text)),
    }
}

fn list(members: &Map<String, Value>) -> String {
    let each = members
        .iter()
        .map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escape(&named(name)), shown(value)));
    format!("<dl>{}</dl>", each.collect::<String>())
}

/// `first_verified_at` as "First verified at".
fn named(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_policy_allows_our_style_alone() {
        let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        assert_eq!(STYLE_HASH, format!("sha256-{hash}"));
    }

    #[test]
    fn what_anybody_wrote_is_text() {
        let name = "<script>alert('1')</script>";
        let document = json!({"user": {"id": "usr_1", "name": name}, "signups": [{"<b>": "\"&"}]});
        let shown = page(&document).text.unwrap();
        assert!(!shown.contains("<script>") && !shown.contains("<b>"), "{shown}");
        assert!(shown.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"), "{shown}");
        assert!(shown.contains("&quot;&amp;"), "{shown}");
    }

    #[test]
    fn every_part_has_a_heading_and_what_is_not_there_says_so() {
        let shown =
            page(&json!({"user": {"first_verified_at": "2027-01-01T00:00:00Z"}})).text.unwrap();
        assert_eq!(shown.matches("<h2>").count(), PARTS.len());
        assert!(shown.contains("<dt>First verified at</dt>"), "{shown}");
        assert!(shown.contains("<p>Nothing.</p>"));
    }
}
