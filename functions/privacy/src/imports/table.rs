//! CSV: a header, and a consent or a suppression a row (RFC 4180).

use csv::{ByteRecord, ReaderBuilder};
use doorstep_domain::{
    consent::{Basis, Sale, Wording},
    import::{Person, Row, RowError},
    said::{Said, SaleTold},
};
use doorstep_edge::{Problem, json::is_plain, said::negotiation};
use jiff::Timestamp;

use super::frame::{MAX_ROW, bounded};

/// The columns that a list may have, with the most characters of a cell.
const COLUMNS: &[(&str, usize)] = &[
    ("phone", 64),
    ("external_id", 64),
    ("purpose", 64),
    ("channel", 16),
    ("granted", 8),
    ("occurred_at", 64),
    ("wording_version", 64),
    ("wording", 2_000),
    ("method", 64),
    ("page_url", 256),
    ("basis", 16),
    ("sale", 16),
    ("sale_reference", 64),
    ("opt_out_offered", 8),
    ("suppressed", 8),
];

/// The rows of such a list. The header is row 1; empty rows are none.
pub(super) fn rows(text: &[u8]) -> Result<Vec<Row>, Problem> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut records = reader.byte_records();
    let unreadable = |_| Problem::new(400, "malformed_json", "The list is not CSV (RFC 4180).");
    let Some(header) = records.next().transpose().map_err(unreadable)? else {
        return Ok(Vec::new());
    };
    let columns = columns(&header)?;
    let mut rows = Vec::new();
    for (number, record) in (2..).zip(records) {
        bounded(&rows)?;
        let record = record.map_err(unreadable)?;
        rows.push(Row { number, read: person(number, &columns, &record) });
    }
    Ok(rows)
}

/// Which column is where. A name that is unknown is not repeated: it may be anything.
fn columns(header: &ByteRecord) -> Result<Vec<&'static (&'static str, usize)>, Problem> {
    let mut columns: Vec<&'static (&str, usize)> = Vec::new();
    let mut problem = Problem::new(400, "invalid_member", "Correct the header of the list.");
    let known: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    for (place, cell) in header.iter().enumerate() {
        let found = COLUMNS.iter().find(|(name, _)| name.as_bytes() == cell.trim_ascii());
        let detail = match found {
            Some(column) if !columns.contains(&column) => {
                columns.push(column);
                continue;
            }
            Some(_) => "must be there once".to_owned(),
            None => format!("must be one of {}", known.join(", ")),
        };
        let pointer = format!("/header/{place}");
        problem.errors.push(doorstep_edge::problem::Pointed { pointer, detail });
    }
    if problem.errors.is_empty() && !columns.iter().any(|(name, _)| *name == "phone") {
        return Err(Problem::invalid("/header", "must have a column `phone`"));
    }
    if problem.errors.is_empty() { Ok(columns) } else { Err(problem) }
}

fn person(
    number: u32,
    columns: &[&'static (&'static str, usize)],
    record: &ByteRecord,
) -> Result<Person, Vec<RowError>> {
    let whole = |detail: String| vec![RowError::new(number, "", detail)];
    if record.as_slice().len() > MAX_ROW {
        return Err(whole("a row has at most 16 KiB; is a quote never closed?".to_owned()));
    }
    if record.len() != columns.len() {
        let (has, wants) = (record.len(), columns.len());
        return Err(whole(format!("the row has {has} cells, and the header {wants}")));
    }
    let mut cells = Cells { number, columns, record, errors: Vec::new() };
    let suppressed = cells.flag("suppressed").unwrap_or_default();
    let occurred_at = cells.time("occurred_at");
    let said = cells.said(occurred_at);
    let phone = cells.required("phone");
    let external_id = cells.text("external_id");
    let person = Person {
        phone,
        external_id,
        consents: said.into_iter().collect(),
        suppressed,
        suppressed_at: occurred_at.filter(|_| suppressed),
    };
    if cells.errors.is_empty() { Ok(person) } else { Err(cells.errors) }
}

/// The cells of a row, read one by one; what is wrong is collected.
struct Cells<'a> {
    number: u32,
    columns: &'a [&'static (&'static str, usize)],
    record: &'a ByteRecord,
    errors: Vec<RowError>,
}

