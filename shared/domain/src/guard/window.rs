//! Windows of time that limits and budgets are counted in.

use jiff::{Timestamp, civil, tz::TimeZone};

/// A calendar window, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Window {
    /// From minute 0 to the next.
    Hour,
    /// From midnight to the next.
    Day,
    /// From the first of a month to the next.
    Month,
}

impl Window {
    /// Every one, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// `hour`, `day` or `month`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Reads back what [`Self::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.as_str() == text)
    }

    /// Which window of its kind this time is in: windows that follow each other have numbers that
    /// do.
    #[must_use]
    pub fn number(self, at: Timestamp) -> u32 {
        let number = match self {
            Self::Hour => at.as_second().div_euclid(3_600),
            Self::Day => at.as_second().div_euclid(86_400),
            Self::Month => {
                let date = TimeZone::UTC.to_datetime(at).date();
                i64::from(date.year()) * 12 + i64::from(date.month()) - 1
            }
        };
        u32::try_from(number).unwrap_or_default()
    }

    /// When the window of this time ends.
    #[must_use]
    pub fn end(self, at: Timestamp) -> Timestamp {
        let next = i64::from(self.number(at)) + 1;
        let second = match self {
            Self::Hour => next * 3_600,
            Self::Day => next * 86_400,
            Self::Month => {
                let (year, month) = (next.div_euclid(12), next.rem_euclid(12) + 1);
                let first = civil::Date::new(
                    i16::try_from(year).unwrap_or(i16::MAX),
                    i8::try_from(month).unwrap_or(1),
                    1,
                );
                let first = first.map(|date| date.to_datetime(civil::Time::midnight()));
                let first = first.ok().and_then(|time| TimeZone::UTC.to_timestamp(time).ok());
                return first.unwrap_or(Timestamp::MAX);
            }
        };
        Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
    }

    /// Its length in seconds; of a month, thirty days.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Month => 30 * 86_400,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_end_where_the_next_begins() {
        let table = [
            (Window::Hour, "2026-11-23T10:59:59.999Z", "2026-11-23T11:00:00Z"),
            (Window::Day, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
            (Window::Month, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
            (Window::Month, "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
        ];
        for (window, inside, end) in table {
            assert_eq!(window.end(at(inside)), at(end), "{window:?}");
            assert_eq!(window.number(at(end)), window.number(at(inside)) + 1, "{window:?}");
        }
    }
}
