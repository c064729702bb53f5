//! What Twilio's error codes and statuses mean: <https://www.twilio.com/docs/api/errors>.

use doorstep_domain::{carrier::FailureClass, message::MessageStatus};

use crate::carriers::web::by_status;

/// The class of an error code; `None` for one that is not in the table.
///
/// Unverified, by common knowledge only: 13227, 21215, 21216, 21217, 21408, 21614, 30001, 30007, 30008, 30036,
/// 30450.
pub(super) const fn class(code: u64) -> Option<FailureClass> {
    Some(match code {
        21211 | 21217 | 21614 | 30005 => FailureClass::BadNumber,
        30006 => FailureClass::Landline,
        21610 => FailureClass::OptedOut,
        13227 | 21215 | 21216 | 21408 | 30450 => FailureClass::Policy,
        20003 | 21267 | 21606 | 21659..=21661 | 30002 => FailureClass::Configuration,
        14107 | 20429 | 30001 | 30022 | 51002 | 63017 | 63018 => FailureClass::Throttled,
        30008 => FailureClass::CarrierDown,
        30003 => FailureClass::HandsetAbsent,
        30007 => FailureClass::Content,
        30036 => FailureClass::Expired,
        _ => return None,
    })
}

/// The class of a refusal with this HTTP status below 500: a forbidden number, or a call refused for
/// a reason that nobody here knows, is not tried by another carrier, since calls are what premium
/// numbers earn by.
pub(super) fn refusal(code: Option<u64>, status: u16, is_call: bool) -> FailureClass {
    match (code.and_then(class), status) {
        (_, 403) => FailureClass::Policy,
        (Some(known), _) => known,
        (None, 401 | 429) => by_status(status),
        (None, 400..500) if is_call => FailureClass::Policy,
        (None, _) => by_status(status),
    }
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

/// What a call's status means to us. A call that was answered is delivered, though Twilio does not
/// tell here whether a key was pressed and the code was said.
pub(super) fn call(status: &str) -> Option<(MessageStatus, Option<FailureClass>)> {
    Some(match status {
        "queued" | "initiated" | "ringing" | "in-progress" => (MessageStatus::Sent, None),
        "completed" => (MessageStatus::Delivered, None),
        "busy" | "no-answer" => (MessageStatus::Undelivered, Some(FailureClass::HandsetAbsent)),
        "failed" | "canceled" => (MessageStatus::Undelivered, Some(FailureClass::Unknown)),
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
            (13227, Class::Policy),
            (21215, Class::Policy),
            (21216, Class::Policy),
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
    fn a_call_that_is_refused_for_unknown_reasons_is_not_tried_elsewhere() {
        use FailureClass as Class;
        for (code, status, is_call, expected) in [
            (Some(13999), 400, true, Class::Policy),
            (None, 404, true, Class::Policy),
            (Some(13999), 400, false, Class::Configuration),
            (Some(20003), 403, false, Class::Policy),
            (None, 403, true, Class::Policy),
            (Some(20003), 401, true, Class::Configuration),
            (None, 401, true, Class::Configuration),
            (Some(21211), 400, true, Class::BadNumber),
            (None, 429, true, Class::Throttled),
            (None, 500, true, Class::CarrierDown),
        ] {
            assert_eq!(refusal(code, status, is_call), expected, "{code:?} {status} {is_call}");
        }
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
        for status in ["no-answer", "busy", "failed", "canceled"] {
            assert_eq!(call(status).unwrap().0, Status::Undelivered, "{status}");
        }
    }
}
