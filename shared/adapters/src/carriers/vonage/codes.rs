//! What Vonage's statuses and error codes mean:
//! <https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms>.

use doorstep_domain::{carrier::FailureClass, message::MessageStatus};

/// The class of a send's status.
pub(super) fn class(status: &str) -> FailureClass {
    match status {
        "1" | "10" => FailureClass::Throttled,
        "3" | "6" | "33" => FailureClass::BadNumber,
        "5" => FailureClass::CarrierDown,
        "7" => FailureClass::OptedOut,
        "29" => FailureClass::Policy,
        // 2, 4, 8, 9, 11, 14, 15, 32: credentials, credit, sender. Others are ours to mend too.
        _ => FailureClass::Configuration,
    }
}

/// The class of a receipt's `err-code`.
///
/// Unverified, by common knowledge only: all of them.
pub(super) fn error(code: &str) -> FailureClass {
    match code {
        "2" | "7" => FailureClass::HandsetAbsent,
        "3" | "9" => FailureClass::BadNumber,
        "4" => FailureClass::OptedOut,
        "6" | "10" | "14" | "50" | "51" | "52" | "53" | "54" => FailureClass::Content,
        "8" | "11" | "12" => FailureClass::CarrierDown,
        "13" => FailureClass::Policy,
        "15" => FailureClass::Configuration,
        _ => FailureClass::Unknown,
    }
}

/// What a receipt's status means to us; `None` for one that means nothing.
pub(super) fn status(status: &str) -> Option<MessageStatus> {
    Some(match status {
        "accepted" | "buffered" | "submitted" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        "expired" => MessageStatus::Expired,
        "failed" => MessageStatus::Undelivered,
        "rejected" => MessageStatus::Failed,
        "unknown" => MessageStatus::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_of_a_send_has_its_class() {
        use FailureClass as Class;
        for (codes, expected) in [
            (&["1", "10"][..], Class::Throttled),
            (&["3", "6", "33"], Class::BadNumber),
            (&["5"], Class::CarrierDown),
            (&["7"], Class::OptedOut),
            (&["29"], Class::Policy),
            (&["2", "4", "8", "9", "11", "14", "15", "32", "99"], Class::Configuration),
        ] {
            for code in codes {
                assert_eq!(class(code), expected, "{code}");
            }
        }
    }

    #[test]
    fn each_error_of_a_receipt_has_its_class() {
        use FailureClass as Class;
        for (code, expected) in [
            ("1", Class::Unknown),
            ("2", Class::HandsetAbsent),
            ("4", Class::OptedOut),
            ("6", Class::Content),
            ("8", Class::CarrierDown),
            ("9", Class::BadNumber),
            ("13", Class::Policy),
            ("15", Class::Configuration),
            ("99", Class::Unknown),
        ] {
            assert_eq!(error(code), expected, "{code}");
        }
    }

    #[test]
    fn each_status_of_a_receipt_has_its_meaning() {
        use MessageStatus as Status;
        for (name, expected) in [
            ("accepted", Some(Status::Sent)),
            ("buffered", Some(Status::Sent)),
            ("delivered", Some(Status::Delivered)),
            ("expired", Some(Status::Expired)),
            ("failed", Some(Status::Undelivered)),
            ("rejected", Some(Status::Failed)),
            ("unknown", Some(Status::Unknown)),
            ("anything", None),
        ] {
            assert_eq!(status(name), expected, "{name}");
        }
    }
}
