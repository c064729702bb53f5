//! What a row has to be.

use jiff::Timestamp;

use super::{Format, Person, Row, RowError};
use crate::{
    Mode,
    phone::PhoneNumber,
    said::{Said, Wrong},
    store::Settings,
};

/// A row that may be taken.
pub(super) struct Checked {
    pub(super) number: u32,
    pub(super) phone: PhoneNumber,
    pub(super) person: Person,
}

/// What rows are checked against.
pub(super) struct Rules<'a> {
    pub(super) settings: &'a Settings,
    pub(super) mode: Mode,
    pub(super) format: Format,
    pub(super) now: Timestamp,
}

/// What came of a chunk.
#[derive(Default)]
pub(super) struct Sorted {
    /// The rows that may be taken.
    pub(super) good: Vec<Checked>,
    /// What is wrong with the others.
    pub(super) errors: Vec<RowError>,
    /// How many others there are.
    pub(super) rejected: u32,
}

/// Sorts the rows that may be taken from the others.
pub(super) fn check(rules: &Rules<'_>, rows: Vec<Row>) -> Sorted {
    let mut sorted = Sorted::default();
    for Row { number, read } in rows {
        match read.and_then(|person| checked(rules, number, person)) {
            Ok(row) => sorted.good.push(row),
            Err(wrong) => {
                sorted.rejected += 1;
                sorted.errors.extend(wrong);
            }
        }
    }
    sorted
}

fn checked(rules: &Rules<'_>, number: u32, person: Person) -> Result<Checked, Vec<RowError>> {
    let mut wrong = wrongs(rules, number, &person);
    match PhoneNumber::parse(&person.phone, rules.settings.country, rules.mode) {
        Ok(phone) if wrong.is_empty() => Ok(Checked { number, phone, person }),
        Ok(_) => Err(wrong),
        Err(error) => {
            wrong.insert(0, RowError::new(number, "phone", error.to_string()));
            Err(wrong)
        }
    }
}

fn wrongs(rules: &Rules<'_>, number: u32, person: &Person) -> Vec<RowError> {
    let (settings, now) = (rules.settings, rules.now);
    let mut wrong = Vec::new();
    if person.consents.is_empty() && !person.suppressed {
        let column = if rules.format == Format::Csv { "purpose" } else { "consents" };
        wrong.push(RowError::new(number, column, NOTHING));
    }
    if person.suppressed_at.is_some_and(|at| at > now) {
        let column = if rules.format == Format::Csv { "occurred_at" } else { "suppressed_at" };
        wrong.push(RowError::new(number, column, "must not be in the future"));
    }
    for (index, said) in person.consents.iter().enumerate() {
        let missing = missing(said).into_iter().flatten();
        let all = said.wrongs(settings, now).into_iter().chain(missing);
        wrong.extend(all.map(|Wrong { member, detail }| {
            RowError::new(number, rules.format.column(index, member), detail)
        }));
    }
    wrong
}

/// What evidence from elsewhere needs, beyond what a call does.
fn missing(said: &Said) -> [Option<Wrong>; 2] {
    let required = |member, detail, missing: bool| missing.then_some(Wrong { member, detail });
    [
        required("occurred_at", NO_TIME, said.occurred_at.is_none()),
        required("method", NO_METHOD, said.granted && said.method.is_none()),
    ]
}

const NOTHING: &str = "must have a consent, unless the row says `suppressed`";
const NO_TIME: &str = "is required: when the shopper said so";
const NO_METHOD: &str = "is required for a yes: how it was taken, such as checkout or paper";
