use std::io::Write;

use doorstep_domain::import::{CHUNK, chunks};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

const CSV: &str = "text/csv";
const LINES: &str = "application/x-ndjson";

fn call(kind: &str, coding: Option<&str>, body: &[u8]) -> Call {
    let mut headers = std::collections::HashMap::new();
    headers.insert("content-type".to_owned(), kind.to_owned());
    if let Some(coding) = coding {
        headers.insert("content-encoding".to_owned(), coding.to_owned());
    }
    Call { headers, body: body.to_vec(), ..Call::default() }
}

fn refused(kind: &str, coding: Option<&str>, body: &[u8]) -> u16 {
    read(&call(kind, coding, body)).unwrap_err().status
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

const ONE: &[u8] = b"phone,suppressed\n+447700900001,true\n";

#[test]
fn a_list_is_csv_or_lines_plain_or_packed() {
    for (kind, format) in [
        ("text/csv", Format::Csv),
        ("Text/CSV; charset=UTF-8; header=present", Format::Csv),
        ("application/csv", Format::Csv),
    ] {
        let (read_as, rows) = read(&call(kind, None, ONE)).unwrap();
        assert_eq!((read_as, rows.len()), (format, 1), "{kind}");
        let (_, unpacked) = read(&call(kind, Some("gzip"), &packed(ONE))).unwrap();
        assert_eq!(unpacked, rows);
    }
    let line = br#"{"phone":"+447700900001","suppressed":true}"#;
    assert_eq!(read(&call(LINES, None, line)).unwrap().0, Format::Lines);
    let marked = [b"\xef\xbb\xbf".as_slice(), ONE].concat();
    assert_eq!(read(&call(CSV, None, &marked)).unwrap().1.len(), 1, "a byte order mark is none");
}

#[test]
fn what_is_no_list_is_refused() {
    assert_eq!(refused("application/json", None, ONE), 415);
    assert_eq!(refused("text/csv; charset=latin1", None, ONE), 415);
    assert_eq!(refused(CSV, Some("br"), ONE), 415);
    assert_eq!(refused(CSV, Some("gzip"), ONE), 400);
    let cut = packed(ONE);
    assert_eq!(refused(CSV, Some("gzip"), &cut[..cut.len() - 9]), 400);
    assert_eq!(refused(CSV, None, b""), 400);
    assert_eq!(refused(CSV, None, b"phone,suppressed\n"), 400);
    assert_eq!(refused(LINES, None, b"\n\n"), 400);
}

#[test]
fn a_bomb_is_not_unpacked() {
    let bomb = packed(&vec![b'\n'; 65 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    assert_eq!(refused(LINES, Some("gzip"), &bomb), 413);
}

#[test]
fn more_rows_than_an_import_may_have_are_refused() {
    let most = b"phone\n".to_vec().into_iter().chain(b"1\n".repeat(MAX_ROWS)).collect::<Vec<_>>();
    assert_eq!(read(&call(CSV, None, &most)).unwrap().1.len(), MAX_ROWS);
    let more = [most, b"1\n".to_vec()].concat();
    assert_eq!(refused(CSV, None, &more), 413);
    assert_eq!(refused(LINES, None, &b"{}\n".repeat(MAX_ROWS + 1)), 413);
}

proptest! {
    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..400), gzip: bool, csv: bool) {
        let kind = if csv { CSV } else { LINES };
        let _ = read(&call(kind, gzip.then_some("gzip"), &body));
        let headed = [b"phone,purpose,granted\n", body.as_slice()].concat();
        let _ = read(&call(CSV, None, &headed));
    }

    /// Every row is there, good or with errors of its own number; numbers go up.
    #[test]
    fn every_row_is_told_of(
        lines in prop::collection::vec("[ -~&&[^\"]]{1,40}", 1..50), csv: bool,
    ) {
        let text = lines.join("\n");
        let rows = if csv {
            table::rows(format!("phone,external_id\n{text}").as_bytes()).unwrap()
        } else {
            lines::rows(text.as_bytes()).unwrap()
        };
        let said = lines.iter().filter(|line| csv || !line.trim().is_empty()).count();
        prop_assert_eq!(rows.len(), said);
        prop_assert!(rows.windows(2).all(|pair| pair[0].number < pair[1].number));
        for row in &rows {
            if let Err(errors) = &row.read {
                prop_assert!(!errors.is_empty());
                prop_assert!(errors.iter().all(|error| error.row == row.number));
            }
        }
    }

    #[test]
    fn chunks_hold_all_rows_once(count in 0..3_500_usize) {
        let row = |number: usize| Row { number: u32::try_from(number).unwrap(), read: Err(vec![]) };
        let rows: Vec<_> = (1..=count).map(row).collect();
        let split: Vec<_> = chunks(&rows).collect();
        prop_assert!(split.iter().all(|(_, some)| (1..=CHUNK).contains(&some.len())));
        prop_assert!(split.iter().zip(0..).all(|((number, _), place)| *number == place));
        let together: Vec<_> = split.iter().flat_map(|(_, some)| some.to_vec()).collect();
        prop_assert_eq!(together, rows);
    }
}
