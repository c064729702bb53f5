//! What `webhooks` hands to `ingest`: what a carrier told, sealed.

use base64::{Engine, engine::general_purpose::STANDARD};
use doorstep_domain::{
    Mode,
    access::Unknown,
    carrier::CarrierName,
    hear::{CarrierReceipt, Heard, InboundText},
    id::StoreId,
    keys::DataKeys,
    ports::Chance,
    receive::Told,
    seal::Place,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::Unreadable;

/// Stands for the account of a carrier that needs none.
const NO_ACCOUNT: &str = "-";

/// What a carrier told, as the receipts queue carries it: live mode, sealed under the keys of
/// `store`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeardEvent {
    kind: Kind,
    /// Whose account it is, or whose message: its keys open it.
    pub store: String,
    /// Who told.
    pub carrier: String,
    /// The carrier's own name of the account.
    pub account: String,
    /// When we first heard it, milliseconds since 1970.
    pub at: i64,
    /// W3C `traceparent`.
    pub traceparent: String,
    sealed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Heard,
}

/// Who told, in parsed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// The carrier.
    pub carrier: CarrierName,
    /// The carrier's own name of the account; `None` for a carrier that needs none.
    pub account: Option<&'a str>,
    /// When we first heard it.
    pub at: Timestamp,
    /// W3C `traceparent`.
    pub trace: &'a str,
}

impl HeardEvent {
    /// Seals what a carrier told.
    #[must_use]
    pub fn seal(keys: &DataKeys, source: Source<'_>, heard: &Heard, chance: &impl Chance) -> Self {
        let account = source.account.unwrap_or(NO_ACCOUNT);
        let plain = serde_json::to_vec(&row(heard)).unwrap_or_default();
        Self {
            kind: Kind::Heard,
            store: keys.scope().0.to_string(),
            carrier: source.carrier.as_str().to_owned(),
            account: account.to_owned(),
            at: source.at.as_millisecond(),
            traceparent: source.trace.to_owned(),
            sealed: STANDARD.encode(keys.seal(place(account), &plain, chance)),
        }
    }

    /// The body of the queue's message.
    #[must_use]
    pub fn body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a body; `None` when it is of another kind.
    #[must_use]
    pub fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// Who told, and under which store's keys.
    ///
    /// # Errors
    /// When it names no store, carrier or time.
    pub fn told(&self) -> Result<Told<'_>, Unreadable> {
        Ok(Told {
            carrier: self.carrier.parse()?,
            account: Some(self.account.as_str()).filter(|account| *account != NO_ACCOUNT),
            owner: self.store.parse().map_err(|_| Unreadable)?,
            at: Timestamp::from_millisecond(self.at).map_err(|_| Unreadable)?,
        })
    }

    /// Opens it with the live keys of its store.
    ///
    /// # Errors
    /// When it does not open, or is not what we wrote.
    pub fn open(&self, keys: &DataKeys) -> Result<Heard, Unreadable> {
        let ours = keys.scope() == (self.told()?.owner, Mode::Live);
        let sealed = STANDARD.decode(&self.sealed).ok().filter(|_| ours).ok_or(Unreadable)?;
        let plain = keys.open(place(&self.account), &sealed).map_err(|_| Unreadable)?;
        heard(serde_json::from_slice(&plain).map_err(|_| Unreadable)?)
    }
}

fn place(account: &str) -> Place<'_> {
    Place { item: "receipts", attribute: account }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
enum Row {
    Receipt {
        theirs: Option<String>,
        store: Option<String>,
        message: Option<String>,
        status: String,
        class: Option<String>,
        code: Option<String>,
        price: Option<String>,
        at: Option<i64>,
    },
    Text {
        id: String,
        from: String,
        to: String,
        text: String,
    },
}

fn row(heard: &Heard) -> Row {
    match heard {
        Heard::Receipt(receipt) => Row::Receipt {
            theirs: receipt.carrier_message_id.clone(),
            store: receipt.message.and_then(|(store, _)| store).map(|store| store.to_string()),
            message: receipt.message.map(|(_, message)| message.to_string()),
            status: receipt.status.as_str().to_owned(),
            class: receipt.class.map(|class| class.as_str().to_owned()),
            code: receipt.code.clone(),
            price: receipt.price.map(|price| price.to_string()),
            at: receipt.at.map(Timestamp::as_millisecond),
        },
        Heard::Text(InboundText { id, from, to, text }) => {
            let [id, from, to, text] = [id, from, to, text].map(String::clone);
            Row::Text { id, from, to, text }
        }
    }
}