impl Cells<'_> {
    fn wrong(&mut self, column: &str, detail: impl Into<String>) {
        self.errors.push(RowError::new(self.number, column, detail));
    }

    fn text(&mut self, column: &str) -> Option<String> {
        let place = self.columns.iter().position(|(name, _)| *name == column)?;
        let max = self.columns[place].1;
        let cell = self.record.get(place).unwrap_or_default().trim_ascii();
        if cell.is_empty() {
            return None;
        }
        let text = std::str::from_utf8(cell).ok().filter(|text| is_plain(text, max));
        if text.is_none() {
            let detail = format!(
                "must be a text of at most {max} characters in UTF-8, without control or \
                 bidirectional characters"
            );
            self.wrong(column, detail);
        }
        text.map(str::to_owned)
    }

    fn required(&mut self, column: &str) -> String {
        let before = self.errors.len();
        let text = self.text(column);
        if text.is_none() && self.errors.len() == before {
            self.wrong(column, "is required");
        }
        text.unwrap_or_default()
    }

    fn parsed<T>(
        &mut self,
        column: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(column)?;
        let value = parse(&text);
        if value.is_none() {
            self.wrong(column, format!("must be {expected}"));
        }
        value
    }

    fn flag(&mut self, column: &str) -> Option<bool> {
        self.parsed(column, "true or false", |text| text.to_ascii_lowercase().parse().ok())
    }

    fn time(&mut self, column: &str) -> Option<Timestamp> {
        let expected = "an RFC 3339 time such as 2025-01-31T09:00:00Z";
        self.parsed(column, expected, |text| text.parse().ok())
    }

    /// The consent of a row, if it has one.
    fn said(&mut self, occurred_at: Option<Timestamp>) -> Option<Said> {
        let marks = ["purpose", "channel", "granted"];
        let is_there = |name: &str| {
            let place = self.columns.iter().position(|(column, _)| *column == name);
            place.and_then(|place| self.record.get(place)).is_some_and(|cell| !cell.is_empty())
        };
        if !marks.into_iter().any(is_there) {
            return None;
        }
        let before = self.errors.len();
        let granted = self.flag("granted");
        if granted.is_none() && self.errors.len() == before {
            self.wrong("granted", "is required, true or false");
        }
        let basis = |text: &str| text.parse().ok();
        let basis = self.parsed("basis", "consent or soft_opt_in", basis);
        Some(Said {
            purpose: self.required("purpose"),
            channel: self.required("channel"),
            granted: granted.unwrap_or_default(),
            basis: basis.unwrap_or(Basis::Consent),
            wording_version: self.text("wording_version"),
            wording: self.text("wording").map(Wording),
            occurred_at,
            page_url: self.text("page_url"),
            sale: self.sale(),
            method: self.text("method"),
        })
    }

    fn sale(&mut self) -> Option<SaleTold> {
        let negotiation = self.parsed("sale", "sale or negotiation", negotiation)?;
        let sale = Sale { negotiation, reference: self.required("sale_reference") };
        let opt_out_offered = self.flag("opt_out_offered").unwrap_or_default();
        Some(SaleTold { sale, opt_out_offered })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(header: &str, row: &str) -> Result<Person, Vec<String>> {
        let rows = rows(format!("{header}\n{row}\n").as_bytes()).unwrap();
        let row = rows.into_iter().next().unwrap();
        let named = |error: RowError| format!("{} {}", error.row, error.column);
        row.read.map_err(|errors| errors.into_iter().map(named).collect())
    }

    fn header(header: &str) -> Vec<String> {
        let problem = rows(format!("{header}\n1\n").as_bytes()).unwrap_err();
        problem.errors.into_iter().map(|error| error.pointer).collect()
    }

    const CONSENT: &str = "phone,purpose,channel,granted,occurred_at,wording,method";

    #[test]
    fn a_row_is_a_consent_or_a_suppression() {
        let row =
            "+447700900001,offers,sms,TRUE,2025-01-31T09:00:00Z,\"Yes, \"\"text\"\" me.\",paper";
        let person = one(CONSENT, row).unwrap();
        assert_eq!(person.phone, "+447700900001", "a plus is no formula here");
        assert_eq!(person.consents[0].wording, Some(Wording("Yes, \"text\" me.".to_owned())));
        assert!(person.consents[0].granted && !person.suppressed);
        let person = one("suppressed,phone", "true,+447700900001").unwrap();
        assert!(person.suppressed && person.consents.is_empty());
    }

    #[test]
    fn a_soft_opt_in_has_its_sale_beside_it() {
        let header =
            "phone,purpose,channel,granted,occurred_at,basis,sale,sale_reference,opt_out_offered";
        let row = "+447700900001,offers,sms,true,2025-01-31T09:00:00Z,soft_opt_in,sale,o-7,true";
        let sale = one(header, row).unwrap().consents[0].sale.clone().unwrap();
        assert!(sale.opt_out_offered && !sale.sale.negotiation);
        let cut = row.replace("o-7", "");
        assert_eq!(one(header, &cut).unwrap_err(), ["2 sale_reference"]);
    }

    #[test]
    fn an_error_names_the_row_and_its_columns() {
        let wrong = |row: &str| one(CONSENT, row).unwrap_err();
        assert_eq!(wrong(",offers,sms,true,,,"), ["2 phone"]);
        assert_eq!(
            wrong("1,offers,,maybe,yesterday,,"),
            ["2 occurred_at", "2 granted", "2 channel"]
        );
        assert_eq!(wrong("1,offers"), ["2 "]);
        assert_eq!(wrong("1,off\u{202e}ers,sms,true,,,"), ["2 purpose"]);
        assert_eq!(wrong(&format!("1,{},sms,true,,,", "p".repeat(65))), ["2 purpose"]);
        assert_eq!(wrong(&format!("1,\"{}", "never closed\n".repeat(2_000))), ["2 "]);
    }

    #[test]
    fn a_header_has_known_columns_once_and_the_phone() {
        assert_eq!(header("phone,=cmd()"), ["/header/1"]);
        assert_eq!(header("phone,purpose,phone"), ["/header/2"]);
        assert_eq!(header("purpose"), ["/header"]);
        let problem = rows(b"phone,+447700900001\n1,1\n").unwrap_err();
        assert!(!format!("{problem:?}").contains("7700"), "it may be a row");
    }
}
