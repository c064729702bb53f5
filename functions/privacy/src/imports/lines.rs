//! JSON lines: a shopper a line, with what they said.

use doorstep_domain::import::{Person, Row, RowError};
use doorstep_edge::{Problem, json::Object, problem::Pointed, said};

use super::frame::{MAX_ROW, bounded};

/// How many consents one line may have.
const CONSENTS: usize = 20;
/// The members of a line. An error names no other: a name may be anything, even a phone number.
const MEMBERS: &[&str] = &[
    "phone",
    "external_id",
    "consents",
    "suppressed",
    "suppressed_at",
    "purpose",
    "channel",
    "granted",
    "basis",
    "wording_version",
    "wording",
    "occurred_at",
    "page_url",
    "sale",
    "method",
    "kind",
    "reference",
    "opt_out_offered",
];
const UNKNOWN: &str = "the line has a member that is none of an import";

/// The rows of such a list; empty lines are none.
pub(super) fn rows(text: &[u8]) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if !line.is_empty() {
            bounded(&rows)?;
            let read = person(line).map_err(|wrong| errors(number, wrong));
            rows.push(Row { number, read });
        }
    }
    Ok(rows)
}

fn person(line: &[u8]) -> Result<Person, Problem> {
    if line.len() > MAX_ROW {
        return Err(Problem::new(400, "malformed_json", "a line has at most 16 KiB"));
    }
    let mut body = Object::parse(line)?;
    let person = Person {
        phone: body.required_text("phone", 64),
        external_id: body.text("external_id", 64),
        consents: body.objects("consents", CONSENTS, said::listed),
        suppressed: body.boolean("suppressed").unwrap_or_default(),
        suppressed_at: body.time("suppressed_at"),
    };
    body.finish()?;
    Ok(person)
}

fn errors(row: u32, wrong: Problem) -> Vec<RowError> {
    if wrong.errors.is_empty() {
        return vec![RowError::new(row, "", wrong.detail)];
    }
    let error = |Pointed { pointer, detail }: Pointed| {
        let column = pointer.trim_start_matches('/');
        let is_ours = |part: &str| MEMBERS.contains(&part) || part.parse::<u8>().is_ok();
        if column.split('/').all(is_ours) {
            RowError::new(row, column, detail)
        } else {
            RowError::new(row, "", UNKNOWN)
        }
    };
    wrong.errors.into_iter().map(error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(line: &str) -> Vec<String> {
        let rows = rows(line.as_bytes()).unwrap();
        let errors = rows.into_iter().filter_map(|row| row.read.err()).flatten();
        errors.map(|error| format!("{} {}", error.row, error.column)).collect()
    }

    #[test]
    fn a_line_is_a_shopper_with_what_they_said() {
        let line = r#"{"phone":"+447700900001","external_id":"c-1","consents":[
            {"purpose":"offers","channel":"sms","granted":true,"occurred_at":"2025-01-31T09:00:00Z",
             "wording_version":"v1","method":"checkout"},
            {"purpose":"news","channel":"sms","granted":false,"occurred_at":"2025-01-31T09:00:00Z"}]}"#;
        let rows = rows(line.replace('\n', " ").as_bytes()).unwrap();
        let person = rows[0].read.as_ref().unwrap();
        assert_eq!((person.consents.len(), person.suppressed), (2, false));
        assert_eq!(person.consents[0].method.as_deref(), Some("checkout"));
    }

    #[test]
    fn an_error_names_the_line_and_the_member() {
        assert_eq!(wrong("\r\n{\"phone\":7}\r\n"), ["2 phone"]);
        assert_eq!(wrong(r#"{"phone":"1","consents":[{}]}"#)[0], "1 consents/0/purpose");
        assert_eq!(wrong("{}\nnone\n[]"), ["1 phone", "2 ", "3 "]);
        let long = format!("{{\"phone\":\"{}\"}}", "1".repeat(17_000));
        assert_eq!(wrong(&long), ["1 "]);
    }

    #[test]
    fn an_error_repeats_nothing_of_the_line() {
        let lines = r#"{"+447700900001":1}
            {"phone":"a","Ada Lovelace":{"x":1}}
            {"phone":"+447700900001","consents":[{"purpose":7,"ada@shop.example":1}]}"#;
        let rows = rows(lines.as_bytes()).unwrap();
        let read: Vec<_> = rows.into_iter().map(|row| row.read).collect();
        let told = format!("{read:?}");
        for secret in ["7700", "Ada", "ada@"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
