//! Calls: when one may be made.
//!
//! A premium number earns by the minute, so that calls have bounds of their own, beside those of
//! texts: length, distance, and how many a day.

use jiff::SignedDuration;

/// The longest a call may last; carriers hang up then.
pub const LONGEST: SignedDuration = SignedDuration::from_secs(60);
/// The shortest time between two calls to one number.
pub const APART: SignedDuration = SignedDuration::from_mins(15);
/// Calls of a store in a day (UTC).
pub const A_DAY: u32 = 200;

/// The answer of [`Calls::may_call`](crate::ports::Calls::may_call).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Call.
    Granted,
    /// The number was called less than a quarter of an hour ago.
    TooSoon,
    /// The store's calls of the day are used up.
    UsedUp,
}
