//! Lists: `?limit&cursor&from&to` → `{data, next_cursor}`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorstep_domain::ports::Range;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{call::Call, problem::Problem};

/// Entries on a page when the call does not say, and at most.
const LIMIT: (usize, usize) = (25, 100);
/// How far back a list goes when the call does not say.
const BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What one call looks through; its cursor goes on with what is before.
const WIDEST: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Nothing is older: 2020-01-01. Milliseconds since 1970 have thirteen digits from 2001 to 2286,
/// so that their order is that of the texts in sort keys.
const OLDEST: Timestamp = Timestamp::constant(1_577_836_800, 0);
/// The longest cursor, as it is inside.
const LONGEST: usize = 120;

/// What one call looks through of a list that may go back further.
#[derive(Debug, Clone)]
pub struct Walk {
    /// The newest 31 days that are not looked through yet.
    pub range: Range,
    /// How far back the list goes.
    from: Timestamp,
}

impl Walk {
    /// From where the cursor points. One that is a time alone was made by [`Self::next`]; any other
    /// is the place of an entry, which begins with its time.
    #[must_use]
    pub fn new(mut range: Range) -> Self {
        let from = range.from;
        let cursor = range.cursor.as_deref().unwrap_or_default();
        let at = cursor.split('#').next().and_then(|millis| millis.parse().ok());
        let at = at.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        let at = at.map_or(range.to, |at| at.clamp(from, range.to));
        if !cursor.is_empty() && !cursor.contains('#') {
            (range.to, range.cursor) = (at, None);
        }
        range.from = from.max(at.saturating_sub(WIDEST).unwrap_or(from));
        Self { range, from }
    }

    /// Without what is older than anything is kept.
    #[must_use]
    pub fn kept(mut self, seconds: i64, now: Timestamp) -> Self {
        let oldest = now - SignedDuration::from_secs(seconds);
        self.from = self.from.max(oldest).min(self.range.to);
        self.range.from = self.range.from.max(self.from);
        self
    }

    /// The cursor of the next page: where this one ended, or what is before what was looked through.
    #[must_use]
    pub fn next(&self, page: Option<String>) -> Option<String> {
        let before = || self.range.from.as_millisecond().to_string();
        page.or_else(|| (self.range.from > self.from).then(before))
    }
}

/// The range that a call asks for: the last seven days unless it says otherwise. It ends now at the
/// latest.
///
/// # Errors
/// 400 for what is not a number, a time or a range.
pub fn range(call: &Call, now: Timestamp) -> Result<Walk, Problem> {
    Ok(Walk::new(whole(call, now)?))
}

/// The range that a call asks for, as wide as it is.
///
/// # Errors
/// 400 for what is not a number, a time or a range.
pub fn whole(call: &Call, now: Timestamp) -> Result<Range, Problem> {
    let soon = now + SignedDuration::from_secs(1);
    let (from, to) = (time(call, "from")?, time(call, "to")?);
    if from.is_some_and(|from| from > to.unwrap_or(soon)) {
        return Err(wrong("from", "must be before `to`"));
    }
    let to = to.unwrap_or(soon).clamp(OLDEST, soon);
    let from = from.unwrap_or_else(|| to - BACK).clamp(OLDEST, to);
    Ok(Range { from, to, limit: limit(call)?, cursor: cursor(call)? })
}

/// Everything that is kept for so many seconds.
///
/// # Errors
/// 400 for what is not a number or a cursor.
pub fn kept(call: &Call, now: Timestamp, seconds: i64) -> Result<Range, Problem> {
    let from = (now - SignedDuration::from_secs(seconds)).max(OLDEST);
    let to = now + SignedDuration::from_secs(1);
    Ok(Range { from, to, limit: limit(call)?, cursor: cursor(call)? })
}

/// When what a call asks for was made: at any time unless it says otherwise.
///
/// # Errors
/// 400 for what is not a time.
pub fn made(call: &Call) -> Result<std::ops::Range<Timestamp>, Problem> {
    let (from, to) = (time(call, "from")?, time(call, "to")?);
    Ok(from.unwrap_or(Timestamp::MIN)..to.unwrap_or(Timestamp::MAX))
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
    let inner = URL_SAFE_NO_PAD.decode(text).ok().and_then(|inner| String::from_utf8(inner).ok());
    let known = |inner: &String| {
        (1..=LONGEST).contains(&inner.len())
            && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"#_-/".contains(&b))
    };
    let inner = inner.filter(known);
    inner.map(Some).ok_or_else(|| wrong("cursor", "must be a `next_cursor` of this list"))
}

/// What of a short list comes after the cursor, and where the next page begins.
#[must_use]
pub fn part<T>(
    mut all: Vec<T>,
    name: impl Fn(&T) -> String,
    (limit, cursor): (usize, Option<&str>),
) -> (Vec<T>, Option<String>) {
    if let Some(cursor) = cursor {
        let place = all.iter().position(|one| name(one) == cursor);
        all.drain(..place.map_or(all.len(), |place| place + 1));
    }
    let more = all.len() > limit;
    all.truncate(limit);
    let next = all.last().filter(|_| more).map(name);
    (all, next)
}

