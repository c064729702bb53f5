//! How often codes may be tried for one phone, store and mode.
//!
//! Five tries per sign-up; fourteen in any sliding 24 hours; a hundred in a row disable codes
//! until a link or an operator re-enables them (NIST SP 800-63B-4 §3.2.2 allows 100 at most).
//! A try is counted before the code is compared. To keep a verification within its budget of
//! writes, success is not written here: a try that verified its sign-up is told from a failure
//! when the record is full and has to be [settled](PhoneRecord::settle).

use jiff::{SignedDuration, Timestamp};

use crate::id::{MessageId, SignupId, UserId};

/// Tries of one sign-up's code.
pub const PER_SIGNUP: u8 = 5;
/// Tries in any sliding [`WINDOW`] for one phone.
pub const PER_WINDOW: usize = 14;
/// Failures in a row after which codes are disabled.
pub const IN_A_ROW: u32 = 100;
/// The sliding window.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// One counted try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// Whose code was tried.
    pub signup: SignupId,
    /// When, to the millisecond.
    pub at: Timestamp,
}

/// What is known of a phone number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhoneRecord {
    /// Goes up with each write.
    pub revision: u64,
    /// The user who proved the number, or for whom an id is reserved.
    pub user: Option<UserId>,
    /// The newest sign-ups for it, oldest first.
    pub signups: Vec<SignupId>,
    /// In test mode, the newest letters to it, oldest first.
    pub letters: Vec<MessageId>,
    /// Counted tries, oldest first; at most fourteen.
    pub tries: Vec<Try>,
    /// Tries since the last settled success.
    pub row: u32,
    /// Since when no text goes to it.
    pub suppressed: Option<Timestamp>,
    /// When it said last that it wants no marketing.
    pub objected: Option<Timestamp>,
    /// The marketing that went to it lately, or will.
    pub marketing: Vec<crate::cap::Planned>,
    /// When its owner asked last to be erased: a list from before brings them back no more.
    pub erased: Option<Timestamp>,
    /// When it texted START last, and that lifted a STOP.
    pub lifted: Option<Timestamp>,
    /// When a text from it was answered last.
    pub answered: Option<Timestamp>,
    /// When it was called last.
    pub called: Option<Timestamp>,
}

/// The answer of [`Phones::count`](crate::ports::Phones::count).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// It may be compared; it was the `number`th of its sign-up.
    Yes {
        /// 1 for a sign-up's first try.
        number: u8,
        /// The user for whom the phone's id is reserved.
        user: UserId,
    },
    /// Not counted, not to be compared. The record may be due for settling.
    No(Box<PhoneRecord>),
}

/// Why a try is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// The sign-up has no tries left.
    Signup,
    /// The phone has no tries left before this time.
    Phone(Timestamp),
    /// A hundred in a row: codes are disabled for this phone.
    Disabled,
}

impl PhoneRecord {
    /// How many tries of this sign-up are in the record.
    #[must_use]
    pub fn tries_of(&self, signup: SignupId) -> u8 {
        let tries = self.tries.iter().filter(|t| t.signup == signup).count();
        u8::try_from(tries).unwrap_or(u8::MAX)
    }

    /// The record without tries that succeeded or left the window. `successes` holds, for the
    /// sign-ups among the tries, when each was verified. A success ends the row.
    #[must_use]
    pub fn settle(&self, successes: &[Try], now: Timestamp) -> Self {
        let success = |t: &Try| successes.contains(t);
        let row = match self.tries.iter().rposition(success) {
            // A link may have ended the row since.
            Some(last) => {
                self.row.min(u32::try_from(self.tries.len() - last - 1).unwrap_or(u32::MAX))
            }
            None => self.row,
        };
        let counts = |t: &&Try| t.at > now - WINDOW && !success(t);
        let tries = self.tries.iter().filter(counts).copied().collect();
        Self { tries, row, ..self.clone() }
    }

