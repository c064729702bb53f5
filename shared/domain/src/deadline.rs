//! By when the law wants an answer. Days are those of Europe/London.
//!
//! Sources: ICO, "Right of access", "How long do we have to comply?"; UK GDPR Art. 12 and 12A; Data
//! Protection Act 2018 s.164A, put there by Data (Use and Access) Act 2025 s.103; shopify.dev,
//! "Privacy law compliance".

mod holidays;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use crate::access::names;

pub use holidays::is_bank_holiday;

/// The days of a subject's right. The ICO suggests them for systems that want one number: no month
/// is shorter, so that 28 days after its receipt no request has missed its month.
pub const RIGHT_DAYS: i32 = 28;
/// "Within the period of 30 days beginning when the complaint is received": s.164A(3) DPA 2018.
pub const COMPLAINT_DAYS: i32 = 30;
/// When who complained hears of progress at last. The law says "without undue delay"; the number is
/// ours, the same as for rights.
pub const PROGRESS_DAYS: i32 = 28;
/// When a complaint has its outcome. The law has no number; the financial regulator's eight weeks
/// are what people in Britain know (FCA Handbook, DISP 1.6.2R).
pub const OUTCOME_DAYS: i32 = 56;
/// "Complete the action within 30 days of receiving the request": shopify.dev.
pub const SHOPIFY_DAYS: i32 = 30;
/// How long before its last day a duty that is open is told of.
pub const WARNED_DAYS: i32 = 7;

names!(
    /// What has to be done in time.
    Duty {
        /// Tell people what is held on them.
        Access = "access",
        /// Erase them.
        Erasure = "erasure",
        /// Acknowledge a complaint.
        Complaint = "complaint",
        /// Say how far a complaint is.
        ComplaintProgress = "complaint_progress",
        /// Say what became of a complaint.
        ComplaintOutcome = "complaint_outcome",
        /// Answer Shopify's `customers/data_request`.
        ShopifyAccess = "shopify_access",
        /// Answer Shopify's `customers/redact` and `shop/redact`.
        ShopifyRedact = "shopify_redact",
    }
);

/// The last day on which the duty is done in time, by the numbers of this system: never after
/// [`statutory`].
#[must_use]
pub fn due(received: Timestamp, duty: Duty) -> Date {
    let days = match duty {
        Duty::Access | Duty::Erasure => RIGHT_DAYS,
        // The period begins with the receipt: that day is its first.
        Duty::Complaint => COMPLAINT_DAYS - 1,
        Duty::ComplaintProgress => PROGRESS_DAYS,
        Duty::ComplaintOutcome => OUTCOME_DAYS,
        Duty::ShopifyAccess | Duty::ShopifyRedact => SHOPIFY_DAYS,
    };
    day_of(received).saturating_add(days.days())
}

/// The last day of a subject's right by law: the same date of the next month, or that month's last
/// day where it has no such date; the next working day, if that is none. Source: ICO, as above.
#[must_use]
pub fn statutory(received: Timestamp) -> Date {
    let mut day = day_of(received).saturating_add(1.month());
    while !is_working_day(day) && day < Date::MAX {
        day = day.saturating_add(1.day());
    }
    day
}

/// When an open duty is told of: at the beginning of the day a week before its last.
#[must_use]
pub fn warn_at(received: Timestamp, duty: Duty) -> Timestamp {
    begins(due(received, duty).saturating_sub(WARNED_DAYS.days()))
}

/// When a duty that is still open is late: its last day is over.
#[must_use]
pub fn late_at(received: Timestamp, duty: Duty) -> Timestamp {
    begins(due(received, duty).saturating_add(1.day()))
}

/// The day in London.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(london()).date()
}

/// Neither a weekend nor a bank holiday of England and Wales.
#[must_use]
pub fn is_working_day(day: Date) -> bool {
    !is_weekend(day) && !is_bank_holiday(day)
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The clock of Great Britain by its rule: summer time from the last Sunday of March to the last of
/// October, both at 01:00 UTC (Summer Time Order 2002). A rule needs no data base of zones.
#[must_use]
pub fn london() -> TimeZone {
    TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0/2").unwrap_or(TimeZone::UTC)
}

/// The day's first moment in London.
fn begins(day: Date) -> Timestamp {
    day.to_zoned(london()).map_or(Timestamp::MAX, |begun| begun.timestamp())
}

#[cfg(test)]
mod tests;
