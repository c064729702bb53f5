//! From a body to rows: the type, the packing, the limits.

use std::{borrow::Cow, io::Read};

use doorstep_domain::import::{Format, MAX_ROWS, Row};
use doorstep_edge::{Call, Problem};
use flate2::read::MultiGzDecoder;

use super::{lines, table};

/// The most that a list may be, unpacked: 64 MiB.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;
/// The most that a row may be: as much as any other body.
pub(super) const MAX_ROW: usize = 16 * 1024;

/// Reads a list.
///
/// # Errors
/// 400, 413 or 415 for what is no list; a row that is wrong is in the list with its errors.
pub(super) fn read(call: &Call) -> Result<(Format, Vec<Row>), Problem> {
    let format = format(call.header("content-type").unwrap_or_default())?;
    let coding = call.header("content-encoding").unwrap_or("identity").trim();
    let text = unpacked(coding, &call.body)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let rows = match format {
        Format::Csv => table::rows(text)?,
        Format::Lines => lines::rows(text)?,
    };
    if rows.is_empty() {
        return Err(Problem::new(400, "malformed_json", "Send at least one row."));
    }
    Ok((format, rows))
}

/// Refuses more rows than one import may have.
pub(super) fn bounded(rows: &[Row]) -> Result<(), Problem> {
    if rows.len() < MAX_ROWS {
        return Ok(());
    }
    let detail =
        format!("Send at most {MAX_ROWS} rows at once; split the list into several calls.");
    Err(Problem::new(413, "malformed_json", detail))
}

/// What the body says it is. Gateways hand `text/…` over as text: a packed CSV comes whole as
/// `application/csv`.
fn format(content_type: &str) -> Result<Format, Problem> {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let foreign = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        name.trim().eq_ignore_ascii_case("charset")
            && !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    let format = match kind.as_str() {
        "text/csv" | "application/csv" => Some(Format::Csv),
        "application/x-ndjson" => Some(Format::Lines),
        _ => None,
    };
    let format = format.filter(|_| !parts.any(foreign));
    let detail = "Send the list as `Content-Type: text/csv` or `application/x-ndjson`, in UTF-8; a \
                  packed CSV as `application/csv` with `Content-Encoding: gzip`.";
    format.ok_or_else(|| Problem::new(415, "malformed_json", detail))
}

/// The list itself. Nothing beyond the limit is unpacked.
fn unpacked<'a>(coding: &str, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Problem> {
    if coding.eq_ignore_ascii_case("identity") {
        return Ok(Cow::Borrowed(body));
    }
    if !coding.eq_ignore_ascii_case("gzip") {
        let detail = "Send the list as it is, or with `Content-Encoding: gzip`.";
        return Err(Problem::new(415, "malformed_json", detail));
    }
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(body).take(MAX_UNPACKED + 1).read_to_end(&mut text);
    if read.is_err() {
        let detail = "The body is not gzip. Send a packed CSV as `Content-Type: application/csv`.";
        return Err(Problem::new(400, "malformed_json", detail));
    }
    if text.len() as u64 > MAX_UNPACKED {
        let detail = "Send a list of at most 64 MiB unpacked; split it into several calls.";
        return Err(Problem::new(413, "malformed_json", detail));
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests;
