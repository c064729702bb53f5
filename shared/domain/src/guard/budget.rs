//! How much may be spent: hard stops, in pounds.

use super::{
    book::{Cap, CounterKey, Unit},
    window::Window,
};
use crate::{Mode, carrier::Channel, money::Money, phone::Region};

/// What a budget is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Everything.
    All,
    /// One country.
    Country(Region),
    /// Numbers that begin with this, E.164 with its `+`.
    Prefix(String),
    /// Calls.
    Voice,
}

impl Subject {
    /// As its counter is called.
    #[must_use]
    pub fn counter(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Country(region) => format!("c:{}", region.as_str()),
            Self::Prefix(digits) => format!("p:{digits}"),
            Self::Voice => "v".to_owned(),
        }
    }

    /// Reads back what [`Self::counter`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "*" => Some(Self::All),
            None if text == "v" => Some(Self::Voice),
            Some(("c", region)) => Region::parse(region).map(Self::Country),
            Some(("p", digits)) => Some(Self::Prefix(digits.to_owned())),
            _ => None,
        }
    }

    /// Whether a send is its business.
    #[must_use]
    pub fn covers(&self, e164: &str, region: Region, channel: Channel) -> bool {
        match self {
            Self::All => true,
            Self::Country(country) => *country == region,
            Self::Prefix(digits) => e164.starts_with(digits),
            Self::Voice => channel == Channel::Voice,
        }
    }
}

/// No more than this in one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Of test or of live mode.
    pub scope: Mode,
    /// What it is about.
    pub subject: Subject,
    /// The window.
    pub window: Window,
    /// How much, in pounds net of VAT.
    pub amount: Money,
}

impl Budget {
    /// The counter that it bounds.
    #[must_use]
    pub fn counter(&self) -> CounterKey {
        (self.subject.counter(), Unit::Nanos, self.window)
    }

    /// Its bound for sends of this cost.
    #[must_use]
    pub fn cap(&self, cost: Money) -> Cap {
        let about = match &self.subject {
            Subject::All => String::new(),
            Subject::Voice => "_voice".to_owned(),
            Subject::Country(_) => "_country".to_owned(),
            Subject::Prefix(_) => "_prefix".to_owned(),
        };
        Cap {
            counter: self.counter(),
            most: nanos(self.amount),
            each: nanos(cost),
            name: format!("budget{about}_{}", self.window.as_str()),
            observed: false,
        }
    }
}

/// Pounds as the books count them.
#[must_use]
pub fn nanos(money: Money) -> u64 {
    u64::try_from(money.nanos()).unwrap_or_default()
}

fn pounds(scope: Mode, subject: Subject, window: Window, amount: &str) -> Budget {
    let amount = Money::parse(amount, "GBP").expect("it is an amount");
    Budget { scope, subject, window, amount }
}

/// What a store may spend that set nothing: twice and more what a shop of 50,000 texts a month
/// does at its best hour, and far less than an attack would cost.
#[must_use]
pub(super) fn usual_of_a_store(scope: Mode) -> Vec<Budget> {
    vec![
        pounds(scope, Subject::All, Window::Hour, "40"),
        pounds(scope, Subject::All, Window::Day, "120"),
        pounds(scope, Subject::All, Window::Month, "2500"),
        pounds(scope, Subject::Voice, Window::Day, "10"),
    ]
}

/// What all stores together may spend where the deployment set nothing.
#[must_use]
pub(super) fn usual_of_a_deployment(scope: Mode) -> Vec<Budget> {
    vec![
        pounds(scope, Subject::All, Window::Hour, "200"),
        pounds(scope, Subject::All, Window::Day, "1500"),
        pounds(scope, Subject::All, Window::Month, "30000"),
        pounds(scope, Subject::Voice, Window::Day, "100"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_covers_what_it_names() {
        let of = |text: &str| Subject::parse(text).unwrap();
        for (subject, text, call) in [
            ("*", true, true),
            ("c:GB", true, true),
            ("c:FR", false, false),
            ("p:+4474", true, true),
            ("p:+4475", false, false),
            ("v", false, true),
        ] {
            let covers = |channel| of(subject).covers("+447400123456", Region::GB, channel);
            assert_eq!((covers(Channel::Sms), covers(Channel::Voice)), (text, call), "{subject}");
            assert_eq!(of(subject).counter(), subject);
        }
    }
}
