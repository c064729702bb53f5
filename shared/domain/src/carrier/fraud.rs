//! Which carriers' answers say that a text was fraud, and not merely against a rule.

use super::CarrierName;

/// Whether this code of this carrier, in an answer or in a receipt, is a verdict about the range of
/// the number: others about to be texted there earn for the same attacker.
///
/// Countries that an account may not send to, numbers on somebody's own block list and senders that
/// are not allowed are policy, and no verdict. Twilio's 30450 is its SMS pumping protection
/// (<https://www.twilio.com/docs/api/errors/30450>); End User Messaging's `PROTECT_BLOCKED` its
/// protect configuration, which filters what it takes for pumping.
#[must_use]
pub fn is_fraud(carrier: CarrierName, code: &str) -> bool {
    match carrier {
        CarrierName::Twilio => code == "30450",
        CarrierName::Eum => code == "PROTECT_BLOCKED",
        CarrierName::Sandbox | CarrierName::Sandbox2 => code == "blocked_as_fraud",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_no_verdict() {
        for (carrier, fraud, policy) in [
            (CarrierName::Twilio, "30450", "21408"),
            (CarrierName::Eum, "PROTECT_BLOCKED", "COUNTRY_NOT_ENABLED"),
            (CarrierName::Sandbox, "blocked_as_fraud", "not_a_drama_number"),
        ] {
            assert!(is_fraud(carrier, fraud) && !is_fraud(carrier, policy), "{carrier:?}");
            assert!(!is_fraud(CarrierName::Vonage, fraud), "another's code means nothing");
        }
    }
}
