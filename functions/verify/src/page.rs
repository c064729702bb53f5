//! A link's pages.

use doorstep_domain::{
    consent::{ConsentAsked, Wording},
    text::locale::Language,
};
use doorstep_edge::{
    Answer,
    html::{Frame, escape},
};

use crate::words::words;

/// The page that asks for the digits and shows what confirming them records.
pub(crate) fn ask(
    frame: &Frame<'_>,
    consents: &[(ConsentAsked, Wording)],
    malformed: bool,
) -> Answer {
    let words = words(frame.language);
    let (agreed, refused): (Vec<_>, Vec<_>) = consents.iter().partition(|(asked, _)| asked.granted);
    let again = if malformed { " aria-invalid=\"true\"" } else { "" };
    let body = format!(
        "<h1>{title}</h1><form method=\"post\">{agreed}{refused}\
         <p><label for=\"match\">{digits}</label>\
         <input id=\"match\" name=\"match\" class=\"digits\" type=\"text\" inputmode=\"numeric\" \
         dir=\"ltr\" pattern=\"[0-9٠-٩۰-۹]{{2}}\" maxlength=\"2\" autocomplete=\"off\" required \
         aria-describedby=\"once\"{again}></p>\
         <p id=\"once\">{once}</p><button type=\"submit\">{confirm}</button></form>",
        title = words.title,
        agreed = list(words.agreed, &agreed),
        refused = list(words.refused, &refused),
        digits = words.digits,
        once = words.once,
        confirm = words.confirm,
    );
    frame.page(if malformed { 400 } else { 200 }, words.title, &body)
}

/// The page that says that it worked.
pub(crate) fn done(frame: &Frame<'_>) -> Answer {
    frame.says(200, words(frame.language).done)
}

/// The page of every link that opens no more, or never did.
pub(crate) fn gone(language: Language) -> Answer {
    Frame { language, store: None, leads_to: None }.says(410, words(language).gone)
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

#[cfg(test)]
mod tests {
    use super::*;

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
