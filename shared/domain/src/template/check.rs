//! What may be in a text, checked when it is saved.

use super::{
    Body, Identity, Kind, System, Variables,
    body::SyntaxError,
    promotion::{self, Promotion},
};
use crate::{
    code::Code,
    gsm7::{self, Encoding, Size},
    text::{locale::Locale, webotp},
};

/// A text that may be saved, and what it will cost. Segments are counted with the shop's own name,
/// and with 20 letters for each value that is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The words.
    pub body: Body,
    /// How they are encoded.
    pub encoding: Encoding,
    /// How many segments they are billed as, the line that binds a code included.
    pub segments: usize,
    /// The placeholders, in their order.
    pub placeholders: Vec<String>,
    /// What costs more than it need.
    pub warnings: Vec<Warning>,
}

/// Why a text may not be saved. Its sentence says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It cannot be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A code's text without the code.
    #[error("put {{{{ code }}}} where the six digits belong, best at the beginning")]
    CodeMissing,
    /// Nobody could tell who sends it.
    #[error("name the shop: put {{{{ store }}}} into the text")]
    StoreMissing,
    /// A placeholder that this kind of text does not have.
    #[error("remove {{{{ {0} }}}}: texts of this kind do not have it")]
    PlaceholderNotAllowed(String),
    /// A link beside a code teaches shoppers to follow links in such texts.
    #[error("remove \"{0}\": a text with a code has no link")]
    LinkNotAllowed(String),
    /// The line that binds a code is not the shop's to write.
    #[error("remove the line \"@host #code\": Doorstep writes it below the text")]
    BoundLineNotAllowed,
    /// Promotion outside marketing.
    #[error("remove \"{0}\", or save the text as marketing: promotion needs the shopper's consent")]
    PromotionNotAllowed(String),
    /// Marketing without a way out.
    #[error(
        "say how to end these texts: put {{{{ opt_out }}}} into the text, or STOP with {{{{ inbound_number }}}}"
    )]
    OptOutMissing,
    /// A code's text of more than one segment.
    #[error("shorten the text by {0} characters: a code goes out in one segment")]
    TooManySegments(usize),
}

impl Trouble {
    /// Its stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "body_malformed",
            Self::CodeMissing => "code_missing",
            Self::StoreMissing => "store_missing",
            Self::PlaceholderNotAllowed(_) => "placeholder_not_allowed",
            Self::LinkNotAllowed(_) => "link_not_allowed",
            Self::BoundLineNotAllowed => "bound_line_not_allowed",
            Self::PromotionNotAllowed(_) => "promotion_not_allowed",
            Self::OptOutMissing => "opt_out_missing",
            Self::TooManySegments(_) => "too_many_segments",
        }
    }

    /// The member of the request that it is about, as a JSON pointer.
    #[must_use]
    pub const fn pointer(&self) -> &'static str {
        "/body"
    }
}

/// What makes a text dearer than it need be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// Characters that GSM-7 lacks: a segment holds 70 instead of 160.
    #[error("a segment holds 70 characters instead of 160, because of {}", list(.0))]
    Ucs2(Vec<char>),
    /// Characters that count twice.
    #[error("these characters count twice: {}", list(.0))]
    Doubled(Vec<char>),
    /// Each segment is paid for.
    #[error("about {0} segments, each of which is paid for")]
    Segments(usize),
}

impl Warning {
    /// Its stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ucs2(_) => "ucs2",
            Self::Doubled(_) => "doubled_characters",
            Self::Segments(_) => "segments",
        }
    }
}

/// Checks a text against the rules of its kind.
///
/// # Errors
/// All that is wrong with it.
pub fn check(
    kind: Kind,
    locale: &Locale,
    body: &str,
    identity: Identity<'_>,
) -> Result<Checked, Vec<Trouble>> {
    let body = Body::parse(body).map_err(|error| vec![error.into()])?;
    let text = sample(kind, &body, identity);
    let mut troubles = of_kind(kind, locale, &body, identity);
    if sample_lines(kind, &text).any(|line| webotp::parse(line).is_some()) {
        troubles.push(Trouble::BoundLineNotAllowed);
    }
    let Size { encoding, segments } = gsm7::measure(&text);
    if kind == Kind::Otp && segments > 1 {
        let room = if encoding == Encoding::Gsm7 { 160 } else { 70 };
        troubles.push(Trouble::TooManySegments(gsm7::units(&text) - room));
    }
    if !troubles.is_empty() {
        return Err(troubles);
    }
    let placeholders = body.placeholders().into_iter().map(str::to_owned).collect();
    Ok(Checked { encoding, segments, placeholders, warnings: warnings(&text), body })
}

