//! What became of a text, in the words of SMPP 3.4's appendix B, which every carrier writes a
//! little differently.

use std::fmt;

use doorstep_domain::{carrier::FailureClass, message::MessageStatus};

use crate::ids::IdBase;

/// The error that GSM networks give for a number that nobody has (3GPP TS 29.002, "unknown
/// subscriber"), and many carriers in `err`.
const UNKNOWN_SUBSCRIBER: u16 = 1;

/// A delivery receipt, without the text that it echoes: that holds the code.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The carrier's id in the form of [`IdBase::of_receipt`].
    pub carrier_message_id: String,
    /// What became of the text.
    pub status: MessageStatus,
    /// Why it did not arrive; `None` when it did, or is still on its way.
    pub class: Option<FailureClass>,
    /// The carrier's state and error, such as `UNDELIV/001`, when there is a class.
    pub code: Option<String>,
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("carrier_message_id", &self.carrier_message_id)
            .field("status", &self.status.as_str())
            .field("class", &self.class.map(FailureClass::as_str))
            .field("code", &self.code)
            .finish()
    }
}

/// What a receipt says outside its text.
#[derive(Debug, Default)]
pub(crate) struct Tlvs {
    /// `receipted_message_id`.
    pub(crate) id: Option<String>,
    /// `message_state`.
    pub(crate) state: Option<u8>,
    /// The last two octets of `network_error_code`.
    pub(crate) error: Option<u16>,
}

/// A message's state (SMPP 3.4, 5.2.28 and appendix B).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Enroute,
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    Accepted,
    Unknown,
    Rejected,
}

const STATES: [(u8, &str, State); 8] = [
    (1, "ENROUTE", State::Enroute),
    (2, "DELIVRD", State::Delivered),
    (3, "EXPIRED", State::Expired),
    (4, "DELETED", State::Deleted),
    (5, "UNDELIV", State::Undeliverable),
    (6, "ACCEPTD", State::Accepted),
    (7, "UNKNOWN", State::Unknown),
    (8, "REJECTD", State::Rejected),
];

impl Receipt {
    /// The TLVs first, and what they lack from the text; `None` without an id. An interim
    /// notification is never more than "sent".
    pub(crate) fn read(tlvs: &Tlvs, text: &str, ids: IdBase, last: bool) -> Option<Self> {
        let told = tlvs.id.as_deref().filter(|id| !id.is_empty());
        let id = told.or_else(|| field(text, "id")).filter(|id| is_id(id))?;
        let (stat, err) = (field(text, "stat"), field(text, "err"));
        let known = STATES.iter().find(|(number, name, _)| match tlvs.state {
            Some(state) => state == *number,
            None => stat.is_some_and(|stat| stat.eq_ignore_ascii_case(name)),
        });
        let (name, state) =
            known.map_or(("UNKNOWN", State::Unknown), |(_, name, state)| (*name, *state));
        let error = tlvs.error.or_else(|| err.and_then(|err| err.parse().ok()));
        let (status, class) =
            if last { meaning(state, error) } else { (MessageStatus::Sent, None) };
        Some(Self {
            carrier_message_id: ids.of_receipt(id),
            status,
            class,
            code: class
                .map(|_| error.map_or_else(|| name.to_owned(), |e| format!("{name}/{e:03}"))),
        })
    }
}

fn meaning(state: State, error: Option<u16>) -> (MessageStatus, Option<FailureClass>) {
    match state {
        State::Enroute => (MessageStatus::Sent, None),
        State::Delivered => (MessageStatus::Delivered, None),
        State::Expired => (MessageStatus::Expired, Some(FailureClass::Expired)),
        State::Undeliverable if error == Some(UNKNOWN_SUBSCRIBER) => {
            (MessageStatus::Undelivered, Some(FailureClass::BadNumber))
        }
        State::Undeliverable => (MessageStatus::Undelivered, Some(FailureClass::HandsetAbsent)),
        State::Deleted | State::Rejected => {
            (MessageStatus::Undelivered, Some(FailureClass::Unknown))
        }
        State::Accepted | State::Unknown => (MessageStatus::Unknown, Some(FailureClass::Unknown)),
    }
}

/// Ids have up to 64 characters, and none that would break a log line or a key.
fn is_id(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|b| b.is_ascii_graphic())
}

/// A field's value: its first occurrence before the echoed text, else its last after it, so that
/// what we wrote to the shopper is never taken for what the carrier says.
fn field<'a>(receipt: &'a str, key: &str) -> Option<&'a str> {
    let echo = keys(receipt, "text").next().unwrap_or(receipt.len());
    let (head, tail) = receipt.split_at(echo);
    let before = keys(head, key).find_map(|at| value(&head[at + key.len() + 1..]));
    before.or_else(|| keys(tail, key).filter_map(|at| value(&tail[at + key.len() + 1..])).last())
}

