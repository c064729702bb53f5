//! What people read of the guards' decisions.

use jiff::Timestamp;

use super::{
    limits::{Effect, Observed},
    risk::Assessment,
    spend::Spend,
};
use crate::{
    Mode, carrier::CarrierName, decisions::Line, id::SignupId, money::Money, phone::Region,
};

impl Line {
    /// What the guards decided about one send.
    #[must_use]
    pub fn of_risk(
        (spend, signup): (&Spend<'_>, SignupId),
        outcome: &str,
        assessment: &Assessment,
    ) -> Self {
        let reasons = assessment.reasons.iter().map(|reason| {
            let observed = if reason.effect == Effect::Observe { " (observed)" } else { "" };
            format!("{}: {}{observed}", reason.rule.as_str(), reason.text)
        });
        let reasons: Vec<_> = reasons.collect();
        let (phone, score) = (spend.to.masked(), assessment.score());
        let worst = assessment.reasons.iter().max_by_key(|reason| reason.points);
        Self {
            scope: (spend.store.id, spend.mode),
            at: spend.at,
            kind: "risk".to_owned(),
            region: Some(spend.to.region()),
            signup: Some(signup),
            carrier: None,
            weights: None,
            breaker: None,
            reason: worst.map_or(outcome, |worst| worst.rule.as_str()).to_owned(),
            text: format!("{outcome}, {phone}, score {score}: {}", reasons.join("; ")),
        }
    }

    /// Limits that would have refused a send, or one of a block of them, if they did not observe.
    #[must_use]
    pub fn of_observed(
        (spend, signup): (&Spend<'_>, Option<SignupId>),
        observed: &[Observed],
    ) -> Self {
        let limits = observed.iter().map(|it| format!("{} ({})", it.rule.as_str(), it.quota));
        let limits: Vec<_> = limits.collect();
        Self {
            scope: (spend.store.id, spend.mode),
            at: spend.at,
            kind: "limit".to_owned(),
            region: Some(spend.to.region()),
            signup,
            carrier: None,
            weights: None,
            breaker: None,
            reason: observed.first().map_or("observe", |it| it.rule.as_str()).to_owned(),
            text: format!("observe, would have refused: {}", limits.join(", ")),
        }
    }

    /// A text that cost more than was set aside for it.
    #[must_use]
    pub fn of_price(
        scope: (crate::id::StoreId, Mode),
        (region, carrier, signup): (Region, CarrierName, Option<SignupId>),
        (reserved, price): (Money, Money),
        at: Timestamp,
    ) -> Self {
        let (by, to) = (carrier.as_str(), region.as_str());
        Self {
            scope,
            at,
            kind: "budget".to_owned(),
            region: Some(region),
            signup,
            carrier: Some(carrier),
            weights: None,
            breaker: None,
            reason: "price_above_reserve".to_owned(),
            text: format!("{by} to {to} cost {price}, and {reserved} was set aside"),
        }
    }

    /// A budget that passed a threshold.
    #[must_use]
    pub fn of_budget(
        scope: (crate::id::StoreId, Mode),
        cap: &super::Cap,
        percent: u8,
        at: Timestamp,
    ) -> Self {
        Self {
            scope,
            at,
            kind: "budget".to_owned(),
            region: None,
            signup: None,
            carrier: None,
            weights: None,
            breaker: None,
            reason: cap.name.clone(),
            text: format!("{percent} % of {} are set aside or spent", cap.name),
        }
    }
}