    /// Why a settled record allows no further try of this sign-up, if it does not.
    #[must_use]
    pub fn exhausted(&self, signup: SignupId, limit: u8) -> Option<Exhausted> {
        if self.tries_of(signup) >= limit {
            Some(Exhausted::Signup)
        } else if self.row >= IN_A_ROW {
            Some(Exhausted::Disabled)
        } else if self.tries.len() >= PER_WINDOW {
            self.tries.first().map(|oldest| Exhausted::Phone(oldest.at + WINDOW))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn tried(signup: u128, second: i64) -> Try {
        Try { signup: SignupId::derived(signup << 4), at: at(second) }
    }

    fn record(tries: Vec<Try>, row: u32) -> PhoneRecord {
        PhoneRecord { tries, row, ..PhoneRecord::default() }
    }

    #[test]
    fn a_success_is_forgiven_and_ends_the_row() {
        let record = record(vec![tried(1, 0), tried(1, 1), tried(2, 2)], 50);
        let settled = record.settle(&[tried(1, 1)], at(3));
        assert_eq!(settled.tries, [tried(1, 0), tried(2, 2)]);
        assert_eq!(settled.row, 1);
    }

    #[test]
    fn a_row_that_a_link_ended_does_not_come_back_with_an_older_success() {
        let record = record(vec![tried(1, 0), tried(2, 1), tried(2, 2), tried(3, 4)], 1);
        assert_eq!(record.settle(&[tried(1, 0)], at(5)).row, 1, "the link was at 3");
    }

    #[test]
    fn the_window_slides() {
        let tries: Vec<_> = (0..14).map(|n| tried(n, i64::try_from(n).unwrap())).collect();
        let full = record(tries, 14);
        let signup = SignupId::derived(999 << 4);
        let day = 24 * 3600;
        assert_eq!(
            full.settle(&[], at(day - 1)).exhausted(signup, 5),
            Some(Exhausted::Phone(at(day)))
        );
        assert_eq!(full.settle(&[], at(day)).exhausted(signup, 5), None);
        assert_eq!(full.settle(&[], at(day)).row, 14, "time alone does not end a row");
    }

    #[test]
    fn a_hundred_in_a_row_disable_codes() {
        let signup = SignupId::derived(16);
        assert_eq!(record(vec![], 99).exhausted(signup, 5), None);
        assert_eq!(record(vec![], 100).exhausted(signup, 5), Some(Exhausted::Disabled));
    }

    #[test]
    fn a_signup_has_five_tries() {
        let record = record((0..5).map(|n| tried(1, n)).collect(), 5);
        assert_eq!(record.exhausted(SignupId::derived(16), 5), Some(Exhausted::Signup));
        assert_eq!(record.exhausted(SignupId::derived(16), 10), None);
    }

    proptest! {
        /// However tries and successes come, no more than fourteen failures are ever compared in
        /// 24 hours, and never the hundred-and-first in a row.
        #[test]
        fn no_more_than_fourteen_in_a_day(steps in prop::collection::vec((0..20_000_i64, 0..40_u128, prop::bool::weighted(0.1)), 1..300)) {
            let (mut now, mut page, mut failures, mut row) = (0, record(vec![], 0), Vec::new(), 0_u32);
            let mut successes: Vec<Try> = Vec::new();
            for (pause, signup, right) in steps {
                now += pause;
                let this = tried(signup, now);
                let full = page.tries.len() >= PER_WINDOW || page.row >= IN_A_ROW;
                if full {
                    page = page.settle(&successes, at(now));
                }
                if page.exhausted(this.signup, 99).is_some() || successes.iter().any(|s| s.signup == this.signup) {
                    continue;
                }
                page.tries.push(this);
                page.row += 1;
                if right {
                    successes.push(this);
                    row = 0;
                } else {
                    failures.push(now);
                    row += 1;
                }
                let day = failures.iter().filter(|t| **t > now - 24 * 3600).count();
                prop_assert!(day <= PER_WINDOW);
                prop_assert!(row <= IN_A_ROW);
            }
        }
    }
}