fn of_kind(kind: Kind, locale: &Locale, body: &Body, identity: Identity<'_>) -> Vec<Trouble> {
    let (names, words) = (body.placeholders(), body.words());
    let has = |name: System| names.contains(&name.as_str());
    let mut troubles = vec![];
    if kind == Kind::Otp {
        troubles.extend((!has(System::Code)).then_some(Trouble::CodeMissing));
        troubles.extend(link(&words).map(|link| Trouble::LinkNotAllowed(link.to_owned())));
    }
    // No shopper's words go to a number that is not proven yet, and no code outside its own kind.
    let allowed = |name: &str| match kind {
        Kind::Otp => [System::Code, System::Store].iter().any(|system| system.as_str() == name),
        Kind::Transactional | Kind::Marketing => name != System::Code.as_str(),
    };
    let foreign = names.iter().filter(|name| !allowed(name));
    troubles.extend(foreign.map(|name| Trouble::PlaceholderNotAllowed((*name).to_owned())));
    let store = identity.store.to_lowercase();
    let says_name = || !store.is_empty() && words.to_lowercase().contains(&store);
    let nameless = match kind {
        Kind::Otp => !has(System::Store),
        Kind::Marketing => !has(System::Store) && !says_name(),
        Kind::Transactional => false,
    };
    troubles.extend(nameless.then_some(Trouble::StoreMissing));
    match kind {
        Kind::Otp | Kind::Transactional => {
            let found = promotion::find(locale, &words);
            troubles.extend(found.map(|Promotion(word)| Trouble::PromotionNotAllowed(word)));
        }
        Kind::Marketing => {
            let stop = words.contains("STOP") && has(System::InboundNumber);
            troubles.extend((!stop && !has(System::OptOut)).then_some(Trouble::OptOutMissing));
        }
    }
    troubles
}

/// The text with the longest values of a code, and with likely ones of all else.
fn sample(kind: Kind, body: &Body, identity: Identity<'_>) -> String {
    let names = body.placeholders().into_iter().filter(|name| name.parse::<System>().is_err());
    let variables = Variables::given(names.map(|name| (name, "x".repeat(20))))
        .unwrap_or_default()
        .with(System::Code, "000000")
        .with(System::Store, identity.store)
        .with(System::OptOut, &format!("STOP: https://{}/p/{}", identity.host, "x".repeat(22)))
        .with(System::InboundNumber, "+447700900000")
        .with(System::HelpUrl, &format!("https://{}/help", identity.host));
    let text = body.render(&variables).unwrap_or_default();
    match Code::parse("000000").filter(|_| kind == Kind::Otp) {
        Some(code) => format!("{text}\n{}", webotp::line(identity.host, &code)),
        None => text,
    }
}

/// The lines of a sample that the shop wrote.
fn sample_lines(kind: Kind, text: &str) -> impl Iterator<Item = &str> {
    let own = text.lines().count() - usize::from(kind == Kind::Otp);
    text.lines().take(own)
}

fn warnings(text: &str) -> Vec<Warning> {
    let some = |found: Vec<char>| (!found.is_empty()).then_some(found);
    let segments = gsm7::measure(text).segments;
    [
        some(gsm7::expensive(text)).map(Warning::Ucs2),
        some(gsm7::extended(text)).map(Warning::Doubled),
        (segments > 1).then_some(Warning::Segments(segments)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What phones would show as a link: an address, or two labels with a dot between them.
fn link(words: &str) -> Option<&str> {
    words.split_whitespace().find(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let labels = host.rsplit_once('.').filter(|(before, _)| !before.is_empty());
        let dotted = labels.is_some_and(|(_, last)| {
            last.chars().count() > 1 && last.chars().all(char::is_alphabetic)
        });
        dotted || word.contains("://")
    })
}

fn list(characters: &[char]) -> String {
    let shown: Vec<String> = characters.iter().take(10).map(char::to_string).collect();
    shown.join(" ")
}