/// Where `key:` stands at the beginning of a word, in either case.
fn keys<'a>(receipt: &'a str, key: &'a str) -> impl Iterator<Item = usize> + 'a {
    let octets = receipt.as_bytes();
    (0..octets.len()).filter(move |at| {
        let begins = *at == 0 || octets[at - 1].is_ascii_whitespace();
        let end = at + key.len();
        begins
            && octets.get(end) == Some(&b':')
            && octets[*at..end].eq_ignore_ascii_case(key.as_bytes())
    })
}

/// The word after the colon; none when the next field stands there.
fn value(rest: &str) -> Option<&str> {
    rest.split_ascii_whitespace().next().filter(|word| !word.contains(':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Receipt> {
        Receipt::read(&Tlvs::default(), text, IdBase::default(), true)
    }

    fn told(text: &str) -> (String, MessageStatus, Option<String>) {
        let receipt = read(text).unwrap_or_else(|| panic!("no receipt: {text}"));
        (receipt.carrier_message_id, receipt.status, receipt.code)
    }

    /// Appendix B's form, and what carriers make of it.
    #[test]
    fn receipts_are_read_however_they_are_written() {
        use MessageStatus::{Delivered, Expired, Sent, Undelivered, Unknown};
        for (text, id, status, code) in [
            (
                "id:0123456789 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:123456 is your code",
                "0123456789",
                Delivered,
                None,
            ),
            (
                "id:4f1c2d3e-aa11-4b22-9c33-1234567890ab submit date:261122120000 done date:261122120103 stat:UNDELIV err:001",
                "4f1c2d3e-aa11-4b22-9c33-1234567890ab",
                Undelivered,
                Some("UNDELIV/001"),
            ),
            (
                "id:123 sub:1 dlvrd:0 submit date:2611221200 done date:2611221201 stat:EXPIRED err:54 Text:",
                "123",
                Expired,
                Some("EXPIRED/054"),
            ),
            ("stat:REJECTD id:9", "9", Undelivered, Some("REJECTD")),
            ("Id: 9 Stat: delivrd Err: 000", "9", Delivered, None),
            ("id:9 stat:ACCEPTD err:", "9", Unknown, Some("ACCEPTD")),
            ("id:9 stat:ENROUTE", "9", Sent, None),
            ("id:9", "9", Unknown, Some("UNKNOWN")),
            ("id:9 stat:BUFFERED err:x1", "9", Unknown, Some("UNKNOWN")),
            ("text:hello id:9 stat:DELIVRD", "9", Delivered, None),
        ] {
            let code = code.map(str::to_owned);
            assert_eq!(told(text), (id.to_owned(), status, code), "{text}");
        }
    }

    #[test]
    fn the_echoed_text_says_nothing() {
        let echo = "id:9 stat:UNDELIV err:000 text:id:8 stat:DELIVRD err:111";
        assert_eq!(told(echo).0, "9");
        assert_eq!(told(echo).1, MessageStatus::Undelivered);
        let first = "text:id:8 stat:DELIVRD id:9 stat:UNDELIV";
        assert_eq!((told(first).0.as_str(), told(first).1), ("9", MessageStatus::Undelivered));
    }

    #[test]
    fn a_receipt_never_holds_the_code() {
        let receipt = read("id:9 stat:UNDELIV err:000 text:123456 is your code");
        assert!(!format!("{receipt:?}").contains("123456"));
        assert!(
            read("id:9 stat:123456 err:code text:")
                .unwrap()
                .code
                .is_some_and(|code| code == "UNKNOWN")
        );
    }

    #[test]
    fn without_an_id_there_is_no_receipt() {
        for text in ["", "stat:DELIVRD err:000", "id: stat:DELIVRD", "message-id:9 stat:DELIVRD"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_unknown_subscriber_is_a_bad_number() {
        let class = |text| read(text).and_then(|receipt| receipt.class);
        assert_eq!(class("id:9 stat:UNDELIV err:001"), Some(FailureClass::BadNumber));
        assert_eq!(class("id:9 stat:UNDELIV err:027"), Some(FailureClass::HandsetAbsent));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn the_order_of_fields_says_nothing(order in Just(vec!["id:77", "sub:001", "submit date:2611221200", "stat:DELIVRD", "err:000", "dlvrd:001"]).prop_shuffle()) {
            let receipt = order.join(" ");
            prop_assert_eq!(told(&receipt), ("77".to_owned(), MessageStatus::Delivered, None));
        }
    }
}
