//! The bank holidays of England and Wales.
//!
//! Sources: Banking and Financial Dealings Act 1971, schedule 1; gov.uk/bank-holidays for substitute
//! days and for those proclaimed once.

use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};

/// Days that were proclaimed once. Add what is proclaimed: until then the next working day is told a
/// day too early, never too late.
const ONCE: [Date; 4] = [
    date(2022, 6, 2),  // Spring, moved for the Platinum Jubilee
    date(2022, 6, 3),  // Platinum Jubilee
    date(2022, 9, 19), // State Funeral of Queen Elizabeth II
    date(2023, 5, 8),  // Coronation of King Charles III
];

/// Days that the rule has, but that were moved that year.
const MOVED: [Date; 1] = [date(2022, 5, 30)];

/// Whether banks are closed in England and Wales, weekends aside.
#[must_use]
pub fn is_bank_holiday(day: Date) -> bool {
    ONCE.contains(&day) || (by_rule(day) && !MOVED.contains(&day))
}

#[expect(clippy::match_same_arms, reason = "one line for each holiday")]
fn by_rule(day: Date) -> bool {
    let weekday = day.weekday();
    match (day.month(), day.day(), weekday) {
        // New Year's Day and its substitutes.
        (1, 1, _) | (1, 2..=3, Weekday::Monday) => true,
        // Early May, the first Monday; Spring and Summer, the last.
        (5, 1..=7 | 25..=31, Weekday::Monday) | (8, 25..=31, Weekday::Monday) => true,
        // Christmas Day, Boxing Day; a Monday or Tuesday after them makes up for a weekend.
        (12, 25..=26, _) | (12, 27..=28, Weekday::Monday | Weekday::Tuesday) => true,
        (3..=4, _, Weekday::Friday | Weekday::Monday) => easter(day.year()).is_some_and(|easter| {
            day == easter.saturating_sub(2.days()) || day == easter.saturating_add(1.day())
        }),
        _ => false,
    }
}

/// Easter Sunday, by the "anonymous Gregorian" computation (Nature, 20 April 1876).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (century, of_century) = (y / 100, y % 100);
    let golden = y % 19;
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let moon = (19 * golden + century - century / 4 - correction + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let late = (golden + 11 * moon + 22 * sunday) / 451;
    let place = moon + sunday - 7 * late + 114;
    let (month, day) = (i8::try_from(place / 31).ok()?, i8::try_from(place % 31 + 1).ok()?);
    Date::new(year, month, day).ok()
}
