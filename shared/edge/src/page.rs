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
/// Nothing is older: 2020-01-01. Milliseconds since 1970 have thirteen digits from 2001 to 2286,
/// so that their order is that of the texts in sort keys.
const OLDEST: Timestamp = Timestamp::constant(1_577_836_800, 0);

/// The range that a call asks for: the last seven days unless it says otherwise. It ends now at the
/// latest.
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
    let (from, to) = (from.clamp(OLDEST, soon), to.clamp(OLDEST, soon));
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
    let known = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"#_-".contains(&b));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(query: &[(&str, &str)]) -> Result<Range, u16> {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let call = Call { query: query.collect(), ..Call::default() };
        let now = "2027-01-01T12:00:00Z".parse().unwrap();
        range(&call, now).map_err(|problem| problem.status)
    }

    #[test]
    fn a_list_is_of_the_last_seven_days_unless_told() {
        let range = asked(&[]).unwrap();
        assert_eq!(range.to.duration_since(range.from).as_hours(), 7 * 24);
        assert_eq!((range.limit, range.cursor), (25, None));
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for (name, value) in [
            ("limit", "0"),
            ("limit", "101"),
            ("limit", "-1"),
            ("limit", "1.0"),
            ("limit", ""),
            ("cursor", ""),
            ("cursor", "a b"),
            ("cursor", "é"),
            ("from", ""),
            ("from", "2027-01-01"),
            ("from", "2026-11-01T00:00:00Z"),
            ("from", "2027-01-02T00:00:00Z"),
            ("to", "2026-02-30T00:00:00Z"),
        ] {
            assert_eq!(asked(&[(name, value)]).unwrap_err(), 400, "{name}={value}");
        }
    }

    proptest! {
        #[test]
        fn a_range_has_thirteen_digits_whatever_is_asked(from in -377_705_116_800_i64..253_402_207_200, days in 0_i64..32) {
            let from = Timestamp::from_second(from).unwrap();
            let to = from.saturating_add(SignedDuration::from_hours(24 * days)).unwrap();
            if let Ok(range) = asked(&[("from", &from.to_string()), ("to", &to.to_string())]) {
                for end in [range.from, range.to] {
                    prop_assert_eq!(end.as_millisecond().to_string().len(), 13);
                }
                prop_assert!(range.from <= range.to);
            }
        }
    }
}
