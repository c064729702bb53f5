//! What Twilio's error codes and statuses mean: <https://www.twilio.com/docs/api/errors>.

use doorstep_domain::{carrier::FailureClass, message::MessageStatus};

/// The class of an error code; `None` for one that is not in the table.
///
/// Unverified, by common knowledge only: 21215, 21217, 21408, 21614, 30001, 30007, 30008, 30036,
/// 30450.
pub(super) const fn class(code: u64) -> Option<FailureClass> {
    Some(match code {
        21211 | 21217 | 21614 | 30005 => FailureClass::BadNumber,
        30006 => FailureClass::Landline,
        21610 => FailureClass::OptedOut,
        21215 | 21408 | 30450 => FailureClass::Policy,
        20003 | 21267 | 21606 | 21659..=21661 | 30002 => FailureClass::Configuration,
        14107 | 20429 | 30001 | 30022 | 51002 | 63017 | 63018 => FailureClass::Throttled,
        30008 => FailureClass::CarrierDown,
        30003 => FailureClass::HandsetAbsent,
        30007 => FailureClass::Content,
        30036 => FailureClass::Expired,
        _ => return None,
    })
}

/// What a text's status means to us; `None` for one that means nothing.
pub(super) fn text(status: &str) -> Option<MessageStatus> {
    Some(match status {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" | "partially_delivered" => {
            MessageStatus::Sent
        }
        "delivered" | "read" => MessageStatus::Delivered,
        "undelivered" => MessageStatus::Undelivered,
        "failed" | "canceled" => MessageStatus::Failed,
        _ => return None,
    })
}

/// What a call's status means to us.
pub(super) fn call(status: &str) -> Option<(MessageStatus, Option<FailureClass>)> {
    Some(match status {
        "queued" | "initiated" | "ringing" | "in-progress" => (MessageStatus::Sent, None),
        "completed" => (MessageStatus::Delivered, None),
        "busy" | "no-answer" => (MessageStatus::Undelivered, Some(FailureClass::HandsetAbsent)),
        "failed" | "canceled" => (MessageStatus::Failed, Some(FailureClass::Unknown)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_class() {
        use FailureClass as Class;
        for (code, expected) in [
            (21211, Class::BadNumber),
            (21614, Class::BadNumber),
            (30005, Class::BadNumber),
            (30006, Class::Landline),
            (21610, Class::OptedOut),
            (21408, Class::Policy),
            (21215, Class::Policy),
            (30450, Class::Policy),
            (20003, Class::Configuration),
            (30002, Class::Configuration),
            (21606, Class::Configuration),
            (21659, Class::Configuration),
            (21660, Class::Configuration),
            (21661, Class::Configuration),
            (21267, Class::Configuration),
            (20429, Class::Throttled),
            (30001, Class::Throttled),
            (30022, Class::Throttled),
            (14107, Class::Throttled),
            (51002, Class::Throttled),
            (63018, Class::Throttled),
            (30008, Class::CarrierDown),
            (30003, Class::HandsetAbsent),
            (30007, Class::Content),
            (30036, Class::Expired),
        ] {
            assert_eq!(class(code), Some(expected), "{code}");
        }
        assert_eq!(class(99_999), None);
    }

    #[test]
    fn each_status_has_its_meaning() {
        use MessageStatus as Status;
        for (status, expected) in [
            ("queued", Some(Status::Sent)),
            ("sent", Some(Status::Sent)),
            ("delivered", Some(Status::Delivered)),
            ("read", Some(Status::Delivered)),
            ("undelivered", Some(Status::Undelivered)),
            ("failed", Some(Status::Failed)),
            ("canceled", Some(Status::Failed)),
            ("received", None),
            ("anything", None),
        ] {
            assert_eq!(text(status), expected, "{status}");
        }
        assert_eq!(call("completed"), Some((Status::Delivered, None)));
        let absent = Some(FailureClass::HandsetAbsent);
        assert_eq!(call("no-answer"), Some((Status::Undelivered, absent)));
        assert_eq!(call("anything"), None);
    }
}
