//! Lists: `?limit&cursor&from&to` → `{data, next_cursor}`.

use doorstep_domain::ports::Range;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{call::Call, problem::Problem};

/// Entries on a page when the call does not say, and at most.
const LIMIT: (usize, usize) = (25, 100);
/// How far back a list goes when the call does not say.
const BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The widest range of one call.
const WIDEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// The range that a call asks for: the last seven days unless it says otherwise.
///
/// # Errors
/// 400 for what is not a number, a time or a range of at most 31 days.
pub fn range(call: &Call, now: Timestamp) -> Result<Range, Problem> {
    let soon = now + SignedDuration::from_secs(1);
    let to = time(call, "to")?.unwrap_or(soon);
    let from = time(call, "from")?.unwrap_or_else(|| to.saturating_sub(BACK).unwrap_or(to));
    if from > to || to.duration_since(from) > WIDEST {
        return Err(wrong("from", "must be before `to`, by 31 days at most"));
    }
    Ok(Range { from, to, limit: limit(call)?, cursor: cursor(call)? })
}

/// How many entries a call asks for.
///
/// # Errors
/// 400 for anything but 1 to 100.
pub fn limit(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query.get("limit") else { return Ok(LIMIT.0) };
    let limit = text.parse().ok().filter(|n| (1..=LIMIT.1).contains(n));
    limit.ok_or_else(|| wrong("limit", "must be a number from 1 to 100"))
}

/// Where the page before ended.
///
/// # Errors
/// 400 for what is not a cursor.
pub fn cursor(call: &Call) -> Result<Option<String>, Problem> {
    let Some(text) = call.query.get("cursor") else { return Ok(None) };
    let known =
        text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"#_-".contains(&b));
    if known {
        Ok(Some(text.clone()))
    } else {
        Err(wrong("cursor", "must be a `next_cursor` of this list"))
    }
}

/// A page.
#[must_use]
pub fn body(data: impl IntoIterator<Item = Value>, next: Option<&str>) -> Value {
    json!({ "data": data.into_iter().collect::<Value>(), "next_cursor": next })
}

fn time(call: &Call, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = call.query.get(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| wrong(name, "must be an RFC 3339 time in UTC"))
}

fn wrong(name: &str, detail: &str) -> Problem {
    Problem::invalid(&format!("?{name}"), detail)
}
