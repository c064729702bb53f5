//! The log of what was decided for or about live traffic, which people read.

use jiff::Timestamp;

use crate::{
    Mode,
    carrier::CarrierName,
    health::{Decision, Pin},
    id::{SignupId, StoreId},
    phone::Region,
    store::Store,
};

/// A line of the log. What does not apply is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose: a store's in one mode, or [`Store::DEPLOYMENT`]'s in live mode, which every store may
    /// read.
    pub scope: (StoreId, Mode),
    /// When.
    pub at: Timestamp,
    /// What kind, such as `route` or `pin`.
    pub kind: String,
    /// In which country.
    pub region: Option<Region>,
    /// About which sign-up.
    pub signup: Option<SignupId>,
    /// About which carrier.
    pub carrier: Option<CarrierName>,
    /// Points before and after.
    pub weights: Option<(u8, u8)>,
    /// The breaker after.
    pub breaker: Option<String>,
    /// A stable name of why.
    pub reason: String,
    /// A sentence for people.
    pub text: String,
}

impl Line {
    /// A decision about a carrier's health.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        Self {
            scope: (Store::DEPLOYMENT, Mode::Live),
            at: decision.at,
            kind: "route".to_owned(),
            region: Some(decision.region),
            signup: None,
            carrier: Some(decision.carrier),
            weights: Some((decision.from_weight, decision.to_weight)),
            breaker: Some(decision.breaker.as_str().to_owned()),
            reason: decision.why.as_str().to_owned(),
            text: decision.to_string(),
        }
    }

    /// A pin that somebody set: the same pin is the same line.
    #[must_use]
    pub fn of_pin(store: StoreId, region: Region, pin: &Pin) -> Self {
        let carriers: Vec<_> = pin.carriers.iter().map(|carrier| carrier.as_str()).collect();
        let (country, carriers) = (region.as_str(), carriers.join(", then "));
        Self {
            scope: (store, Mode::Live),
            at: pin.since,
            kind: "pin".to_owned(),
            region: Some(region),
            signup: None,
            carrier: pin.carriers.first().copied(),
            weights: None,
            breaker: None,
            reason: "pinned".to_owned(),
            text: format!("{country} by {carriers} until {}", pin.until),
        }
    }

    /// A lever that somebody pulled.
    #[must_use]
    pub fn of_lever(
        scope: (StoreId, Mode),
        (kind, reason, text): (&str, &str, String),
        at: Timestamp,
    ) -> Self {
        Self {
            scope,
            at,
            kind: kind.to_owned(),
            region: None,
            signup: None,
            carrier: None,
            weights: None,
            breaker: None,
            reason: reason.to_owned(),
            text,
        }
    }

    /// Its place in the log: newer ones are greater. The same decision has the same.
    #[must_use]
    pub fn place(&self) -> String {
        let region = self.region.as_ref().map_or("", Region::as_str);
        let carrier = self.carrier.map_or("", CarrierName::as_str);
        let signup = self.signup.map(|signup| format!("_{signup}")).unwrap_or_default();
        format!("{}#{}_{region}_{carrier}{signup}", self.at.as_millisecond(), self.kind)
    }
}
