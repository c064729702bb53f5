//! A link's pages: HTML without scripts, which works from 320 pixels on.
//!
//! Whatever a shop wrote is data: it goes through [`escape`]. No page has anything to load, so that
//! its address, which holds the token, goes nowhere.

use doorstep_domain::{
    consent::{ConsentAsked, Wording},
    text::locale::Language,
};
use doorstep_edge::Answer;

use crate::words::words;

/// The style of every page; [`STYLE_HASH`] allows it and nothing else.
pub const STYLE: &str = ":root{color-scheme:light dark}\
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:32rem;padding:1rem;overflow-wrap:anywhere}\
h1{font-size:1.5rem;line-height:1.25}\
label{display:block;font-weight:600}\
input{font:inherit;font-size:1.75rem;text-align:center;width:5ch;min-height:3rem;margin:.5rem 0 1rem}\
button{font:inherit;font-weight:600;display:block;width:100%;min-height:3rem;padding:.5rem 1rem}";
/// SHA-256 of [`STYLE`] in base64, as CSP Level 3 §2.3.1 wants it; a test holds them together.
pub const STYLE_HASH: &str = "sha256-9aAAGAILC4f6CgyqrQgFCQBvgLAJNsXuQrVtvmdhLBc=";

/// Whose page it is, in which language, and which other origin its form may end at.
pub(crate) struct Frame<'a> {
    pub(crate) language: Language,
    pub(crate) store: Option<&'a str>,
    pub(crate) leads_to: Option<&'a str>,
}

impl Frame<'_> {
    /// The page that asks for the digits and shows what confirming them records.
    pub(crate) fn ask(&self, consents: &[(ConsentAsked, Wording)], malformed: bool) -> Answer {
        let words = words(self.language);
        let (agreed, refused): (Vec<_>, Vec<_>) =
            consents.iter().partition(|(asked, _)| asked.granted);
        let again = if malformed { " aria-invalid=\"true\"" } else { "" };
        let body = format!(
            "<h1>{title}</h1><form method=\"post\">{agreed}{refused}\
             <p><label for=\"match\">{digits}</label>\
             <input id=\"match\" name=\"match\" type=\"text\" inputmode=\"numeric\" dir=\"ltr\" \
             pattern=\"[0-9٠-٩۰-۹]{{2}}\" maxlength=\"2\" autocomplete=\"off\" required \
             aria-describedby=\"once\"{again}></p>\
             <p id=\"once\">{once}</p><button type=\"submit\">{confirm}</button></form>",
            title = words.title,
            agreed = list(words.agreed, &agreed),
            refused = list(words.refused, &refused),
            digits = words.digits,
            once = words.once,
            confirm = words.confirm,
        );
        self.page(if malformed { 400 } else { 200 }, words.title, &body)
    }

    /// The page that says that it worked.
    pub(crate) fn done(&self) -> Answer {
        self.says(200, words(self.language).done)
    }

    /// The page of every link that opens no more, or never did.
    pub(crate) fn gone(&self) -> Answer {
        self.says(410, words(self.language).gone)
    }

    /// No page: on to where the shop wanted its shopper back.
    pub(crate) fn moved(&self, to: &str) -> Answer {
        let mut answer = self.page(303, "", "");
        answer.text = None;
        answer.headers.push(("location", to.to_owned()));
        answer
    }

    fn says(&self, status: u16, [title, next]: [&str; 2]) -> Answer {
        self.page(status, title, &format!("<h1>{title}</h1><p>{next}</p>"))
    }

    fn page(&self, status: u16, title: &str, body: &str) -> Answer {
        let language = self.language.as_str();
        let direction = if self.language == Language::Arabic { "rtl" } else { "ltr" };
        let shop = self.store.map(|name| format!("<p dir=\"auto\">{}</p>", escape(name)));
        let shop = shop.unwrap_or_default();
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

fn list(heading: &str, consents: &[&(ConsentAsked, Wording)]) -> String {
    if consents.is_empty() {
        return String::new();
    }
    let entry = |(_, words): &&(ConsentAsked, Wording)| {
        format!("<li dir=\"auto\">{}</li>", escape(&words.0))
    };
    let entries: String = consents.iter().map(entry).collect();
    format!("<p>{heading}</p><ul>{entries}</ul>")
}

/// Text for HTML: also safe between quotes.
fn escape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shop_wrote_is_text() {
        let wrote = "<b onclick='x'>\"Fish & Chips\"</b>";
        let safe = "&lt;b onclick=&#39;x&#39;&gt;&quot;Fish &amp; Chips&quot;&lt;/b&gt;";
        assert_eq!(escape(wrote), safe);
    }

    #[test]
    fn our_own_sentences_hold_no_markup() {
        for language in Language::ALL {
            let words = words(*language);
            let all = [words.title, words.digits, words.once, words.confirm, words.agreed]
                .into_iter()
                .chain([words.refused, words.done[0], words.done[1], words.gone[0], words.gone[1]]);
            for sentence in all {
                assert!(
                    !sentence.is_empty() && !sentence.contains(['<', '>', '&', '"']),
                    "{sentence}"
                );
            }
        }
    }
}