/// A page. Cursors go through URLs, and inside they have a `#`: hence base64url (RFC 4648 §5).
#[must_use]
pub fn body(data: impl IntoIterator<Item = Value>, next: Option<&str>) -> Value {
    let next = next.map(|next| URL_SAFE_NO_PAD.encode(next));
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

    fn now() -> Timestamp {
        "2027-01-01T12:00:00Z".parse().unwrap()
    }

    fn called(query: &[(&str, &str)]) -> Call {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Call { query: query.collect(), ..Call::default() }
    }

    fn asked(query: &[(&str, &str)]) -> Result<Walk, u16> {
        range(&called(query), now()).map_err(|problem| problem.status)
    }

    #[test]
    fn a_list_is_of_the_last_seven_days_unless_told() {
        let walk = asked(&[]).unwrap();
        assert_eq!(walk.range.to.duration_since(walk.range.from).as_hours(), 7 * 24);
        assert_eq!((walk.range.limit, &walk.range.cursor), (25, &None));
        assert_eq!(walk.next(None), None);
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
            ("cursor", "1798804800000#a"),
            ("cursor", "ICA"),
            ("from", ""),
            ("from", "2027-01-01"),
            ("from", "2027-01-02T00:00:00Z"),
            ("to", "2026-02-30T00:00:00Z"),
        ] {
            assert_eq!(asked(&[(name, value)]).unwrap_err(), 400, "{name}={value}");
        }
    }

    #[test]
    fn a_range_that_ends_in_the_future_ends_now() {
        let walk = asked(&[("from", "2026-12-20T00:00:00Z"), ("to", "2027-03-01T00:00:00Z")]);
        assert_eq!(walk.unwrap().range.to, now() + SignedDuration::from_secs(1));
        let ahead = asked(&[("from", "2027-02-01T00:00:00Z"), ("to", "2027-03-01T00:00:00Z")]);
        let range = ahead.unwrap().range;
        assert_eq!(range.from, range.to, "nothing is there yet");
    }

    #[test]
    fn a_wide_range_is_walked_by_cursors_without_gap_or_overlap() {
        let (from, to) = ("2026-08-01T00:00:00Z", "2026-12-31T00:00:00Z");
        let (mut cursor, mut parts) = (None::<String>, Vec::new());
        loop {
            let mut query = vec![("from", from), ("to", to)];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let walk = asked(&query).unwrap();
            parts.push((walk.range.from, walk.range.to));
            let next = walk.next(None);
            cursor = body([], next.as_deref())["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(parts.len(), 5, "{parts:?}");
        assert_eq!((parts[0].1.to_string(), parts[4].0.to_string()), (to.into(), from.into()));
        assert!(parts.windows(2).all(|two| two[0].0 == two[1].1), "{parts:?}");
    }

    #[test]
    fn the_days_before_an_entry_are_walked_from_there() {
        let entry = "1796083200000#sgn_1"; // 2026-12-01
        let cursor = body([], Some(entry))["next_cursor"].as_str().unwrap().to_owned();
        let walk = asked(&[("from", "2026-08-01T00:00:00Z"), ("cursor", &cursor)]).unwrap();
        assert_eq!(walk.range.from.to_string(), "2026-10-31T00:00:00Z");
        assert_eq!(walk.range.cursor.as_deref(), Some(entry));
        let walk = walk.kept(40 * 86_400, now());
        assert_eq!(walk.range.from.to_string(), "2026-11-22T12:00:00Z");
        assert_eq!(walk.next(None), None, "nothing older is kept");
    }

    #[test]
    fn a_cursor_survives_a_url_and_reads_back() {
        let place = "1796083200000#sto_0/a-b_c";
        let body = body([], Some(place));
        let text = body["next_cursor"].as_str().unwrap();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{text}");
        assert_eq!(cursor(&called(&[("cursor", text)])).unwrap().as_deref(), Some(place));
    }

    #[test]
    fn a_short_list_goes_on_after_its_cursor() {
        let of = |cursor| part(vec![1, 2, 3], i32::to_string, (2, cursor));
        assert_eq!(of(None), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(of(Some("2")), (vec![3], None));
        assert_eq!(of(Some("9")), (vec![], None));
    }

    proptest! {
        #[test]
        fn a_range_has_thirteen_digits_whatever_is_asked(
            from in -377_705_116_800_i64..253_402_207_200,
            days in 0_i64..40_000,
            cursor in "[0-9#a-z]{1,16}",
        ) {
            let from = Timestamp::from_second(from).unwrap();
            let to = from.saturating_add(SignedDuration::from_hours(24 * days)).unwrap();
            let cursor = URL_SAFE_NO_PAD.encode(cursor);
            let (from, to) = (from.to_string(), to.to_string());
            let walk = asked(&[("from", &from), ("to", &to), ("cursor", &cursor)]);
            if let Ok(Walk { range, .. }) = walk {
                for end in [range.from, range.to] {
                    prop_assert_eq!(end.as_millisecond().to_string().len(), 13);
                }
                prop_assert!(range.from <= range.to);
            }
        }
    }
}
