//! Limits that are published, and the levers that change them for a while.

use jiff::Timestamp;

use super::window::Window;
use crate::{Mode, access::names, store::Store};

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

    /// Whether it counts over all stores: then a store may tighten it, and loosen it only for its
    /// test mode, where it counts alone. Which range is asked for a challenge is the business of who
    /// pays for its texts.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        matches!(
            self,
            Self::PhoneHour
                | Self::PhoneDay
                | Self::PrefixHour
                | Self::PrefixDay
                | Self::CarrierFraud
        )
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

impl Standing {
    const fn usual(rule: Rule) -> Self {
        Self { rule, value: rule.usual(), effect: Effect::Enforce }
    }

    fn of(lever: &Lever) -> Self {
        let Lever { rule, effect, .. } = *lever;
        Self { rule, value: lever.value.unwrap_or(rule.usual()), effect }
    }

    /// The one of both that lets less through; of a proof of work, that asks for more.
    fn stricter(self, other: Self) -> Self {
        let more = match self.rule {
            Rule::ProofOfWork => self.value >= other.value,
            _ => self.value <= other.value,
        };
        match (self.effect, other.effect) {
            (Effect::Enforce, Effect::Observe) => self,
            (Effect::Observe, Effect::Enforce) => other,
            _ if more => self,
            _ => other,
        }
    }
}

/// The levers that a store in one mode stands under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levers {
    own: Vec<Lever>,
    deployment: Vec<Lever>,
}

impl Levers {
    #[cfg(test)]
    pub(super) const fn none() -> Self {
        Self { own: Vec::new(), deployment: Vec::new() }
    }

    #[cfg(test)]
    pub(super) fn observing(rule: Rule, until: Timestamp) -> Self {
        let (scope, effect) = (Mode::Live, Effect::Observe);
        let lever = Lever { scope, rule, value: None, effect, from: None, until };
        Self { deployment: vec![lever], ..Self::none() }
    }

    /// A store's own, and the deployment's, which it inherits.
    #[must_use]
    pub fn of(store: &Store, mode: Mode) -> Self {
        let all = store.settings.levers.as_deref().unwrap_or_default();
        let own = match store.own.levers.as_ref() {
            Some(own) if store.id != Store::DEPLOYMENT => own.len().min(all.len()),
            _ => 0,
        };
        let (own, deployment) = all.split_at(own);
        let of =
            |levers: &[Lever]| levers.iter().filter(|lever| lever.scope == mode).cloned().collect();
        Self { own: of(own), deployment: of(deployment) }
    }

    /// The rule as it stands. A store's own lever comes before the usual value; where the deployment
    /// pulled one too, or the rule counts over all stores, the stricter holds.
    #[must_use]
    pub fn standing(&self, rule: Rule, at: Timestamp) -> Standing {
        let holds = |lever: &&Lever| lever.rule == rule && lever.holds(at);
        let (own, deployment) = (self.own.iter().find(holds), self.deployment.iter().find(holds));
        let usual = Standing::usual(rule);
        match (own, deployment) {
            (None, None) => usual,
            (None, Some(deployment)) => Standing::of(deployment),
            (Some(own), Some(deployment)) => Standing::of(own).stricter(Standing::of(deployment)),
            (Some(own), None) if rule.is_shared() && own.scope == Mode::Live => {
                Standing::of(own).stricter(usual)
            }
            (Some(own), None) => Standing::of(own),
        }
    }

    /// Until when the rule stands like that, if a lever changed it.
    #[must_use]
    pub fn until(&self, rule: Rule, at: Timestamp) -> Option<Timestamp> {
        let levers = self.own.iter().chain(&self.deployment);
        let mut holding = levers.filter(|lever| lever.rule == rule && lever.holds(at));
        let standing = self.standing(rule, at);
        holding.find(|lever| Standing::of(lever) == standing).map(|lever| lever.until)
    }
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

/// A limit that would have refused a send, if it did not observe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// Which one.
    pub rule: Rule,
    /// How many it would have allowed.
    pub quota: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lever(rule: Rule, value: Option<u32>, effect: Effect) -> Lever {
        let (from, until) = (Some(at(100)), at(200));
        Lever { scope: Mode::Live, rule, value, effect, from, until }
    }

    fn sets(rule: Rule, value: u32) -> Vec<Lever> {
        vec![lever(rule, Some(value), Effect::Enforce)]
    }

    fn standing(own: &[Lever], deployment: &[Lever], rule: Rule) -> (u32, Effect) {
        let levers = Levers { own: own.to_vec(), deployment: deployment.to_vec() };
        let Standing { value, effect, .. } = levers.standing(rule, at(150));
        (value, effect)
    }

    #[test]
    fn a_lever_reverts_by_itself() {
        let levers = Levers { own: sets(Rule::StoreHour, 60_000), deployment: Vec::new() };
        let value = |second| levers.standing(Rule::StoreHour, at(second)).value;
        assert_eq!([99, 100, 199, 200].map(value), [5_000, 60_000, 60_000, 5_000]);
        assert_eq!(levers.standing(Rule::StoreDay, at(150)).value, 50_000);
        let until = |second| levers.until(Rule::StoreHour, at(second));
        assert_eq!([99, 150].map(until), [None, Some(at(200))]);
    }

    #[test]
    fn what_counts_over_all_stores_a_store_may_only_tighten() {
        for rule in Rule::ALL.iter().copied().filter(|rule| rule.is_shared()) {
            let usual = rule.usual();
            let of = |value| standing(&sets(rule, value), &[], rule).0;
            assert_eq!([0, usual, usual + 1].map(of), [0, usual, usual], "{rule:?}");
            let observing = [lever(rule, None, Effect::Observe)];
            assert_eq!(standing(&observing, &[], rule), (usual, Effect::Enforce), "{rule:?}");
            let own_tests = [Lever { scope: Mode::Test, ..observing[0].clone() }];
            assert_eq!(standing(&own_tests, &[], rule), (usual, Effect::Observe), "{rule:?}");
        }
    }

    #[test]
    fn of_a_stores_lever_and_the_deployments_the_stricter_holds() {
        use Effect::{Enforce, Observe};
        let rule = Rule::StoreHour;
        let of = |own: &[Lever], deployment: &[Lever]| standing(own, deployment, rule);
        assert_eq!(of(&sets(rule, 9_000), &sets(rule, 8_000)), (8_000, Enforce));
        assert_eq!(of(&sets(rule, 7_000), &sets(rule, 8_000)), (7_000, Enforce));
        assert_eq!(of(&[], &sets(rule, 8_000)), (8_000, Enforce), "and alone it may loosen");
        let observing = [lever(rule, Some(1), Observe)];
        assert_eq!(of(&observing, &sets(rule, 8_000)), (8_000, Enforce));
        assert_eq!(of(&sets(rule, 9_000), &observing), (9_000, Enforce));
        let work = Rule::ProofOfWork;
        assert_eq!(standing(&sets(work, 1), &sets(work, 20), work), (20, Enforce));
    }
}
