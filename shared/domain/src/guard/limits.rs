//! Limits that are published, and the levers that change them for a while.

use jiff::Timestamp;

use super::window::Window;
use crate::{Mode, access::names};

names!(
    /// A rule that may refuse, or ask for a challenge. Its name is the API's.
    Rule {
        /// Sends to one number, over the deployment: what a person needs, and no nuisance.
        PhoneHour = "phone_hour",
        /// Sends to one number, over the deployment.
        PhoneDay = "phone_day",
        /// Unverified sign-ups from one IP address of a store: a household, an office, a carrier's gateway.
        IpHour = "ip_hour",
        /// Unverified sign-ups from one IP address of a store.
        IpDay = "ip_day",
        /// Sign-ups of one session of a store.
        SessionHour = "session_hour",
        /// Unverified sends to other numbers that share all but the last four digits.
        PrefixHour = "prefix_hour",
        /// Unverified sends to other numbers that share all but the last four digits.
        PrefixDay = "prefix_day",
        /// Sends by one API key.
        KeyHour = "key_hour",
        /// Sends of a store.
        StoreHour = "store_hour",
        /// Sends of a store.
        StoreDay = "store_day",
        /// Sends of a store to its own country.
        CountryHour = "country_hour",
        /// Sends of a store to each other country.
        AbroadHour = "abroad_hour",
        /// Unverified sends to a country, in percent of what is usual for the store.
        UnverifiedCountry = "unverified_country",
        /// Unverified sends for one IP address.
        UnverifiedIp = "unverified_ip",
        /// Countries of unverified numbers from one IP address.
        DistinctCountries = "distinct_countries",
        /// Unverified sends to a prefix where few are verified.
        PrefixConversion = "prefix_conversion",
        /// A carrier called a text to this prefix fraud.
        CarrierFraud = "carrier_fraud",
        /// Leading zero bits of a proof of work: each doubles it. Nothing is ever broken by it.
        ProofOfWork = "proof_of_work",
    }
);

impl Rule {
    /// Its usual value. The phone's are the contract's; the others leave a shop of 50,000 texts a
    /// month far below, as the simulation of the attack shows.
    #[must_use]
    pub const fn usual(self) -> u32 {
        match self {
            Self::PhoneHour => 5,
            Self::PhoneDay | Self::SessionHour | Self::UnverifiedIp => 10,
            Self::IpHour => 30,
            Self::IpDay | Self::UnverifiedCountry => 100,
            Self::PrefixHour => 6,
            Self::PrefixDay => 12,
            Self::KeyHour | Self::StoreHour => 5_000,
            Self::StoreDay => 50_000,
            Self::CountryHour => 3_000,
            Self::AbroadHour => 200,
            Self::DistinctCountries | Self::PrefixConversion => 3,
            Self::CarrierFraud => 1,
            Self::ProofOfWork => super::challenge::BITS,
        }
    }

    /// The window that it counts in.
    #[must_use]
    pub const fn window(self) -> Window {
        match self {
            Self::PhoneDay
            | Self::IpDay
            | Self::PrefixDay
            | Self::StoreDay
            | Self::UnverifiedIp
            | Self::DistinctCountries
            | Self::PrefixConversion
            | Self::CarrierFraud => Window::Day,
            _ => Window::Hour,
        }
    }

    /// Whether it is a plain limit, which says when to come again; else it weighs a risk.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        !matches!(
            self,
            Self::UnverifiedCountry
                | Self::UnverifiedIp
                | Self::DistinctCountries
                | Self::PrefixConversion
                | Self::CarrierFraud
                | Self::ProofOfWork
        )
    }
}

/// What a rule does when it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effect {
    /// It refuses, or asks for a challenge.
    #[default]
    Enforce,
    /// It writes down what it would have done.
    Observe,
}

impl Effect {
    /// `enforce` or `observe`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Observe => "observe",
        }
    }

    /// Reads back what [`Self::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enforce, Self::Observe].into_iter().find(|effect| effect.as_str() == text)
    }
}

/// A change of a rule for a while; afterwards it reverts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lever {
    /// Of test or of live mode: neither pulls the other's.
    pub scope: Mode,
    /// Which rule.
    pub rule: Rule,
    /// Its value; the usual one when absent.
    pub value: Option<u32>,
    /// What it does.
    pub effect: Effect,
    /// From when; at once when absent.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
}

impl Lever {
    /// Whether it holds at this time.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && at < self.until
    }

    /// Whether this one and another would hold for the same rule at the same time.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins = |it: &Self| it.from.unwrap_or(Timestamp::MIN);
        (self.scope, self.rule) == (other.scope, other.rule)
            && begins(self) < other.until
            && begins(other) < self.until
    }
}

/// A rule as it stands for a store at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which rule.
    pub rule: Rule,
    /// Its value.
    pub value: u32,
    /// What it does.
    pub effect: Effect,
}

/// The rule as the first lever that holds leaves it: the store's own come before the deployment's.
#[must_use]
pub fn standing(levers: &[Lever], rule: Rule, at: Timestamp) -> Standing {
    let lever = levers.iter().find(|lever| lever.rule == rule && lever.holds(at));
    let value = lever.and_then(|lever| lever.value).unwrap_or(rule.usual());
    Standing { rule, value, effect: lever.map_or(Effect::Enforce, |lever| lever.effect) }
}

/// What is left of a limit, for the fields `RateLimit` and `RateLimit-Policy`
/// (draft-ietf-httpapi-ratelimit-headers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The limit's name.
    pub rule: Rule,
    /// How many it allows.
    pub quota: u32,
    /// How many are left.
    pub remaining: u32,
    /// When more will be.
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_lever_reverts_by_itself() {
        let sale = Lever {
            scope: Mode::Live,
            rule: Rule::StoreHour,
            value: Some(60_000),
            effect: Effect::Enforce,
            from: Some(at(100)),
            until: at(200),
        };
        let levers = [sale];
        let value = |second| standing(&levers, Rule::StoreHour, at(second)).value;
        assert_eq!([99, 100, 199, 200].map(value), [5_000, 60_000, 60_000, 5_000]);
        assert_eq!(standing(&levers, Rule::StoreDay, at(150)).value, 50_000);
    }
}
