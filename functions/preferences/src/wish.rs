//! What a shopper wishes, as a page's form or a program sends it.

use doorstep_edge::{Call, Problem, html::Sent};

/// Characters of a reason.
const REASON: usize = 500;

/// One purpose that is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Purpose and channel.
    pub(crate) what: (String, String),
    /// On or off.
    pub(crate) on: bool,
}

/// What is to change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Everything off.
    pub(crate) stop_all: bool,
    /// One by one.
    pub(crate) changes: Vec<Change>,
    /// Why, in the shopper's words.
    pub(crate) reason: Option<String>,
}

/// What a call wishes.
///
/// # Errors
/// 415 for what is neither a form nor JSON; 400 for wrong JSON, or for a form without a button of
/// ours.
pub(crate) fn read(call: &Call) -> Result<Wish, Problem> {
    match Sent::of(call)? {
        Sent::Form => form(&call.body),
        Sent::Json => json(call),
    }
}

/// A button's name is `stop_all`, or `on` or `off` with what it is about as its value.
fn form(body: &[u8]) -> Result<Wish, Problem> {
    let mut wish = Wish::default();
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "stop_all" => wish.stop_all = true,
            "on" | "off" => {
                let what = value.rsplit_once('/').map(|(a, b)| (a.to_owned(), b.to_owned()));
                wish.changes.extend(what.map(|what| Change { what, on: name == "on" }));
            }
            "reason" => wish.reason = reason(&value),
            _ => {}
        }
    }
    if !wish.stop_all && wish.changes.is_empty() {
        return Err(Problem::new(400, "invalid_member", "Press one of the page's buttons."));
    }
    Ok(wish)
}

/// What fits of a reason, as one line without control characters: nobody is kept from leaving by
/// what they say of it.
fn reason(text: &str) -> Option<String> {
    let plain = text.chars().map(|c| if c.is_control() || is_bidi(c) { ' ' } else { c });
    let plain: String = plain.collect();
    let words: Vec<_> = plain.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(REASON).collect();
    (!short.is_empty()).then_some(short)
}

/// Characters that turn the direction of what follows (Unicode 17, UAX #9, table 4).
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn json(call: &Call) -> Result<Wish, Problem> {
    let mut body = call.json()?;
    let stop_all = body.boolean("stop_all").unwrap_or(false);
    let changes = body.objects("consents", 50, |consent| {
        let what = (consent.required_text("purpose", 64), consent.required_text("channel", 16));
        let on = consent.boolean("granted");
        consent.require("granted", on.is_none());
        Change { what, on: on.unwrap_or(false) }
    });
    let reason = body.text("reason", REASON);
    if stop_all && changes.iter().any(|change| change.on) {
        body.wrong("consents", "must grant nothing together with `stop_all`");
    }
    if !stop_all && changes.is_empty() {
        body.wrong("consents", "name what to change, or send `stop_all`");
    }
    body.finish()?;
    Ok(Wish { stop_all, changes, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_without_a_button_wishes_nothing() {
        for body in ["", "reason=x", "off=", "off=marketing", "stop=1"] {
            assert_eq!(form(body.as_bytes()).unwrap_err().status, 400, "{body}");
        }
    }

    #[test]
    fn a_button_says_what_it_is_about() {
        let wish = form(b"reason=&off=a%2Fb%2Fsms").unwrap();
        let what = ("a/b".to_owned(), "sms".to_owned());
        assert_eq!(wish.changes, [Change { what, on: false }]);
        assert_eq!((wish.stop_all, wish.reason), (false, None));
    }

    #[test]
    fn a_reason_is_one_line_of_what_fits() {
        let long = "é".repeat(600);
        let body = format!("stop_all=true&reason=too%0D%0Amany%20%E2%80%AE{long}");
        let told = form(body.as_bytes()).unwrap().reason.unwrap();
        assert!(told.starts_with("too many é"), "{told}");
        assert_eq!(told.chars().count(), 500);
        assert_eq!(reason(" \n\t"), None);
    }
}
