//! What End User Messaging's reasons and events mean.

use doorstep_domain::{carrier::FailureClass, message::MessageStatus};

/// What the service's reasons and error codes mean: names from aws-sdk-pinpointsmsvoicev2 1.134.
pub(super) fn class(code: &str, maybe: bool) -> FailureClass {
    match code {
        _ if maybe => FailureClass::MaybeSent,
        "DESTINATION_PHONE_NUMBER_OPTED_OUT" => FailureClass::OptedOut,
        "FIELD_VALIDATION_FAILED" => FailureClass::BadNumber,
        "DESTINATION_COUNTRY_BLOCKED"
        | "COUNTRY_NOT_ENABLED"
        | "PRICE_OVER_THRESHOLD"
        | "DAILY_DESTINATION_CALL_LIMIT"
        | "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"
        | "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE" => FailureClass::Policy,
        "ThrottlingException" => FailureClass::Throttled,
        "InternalServerException" | "dispatch" | "unreadable" => FailureClass::CarrierDown,
        // Access, sender, quota and sandbox troubles: ours to mend, another carrier's to bridge.
        _ => FailureClass::Configuration,
    }
}

/// What an event means: its type without `TEXT_` or `VOICE_`. Only a final one ends a message:
/// `SUCCESSFUL` is final where carriers give no receipt, and comes before `DELIVERED` where they
/// do. `None` for what means nothing.
pub(super) fn event(kind: &str, is_final: bool) -> Option<(MessageStatus, Option<FailureClass>)> {
    use FailureClass as Class;
    let undelivered = |class| (MessageStatus::Undelivered, Some(class));
    let last = match kind {
        "QUEUED" | "PENDING" | "SENT" | "INITIATED" | "RINGING" | "ANSWERED" => {
            return Some((MessageStatus::Sent, None));
        }
        "SUCCESSFUL" | "DELIVERED" | "COMPLETED" => (MessageStatus::Delivered, None),
        "INVALID" => undelivered(Class::BadNumber),
        "UNREACHABLE" | "BUSY" | "NO_ANSWER" => undelivered(Class::HandsetAbsent),
        "CARRIER_UNREACHABLE" => undelivered(Class::CarrierDown),
        "INVALID_MESSAGE" | "CARRIER_BLOCKED" | "SPAM" => undelivered(Class::Content),
        "BLOCKED" | "PROTECT_BLOCKED" => undelivered(Class::Policy),
        "FAILED" => undelivered(Class::Unknown),
        "TTL_EXPIRED" => (MessageStatus::Expired, Some(Class::Expired)),
        "UNKNOWN" => (MessageStatus::Unknown, Some(Class::Unknown)),
        _ => return None,
    };
    let open = last.0.is_final() && !is_final;
    Some(if open { (MessageStatus::Sent, None) } else { last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_class() {
        use FailureClass::{
            BadNumber, CarrierDown, Configuration, MaybeSent, OptedOut, Policy, Throttled,
        };
        for (code, expected) in [
            ("DESTINATION_PHONE_NUMBER_OPTED_OUT", OptedOut),
            ("FIELD_VALIDATION_FAILED", BadNumber),
            ("DESTINATION_COUNTRY_BLOCKED", Policy),
            ("COUNTRY_NOT_ENABLED", Policy),
            ("PRICE_OVER_THRESHOLD", Policy),
            ("DAILY_DESTINATION_CALL_LIMIT", Policy),
            ("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", Policy),
            ("DESTINATION_PHONE_NUMBER_NOT_VERIFIED", Configuration),
            ("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", Configuration),
            ("SENDER_ID_NOT_REGISTERED", Configuration),
            ("AccessDeniedException", Configuration),
            ("ResourceNotFoundException", Configuration),
            ("ThrottlingException", Throttled),
            ("InternalServerException", CarrierDown),
            ("dispatch", CarrierDown),
        ] {
            assert_eq!(class(code, false), expected, "{code}");
        }
        assert_eq!(class("timeout", true), MaybeSent);
    }

    #[test]
    fn each_final_event_has_its_meaning() {
        use FailureClass as Class;
        use MessageStatus::{Delivered, Expired, Sent, Undelivered, Unknown};
        for (kind, expected) in [
            ("PENDING", (Sent, None)),
            ("SUCCESSFUL", (Delivered, None)),
            ("DELIVERED", (Delivered, None)),
            ("COMPLETED", (Delivered, None)),
            ("INVALID", (Undelivered, Some(Class::BadNumber))),
            ("UNREACHABLE", (Undelivered, Some(Class::HandsetAbsent))),
            ("NO_ANSWER", (Undelivered, Some(Class::HandsetAbsent))),
            ("CARRIER_UNREACHABLE", (Undelivered, Some(Class::CarrierDown))),
            ("INVALID_MESSAGE", (Undelivered, Some(Class::Content))),
            ("CARRIER_BLOCKED", (Undelivered, Some(Class::Content))),
            ("SPAM", (Undelivered, Some(Class::Content))),
            ("BLOCKED", (Undelivered, Some(Class::Policy))),
            ("PROTECT_BLOCKED", (Undelivered, Some(Class::Policy))),
            ("TTL_EXPIRED", (Expired, Some(Class::Expired))),
            ("UNKNOWN", (Unknown, Some(Class::Unknown))),
        ] {
            assert_eq!(event(kind, true), Some(expected), "{kind}");
        }
        assert_eq!(event("ANYTHING", true), None);
    }

    #[test]
    fn what_is_not_final_ends_nothing() {
        for kind in ["SUCCESSFUL", "DELIVERED", "UNREACHABLE", "CARRIER_UNREACHABLE", "BLOCKED"] {
            assert_eq!(event(kind, false), Some((MessageStatus::Sent, None)), "{kind}");
        }
    }
}
