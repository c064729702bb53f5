//! How long what is kept, and why. UK GDPR Art. 5(1)(e): no longer than is needed.
//!
//! An item says when it is over in `ttl`. `DynamoDB` deletes it within days of that (AWS, "Using
//! time to live (TTL) in DynamoDB"), so that reading treats it as gone at once, and a nightly sweep
//! finds what is left.

use jiff::SignedDuration;

use crate::{Mode, access::names};

/// How late `DynamoDB` may delete before the sweep does: "within a few days", and 48 hours is what
/// AWS said before.
pub const LAG: SignedDuration = SignedDuration::from_hours(48);
/// How long test mode keeps what a store may set, at most: it is for trying out.
const IN_TESTS: u16 = 2;

names!(
    /// What is kept for a while.
    Kind {
        /// Sign-ups with everything that was sent along.
        Signups = "signups",
        /// Texts and what became of them.
        Messages = "messages",
        /// Complaints, from their outcome.
        Complaints = "complaints",
        /// Exports of a person's data.
        Exports = "exports",
        /// Files to import.
        Imports = "imports",
        /// Which message a carrier's id stands for.
        CarrierIds = "carrier_ids",
        /// Which webhooks were accepted.
        Proofs = "proofs",
        /// What was decided about carriers.
        Decisions = "decisions",
        /// Counts of calls and complaints.
        Counts = "counts",
        /// That texts have to wait.
        Lags = "lags",
    }
);

/// How long one kind is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What.
    pub kind: Kind,
    /// So many days, unless a store says otherwise.
    pub days: u16,
    /// The fewest and the most days that a store may set, if it may.
    pub bounds: Option<(u16, u16)>,
    /// Why.
    pub why: &'static str,
}

const fn settable(kind: Kind, days: u16, bounds: (u16, u16), why: &'static str) -> Rule {
    Rule { kind, days, bounds: Some(bounds), why }
}

const fn fixed(kind: Kind, days: u16, why: &'static str) -> Rule {
    Rule { kind, days, bounds: None, why }
}

/// The one table, in the order of [`Kind`]: code, tests and `infra/runbooks/retention.md` share it.
pub const RETENTION: &[Rule] = &[
    settable(
        Kind::Signups,
        30,
        (2, 90),
        "a shop asks why a sign-up failed within weeks; the consent itself is evidence",
    ),
    settable(Kind::Messages, 30, (2, 90), "carriers answer for texts, and bill them, by the month"),
    settable(
        Kind::Complaints,
        2_190,
        (90, 2_555),
        "six years to sue (Limitation Act 1980 s.2) from the outcome; until then it is owed, and kept",
    ),
    fixed(Kind::Exports, 7, "time to fetch it"),
    fixed(Kind::Imports, 7, "time to correct rows and send them again"),
    fixed(Kind::CarrierIds, 4, "carriers report for three days"),
    fixed(Kind::Proofs, 7, "a signed webhook is refused elsewhere for a week"),
    fixed(Kind::Decisions, 90, "a quarter of operations; no personal data"),
    fixed(Kind::Counts, 2, "a day's count, and the day after"),
    fixed(Kind::Lags, 1, "a day of trouble; no personal data"),
];

impl Kind {
    /// Its rule.
    #[must_use]
    pub const fn rule(self) -> &'static Rule {
        &RETENTION[self as usize]
    }

    /// The most seconds that any store keeps it in this mode.
    #[must_use]
    pub const fn longest(self, mode: Mode) -> i64 {
        let days = match (self.rule().bounds, mode) {
            (Some(_), Mode::Test) => IN_TESTS,
            (Some((_, most)), Mode::Live) => most,
            (None, _) => self.rule().days,
        };
        days as i64 * 86_400
    }

    /// How many seconds it is kept, unless a store says otherwise.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.rule().days as i64 * 86_400
    }
}

/// What a store says of it; unset keeps the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Days that sign-ups are kept.
    pub signups_days: Option<u16>,
    /// Days that messages are kept.
    pub messages_days: Option<u16>,
    /// Days that complaints are kept.
    pub complaints_days: Option<u16>,
}

impl Retention {
    /// These days, with `defaults` where they are unset.
    #[must_use]
    pub fn or(self, defaults: Self) -> Self {
        Self {
            signups_days: self.signups_days.or(defaults.signups_days),
            messages_days: self.messages_days.or(defaults.messages_days),
            complaints_days: self.complaints_days.or(defaults.complaints_days),
        }
    }

    /// Each kind that a store may set, with its days.
    #[must_use]
    pub fn set(&self) -> [(Kind, Option<u16>); 3] {
        [
            (Kind::Signups, self.signups_days),
            (Kind::Messages, self.messages_days),
            (Kind::Complaints, self.complaints_days),
        ]
    }

    /// How many seconds a kind is kept in this mode.
    #[must_use]
    pub fn seconds(&self, kind: Kind, mode: Mode) -> i64 {
        let rule = kind.rule();
        let set = self.set().into_iter().find(|(set, _)| *set == kind).and_then(|(_, days)| days);
        let days = match rule.bounds {
            Some((fewest, most)) => {
                let days = set.unwrap_or(rule.days).clamp(fewest, most);
                if mode == Mode::Test { IN_TESTS } else { days }
            }
            None => rule.days,
        };
        i64::from(days) * 86_400
    }
}
