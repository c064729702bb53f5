//! Pages for people: HTML without scripts, which works from 320 pixels on, in light and dark.
//!
//! Whatever a shop or a shopper wrote is data: it goes through [`escape`]. No page has anything to
//! load, so that its address, which may hold a token, goes nowhere.

use doorstep_domain::text::locale::{Language, Locale};

use crate::{Answer, Call, Problem};

/// The style of every page; [`STYLE_HASH`] allows it and nothing else. Text and ground keep the
/// contrast of WCAG 2.2 §1.4.3, 4.5 to 1, and borders that of §1.4.11, 3 to 1, in both schemes.
pub const STYLE: &str = ":root{color-scheme:light dark;\
--ink:#1f2328;--soft:#57606a;--paper:#fff;--tint:#f0f2f5;--line:#818b98;--act:#0a58ca;--good:#136c3f}\
@media(prefers-color-scheme:dark){:root{\
--ink:#e8edf2;--soft:#a9b3bd;--paper:#15191e;--tint:#222a32;--line:#7b8590;--act:#86bdff;--good:#72d992}}\
*{box-sizing:border-box}\
body{font:1.0625rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);\
margin:0 auto;max-width:34rem;padding:1.25rem 1rem 3rem;overflow-wrap:anywhere}\
h1{font-size:1.625rem;line-height:1.2;margin:.25rem 0 .75rem}\
h2{font-size:1.25rem;line-height:1.25;margin:2rem 0 .75rem}\
p{margin:0 0 .75rem}\
a{color:var(--act);display:inline-block}\
form+p{margin-top:1.25rem}\
label{display:block;font-weight:600}\
input,textarea{font:inherit;color:inherit;background:var(--paper);\
border:1px solid var(--line);border-radius:.5rem;padding:.5rem .75rem;margin:.375rem 0 1rem}\
input:not([type=radio]),textarea{display:block;width:100%}\
input[type=radio]{margin:.625rem 0;margin-inline-end:.5rem;accent-color:var(--act)}\
fieldset label{font-weight:400}\
input.digits{font-size:1.75rem;text-align:center;width:6ch;min-height:3rem;padding:0}\
button{font:inherit;font-weight:600;display:block;width:100%;min-height:3rem;padding:.5rem 1rem;\
border:2px solid var(--ink);border-radius:.5rem;background:var(--ink);color:var(--paper);cursor:pointer}\
button.plain{background:none;color:var(--ink)}\
button+p{margin-top:.5rem}\
:focus-visible{outline:3px solid var(--act);outline-offset:3px}\
fieldset{min-width:0;border:1px solid var(--line);border-radius:.75rem;margin:0 0 1rem;padding:.5rem 1rem 1rem}\
legend{font-weight:700;padding:0 .375rem}\
time{white-space:nowrap}\
ul,ol{padding-inline-start:1.25rem}\
.plain-list{list-style:none;padding:0}\
.plain-list li{border-top:1px solid var(--line);padding:.75rem 0}\
.shop{color:var(--soft);font-weight:600;margin:0}\
.soft{color:var(--soft);font-size:.9375rem}\
.quote{border-inline-start:3px solid var(--line);padding-inline-start:.75rem}\
.good{color:var(--good)}\
.told{background:var(--tint);border-inline-start:.375rem solid var(--good);border-radius:.375rem;\
padding:.75rem 1rem;margin:0 0 1.25rem}\
.told p:last-child,fieldset p:last-child,.plain-list p:last-child{margin:0}\
.big{font-size:2.5rem;line-height:1.25;font-weight:700;letter-spacing:.2em}";
/// SHA-256 of [`STYLE`] in base64, as CSP Level 3 §2.3.1 wants it; a test holds them together.
pub const STYLE_HASH: &str = "sha256-DngvUBQg8ylKLxGLHMl1jrzO/7r3j87/Ck21HIOkopI=";

/// Whose page it is, in which language, and which other origin its form may end at.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The language of our own sentences.
    pub language: Language,
    /// The shop's name.
    pub store: Option<&'a str>,
    /// Another origin, such as `https://shop.example`, that a form's answer may redirect to.
    pub leads_to: Option<&'a str>,
}

impl Frame<'_> {
    /// A whole page. Title and body are HTML.
    #[must_use]
    pub fn page(&self, status: u16, title: &str, body: &str) -> Answer {
        let language = self.language.as_str();
        let direction = if self.language == Language::Arabic { "rtl" } else { "ltr" };
        let shop = |name| format!("<p class=\"shop\"><bdi>{}</bdi></p>", escape(name));
        let shop = self.store.map(shop).unwrap_or_default();
        let text = format!(
            "<!doctype html><html lang=\"{language}\" dir=\"{direction}\"><head>\
             <meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title}</title><style>{STYLE}</style></head>\
             <body><main>{shop}{body}</main></body></html>\n"
        );
        let mut answer = Answer::text("text/html; charset=utf-8", text);
        answer.status = status;
        answer.headers.extend(self.guards());
        answer
    }

    /// A page that says something, and what comes next.
    #[must_use]
    pub fn says(&self, status: u16, [title, next]: [&str; 2]) -> Answer {
        self.page(status, title, &format!("<h1>{title}</h1><p>{next}</p>"))
    }

    /// No page: on to this URL.
    #[must_use]
    pub fn moved(&self, to: &str) -> Answer {
        let mut answer = self.page(303, "", "");
        answer.text = None;
        answer.headers.push(("location", to.to_owned()));
        answer
    }

    /// What keeps the address of a page, and its form, to itself.
    fn guards(&self) -> [(&'static str, String); 4] {
        let leads_to = self.leads_to.map(|origin| format!(" {origin}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'{leads_to}; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        [
            ("content-security-policy", policy),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-robots-tag", "noindex, nofollow".to_owned()),
            ("x-frame-options", "DENY".to_owned()),
        ]
    }
}

/// Text for HTML: also safe between quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Whether the caller reads JSON: it says so, or it sends JSON and does not ask for a page.
#[must_use]
pub fn wants_json(call: &Call) -> bool {
    let accept = call.header("accept").unwrap_or_default();
    let sends = call.header("content-type").unwrap_or_default().starts_with("application/json");
    accept.contains("application/json") || (sends && !accept.contains("text/html"))
}

/// What the browser wishes to read, best first; weights are not looked at.
#[must_use]
pub fn wished(call: &Call) -> Vec<Locale> {
    let wished = call.header("accept-language").unwrap_or_default();
    wished.split(',').filter_map(|range| range.split(';').next()?.trim().parse().ok()).collect()
}

/// How a page's post is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// By a program.
    Json,
    /// By a page.
    Form,
}

impl Sent {
    /// As a form or, without a content type too, as JSON.
    ///
    /// # Errors
    /// 415 for any other.
    pub fn of(call: &Call) -> Result<Self, Problem> {
        let kind = call.header("content-type").unwrap_or("application/json");
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" => Ok(Self::Json),
            "application/x-www-form-urlencoded" => Ok(Self::Form),
            _ => {
                let detail = "Send a form, or `Content-Type: application/json`.";
                Err(Problem::new(415, "malformed_json", detail))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn what_somebody_wrote_is_text() {
        let wrote = "<b onclick='x'>\"Fish & Chips\"</b>";
        let safe = "&lt;b onclick=&#39;x&#39;&gt;&quot;Fish &amp; Chips&quot;&lt;/b&gt;";
        assert_eq!(escape(wrote), safe);
    }

    #[test]
    fn the_policy_allows_the_style_that_pages_have() {
        let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        assert_eq!(STYLE_HASH, format!("sha256-{hash}"));
    }
}
