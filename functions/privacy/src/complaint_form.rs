//! What a complaint's form says, however it was sent: parsed once, and everything wrong told at
//! once.

use doorstep_domain::{
    Mode,
    complaint::{About, Contents, LONGEST},
    phone::{PhoneError, PhoneNumber, Region},
};
use doorstep_edge::{Call, Problem, html::Sent, problem::Pointed};

/// Longest name, contact and number, in characters.
pub(crate) const LONGEST_LINE: usize = 200;

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Name,
    Contact,
    Phone,
    Text,
}

impl Field {
    const ALL: [Self; 4] = [Self::Name, Self::Contact, Self::Phone, Self::Text];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Contact => "contact",
            Self::Phone => "phone",
            Self::Text => "text",
        }
    }

    const fn longest(self) -> usize {
        match self {
            Self::Text => LONGEST,
            _ => LONGEST_LINE,
        }
    }
}

/// What is wrong with a field, in the order of the page's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    NoContact,
    NoText,
    NoPhone,
    TooLong,
}

impl Wrong {
    const fn detail(self) -> &'static str {
        match self {
            Self::NoContact | Self::NoText => "is required",
            Self::NoPhone => {
                "must be a phone number in international form, or null; a drama number in test mode"
            }
            Self::TooLong => "is too long: at most 3,000 characters of text, 200 of any other",
        }
    }
}

/// What was typed, as it was typed.
#[derive(Default)]
pub(crate) struct Form {
    fields: [String; 4],
    pub(crate) about: Option<About>,
}

impl Form {
    /// What was typed into a field.
    pub(crate) fn of(&self, field: Field) -> &str {
        &self.fields[field as usize]
    }

    /// Reads a post.
    ///
    /// # Errors
    /// 415, and 400 for JSON of another shape. What people type is never malformed: see
    /// [`Form::check`].
    pub(crate) fn read(call: &Call) -> Result<Self, Problem> {
        let mut form = Self::default();
        match Sent::of(call)? {
            Sent::Form => {
                for (name, value) in form_urlencoded::parse(&call.body) {
                    let field = Field::ALL.into_iter().find(|field| field.as_str() == name);
                    match field {
                        Some(field) => form.fields[field as usize] = value.into_owned(),
                        None if name == "about" => form.about = value.parse().ok(),
                        None => {}
                    }
                }
            }
            Sent::Json => {
                let mut body = call.json()?;
                for field in Field::ALL {
                    form.fields[field as usize] = body.lines(field.as_str()).unwrap_or_default();
                }
                let names = "marketing, access, erasure or other";
                form.about = body.parsed("about", names, |about| about.parse().ok());
                body.finish()?;
            }
        }
        Ok(form)
    }

    /// What it says, and whose mode it belongs to: a drama number makes it a test.
    pub(crate) fn check(
        &self,
        country: Region,
        mode: Mode,
    ) -> Result<(Mode, About, Contents), Vec<(Field, Wrong)>> {
        let mut wrongs = Vec::new();
        for field in Field::ALL {
            if self.of(field).chars().count() > field.longest() {
                wrongs.push((field, Wrong::TooLong));
            }
        }
        let contact = line(self.of(Field::Contact));
        let text = lines(self.of(Field::Text));
        for (field, missing, wrong) in [
            (Field::Contact, contact.is_none(), Wrong::NoContact),
            (Field::Text, text.is_none(), Wrong::NoText),
        ] {
            if missing {
                wrongs.push((field, wrong));
            }
        }
        let typed = line(self.of(Field::Phone));
        // Test mode keeps nothing for long: what a person writes must not be lost in it.
        if mode == Mode::Test && typed.is_none() {
            wrongs.push((Field::Phone, Wrong::NoPhone));
        }
        let parsed = typed.map(|typed| number(&typed, country, mode)).transpose();
        let Ok(number) = parsed else {
            wrongs.push((Field::Phone, Wrong::NoPhone));
            return Err(wrongs);
        };
        let mode = number.as_ref().map_or(mode, |(mode, _)| *mode);
        let phone = number.map(|(_, phone)| phone);
        match (contact, text, wrongs.is_empty()) {
            (Some(contact), Some(text), true) => {
                let name = line(self.of(Field::Name));
                let about = self.about.unwrap_or(About::Other);
                Ok((mode, about, Contents { name, contact, text, phone }))
            }
            _ => Err(wrongs),
        }
    }
}

/// What is wrong, for programs.
pub(crate) fn problem(wrongs: &[(Field, Wrong)]) -> Problem {
    let mut problem = Problem::new(400, "invalid_member", "Correct the members named in `errors`.");
    problem.errors = wrongs
        .iter()
        .map(|(field, wrong)| Pointed {
            pointer: format!("/{}", field.as_str()),
            detail: wrong.detail().to_owned(),
        })
        .collect();
    problem
}

fn number(text: &str, country: Region, mode: Mode) -> Result<(Mode, PhoneNumber), PhoneError> {
    match PhoneNumber::parse(text, Some(country), mode) {
        Err(PhoneError::DramaNumber) => {
            Ok((Mode::Test, PhoneNumber::parse(text, Some(country), Mode::Test)?))
        }
        parsed => Ok((mode, parsed?)),
    }
}

/// One line without characters for control or direction; `None` when nothing is left.
fn line(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control() && !is_bidi(*c)).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// As [`line`], with its ends of lines.
fn lines(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let kept = |c: &char| *c == '\n' || (!c.is_control() && !is_bidi(*c));
    let text: String = text.chars().filter(kept).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
