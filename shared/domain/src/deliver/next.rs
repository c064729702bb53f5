//! What follows from a carrier's answer, and from the hour.

use jiff::Timestamp;

use super::Sender;
use crate::{
    carrier::{CarrierName, Channel, FailureClass, Outcome, Remedy},
    compose::{Letterhead, Source},
    message::{Happening, Message, MessageStatus, Step},
    quiet,
    signup::LAST_SEND,
};

/// What follows from a carrier's answer.
pub(super) fn next(
    head: &Letterhead,
    message: &Message,
    carrier: CarrierName,
    outcome: Outcome,
    at: Timestamp,
) -> Step {
    let happening =
        |status, class, code| Happening { status, at, carrier: Some(carrier), class, code };
    let (class, code) = match outcome {
        Outcome::Accepted { carrier_message_id } => {
            let happening = happening(MessageStatus::Sent, None, None);
            return Step::Sent { carrier_message_id, happening };
        }
        Outcome::Failed { class, code } => (class, Some(code)),
    };
    // A text with a code may come twice, as the code is the same. A call or a letter may not.
    let repeatable = head.channel == Channel::Sms && head.signup().is_some();
    let doubled = class == FailureClass::MaybeSent && !repeatable;
    let following = head.route.get(usize::from(message.leg) + 1).filter(|_| !doubled).copied();
    let in_time = head.expires_at.duration_since(at) >= LAST_SEND;
    match (class.remedy(message.take), following) {
        (Remedy::Again, _) if in_time => {
            Step::Again(happening(MessageStatus::Queued, Some(class), code))
        }
        (Remedy::NextCarrier, Some(next)) if in_time => Step::NextCarrier {
            happening: happening(MessageStatus::Queued, Some(class), code),
            carrier: next,
        },
        // With nobody else to ask in time, a text that may be on its way waits for its receipt.
        (Remedy::NextCarrier, _) if class == FailureClass::MaybeSent => Step::Sent {
            carrier_message_id: String::new(),
            happening: happening(MessageStatus::Sent, Some(class), code),
        },
        _ => Step::End(happening(end_of(class), Some(class), code)),
    }
}

/// The status in which a message ends that no carrier took.
fn end_of(class: FailureClass) -> MessageStatus {
    match class {
        FailureClass::Expired => MessageStatus::Expired,
        FailureClass::BadNumber | FailureClass::HandsetAbsent => MessageStatus::Undelivered,
        _ => MessageStatus::Failed,
    }
}

/// Until when marketing waits that was not let go in time.
pub(super) fn rests(head: &Letterhead, sender: &Sender<'_>, now: Timestamp) -> Option<Timestamp> {
    let Source::Letter(letter) = &head.source else { return None };
    let (_, mode) = sender.keys.data.scope();
    let what = (letter.purpose.as_str(), head.to.region());
    quiet::waits((&sender.store.settings, mode), what, now)
}

pub(super) fn waiting(at: Timestamp) -> Happening {
    let code = Some("quiet_hours".to_owned());
    Happening { status: MessageStatus::Queued, at, carrier: None, class: None, code }
}
