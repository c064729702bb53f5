//! What an attacker may cost: limits, budgets and the weighing of risk, before a text is sent.
//!
//! Guards that nobody can read refuse: a broken port is a [`Fault`], and nothing is sent.

mod admit;
mod book;
mod budget;
mod challenge;
mod count;
mod credit;
mod fraud;
mod keyed;
mod letter;
mod limits;
mod pack;
mod person;
mod pool;
mod prefix;
mod risk;
mod slate;
mod source;
mod spend;
mod told;
mod traffic;
mod window;

use jiff::Timestamp;

use crate::Mode;

pub use self::{
    admit::{Admitted, Asked, Looked, Question, admit, question, shared, signups_of},
    book::{Book, Cap, CounterKey, Unit},
    budget::{Budget, Subject, nanos},
    challenge::{BITS, Binding, Solution, Task, bits_of, is_work, solve},
    credit::{Settlement, call_fraud, credit, settle},
    fraud::{Verdict, hear_verdict},
    letter::{again, letter},
    limits::{Effect, Left, Lever, Levers, Observed, Rule, Standing},
    person::{Expected, person},
    pool::Pool,
    prefix::{PrefixRecord, Sent},
    risk::{Assessment, Outcome, Pressure, Reason, Signals, assess},
    slate::{Replaced, Slate, SlateKey, SlateKind},
    source::{SourceRecord, counted},
    spend::{Grant, Ports as SpendPorts, Spend, book_key, budgets_of, spend},
    traffic::{Tally, Traffic},
    window::Window,
};

/// The kill switch: nothing is sent, whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Of test or of live mode.
    pub scope: Mode,
    /// Why, in the words of who pulled it.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// Whom no rule of risk is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exempt {
    /// Of test or of live mode.
    pub scope: Mode,
    /// What is named: `phone`, `prefix`, `ip` or `session`.
    pub kind: String,
    /// Under the store's keyed HMAC.
    pub index: String,
    /// What people see of it, such as a masked number.
    pub label: String,
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Timestamp,
}

/// Why nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The kill switch is on.
    Paused(String),
    /// A limit is reached: there is room again at its end.
    Limit(Left),
    /// A budget is used up.
    Budget {
        /// Which one, such as `budget_day`.
        name: String,
        /// When its window ends.
        until: Timestamp,
    },
    /// It may be an attack: an honest browser solves this.
    Challenge(Task),
    /// It looks like an attack.
    Blocked,
    /// Texts wait too long for their senders, until then at least.
    Busy(Timestamp),
    /// Too many at once.
    Contended,
}