fn heard(row: Row) -> Result<Heard, Unreadable> {
    fn parse<T: std::str::FromStr>(text: Option<String>) -> Result<Option<T>, Unreadable> {
        text.map(|text| text.parse().map_err(|_| Unreadable)).transpose()
    }
    match row {
        Row::Text { id, from, to, text } => Ok(Heard::Text(InboundText { id, from, to, text })),
        Row::Receipt { theirs, store, message, status, class, code, price, at } => {
            let store: Option<StoreId> = parse(store)?;
            let at = at.map(Timestamp::from_millisecond).transpose().map_err(|_| Unreadable)?;
            Ok(Heard::Receipt(CarrierReceipt {
                carrier_message_id: theirs,
                message: parse(message)?.map(|message| (store, message)),
                status: status.parse().map_err(|_: Unknown| Unreadable)?,
                class: parse(class)?,
                code,
                price: parse(price)?,
                at,
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use doorstep_domain::{
        carrier::FailureClass, id::MessageId, message::MessageStatus, money::Money,
    };
    use doorstep_fakes::{Seeded, sample};
    use proptest::prelude::*;

    use super::*;

    fn source() -> Source<'static> {
        let at = Timestamp::from_millisecond(1_798_804_800_789).unwrap();
        Source { carrier: CarrierName::Twilio, account: Some("AC1"), at, trace: "00-trace" }
    }

    fn text(text: &str) -> Heard {
        let [id, from, to] = ["in-1", "+447400123456", "60777"].map(str::to_owned);
        Heard::Text(InboundText { id, from, to, text: text.to_owned() })
    }

    fn seal(heard: &Heard) -> HeardEvent {
        let keys = sample::data_keys(Mode::Live);
        HeardEvent::seal(&keys, source(), heard, &Seeded::new(1))
    }

    fn opens(event: &HeardEvent) -> Result<Heard, Unreadable> {
        event.open(&sample::data_keys(Mode::Live))
    }

    #[test]
    fn what_was_told_reads_back_and_shows_nothing() {
        let receipt = Heard::Receipt(CarrierReceipt {
            carrier_message_id: Some("SM1".to_owned()),
            message: Some((Some(sample::STORE), MessageId::from_bits(9))),
            status: MessageStatus::Undelivered,
            class: Some(FailureClass::Landline),
            code: Some("30006".to_owned()),
            price: Some(Money::parse("0.0333", "GBP").unwrap()),
            at: Some(source().at),
        });
        for heard in [receipt, text("STOP, I am Eve")] {
            let body = seal(&heard).body();
            for personal in ["Eve", "7400123456", "SM1"] {
                assert!(!body.contains(personal), "{body}");
            }
            let event = HeardEvent::read(&body).unwrap();
            assert_eq!(opens(&event), Ok(heard));
            let told = event.told().unwrap();
            assert_eq!((told.carrier, told.account), (CarrierName::Twilio, Some("AC1")));
            assert_eq!((told.owner, told.at), (sample::STORE, source().at));
        }
    }

    #[test]
    fn a_carrier_without_accounts_has_none() {
        let source = Source { carrier: CarrierName::Eum, account: None, ..source() };
        let keys = sample::data_keys(Mode::Live);
        let event = HeardEvent::seal(&keys, source, &text("STOP"), &Seeded::new(1));
        assert_eq!(event.told().unwrap().account, None);
        assert_eq!(event.open(&keys), Ok(text("STOP")));
    }

    #[test]
    fn what_was_moved_to_another_account_store_or_mode_does_not_open() {
        let event = seal(&text("STOP"));
        let moved = HeardEvent { account: "AC2".to_owned(), ..event.clone() };
        assert_eq!(opens(&moved), Err(Unreadable));
        let other = StoreId::from_bits(16);
        let stolen = HeardEvent { store: other.to_string(), ..event.clone() };
        assert_eq!(stolen.open(&sample::keys_of(other, Mode::Live)), Err(Unreadable));
        assert_eq!(stolen.open(&sample::data_keys(Mode::Live)), Err(Unreadable));
        assert_eq!(event.open(&sample::data_keys(Mode::Test)), Err(Unreadable));
    }

    #[test]
    fn another_kind_of_body_is_no_such_event() {
        let sandbox = include_str!("../../../events/ingest-delivered.json");
        assert_eq!(HeardEvent::read(sandbox), None);
        assert_eq!(HeardEvent::read(&seal(&text("x")).body().replace("heard", "told")), None);
    }

    proptest! {
        #[test]
        fn any_text_reads_back(words in "\\PC{0,200}") {
            prop_assert_eq!(opens(&seal(&text(&words))), Ok(text(&words)));
        }
    }
}
