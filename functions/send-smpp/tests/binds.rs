//! Which binds a sender has, and what it refuses before it has any.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{num::NonZeroU32, sync::Arc};

use doorstep_domain::{
    Mode,
    carrier::{Account, CarrierName, Content, FailureClass, Outcome, Outgoing},
    id::MessageId,
    ports::{Carrier, Chance, Clock},
    store::Store,
    usage::Meter,
};
use doorstep_fakes::{Smsc, sample};
use doorstep_smpp::{Direct, Endpoint};
use jiff::{SignedDuration, Timestamp};
use send_smpp::{Binds, SmppCarrier};

#[derive(Clone, Copy)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

impl Chance for Still {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn carrier(smsc: &Smsc) -> SmppCarrier<Direct, Still> {
    SmppCarrier {
        endpoint: Endpoint::parse(&smsc.url).unwrap(),
        dial: Direct,
        instances: NonZeroU32::MIN,
        system: Still,
        meter: Arc::new(Meter::default()),
        warm: Binds::default(),
    }
}

fn text(id: &str, told: &[(&str, &str)]) -> Outgoing {
    let usual = [("password", "secret"), ("from", "Teashop")];
    let fields = usual.iter().chain(told).map(|(name, value)| ((*name).into(), (*value).into()));
    let owner = Store::DEPLOYMENT;
    let account = Account::new(CarrierName::Smpp, id.to_owned(), owner, fields.collect());
    Outgoing {
        message: MessageId::from_bits(1),
        scope: (sample::STORE, Mode::Live),
        to: sample::phone(),
        content: Content::Text("123456 is your code".to_owned()),
        sender: None,
        account: Some(Arc::new(account)),
        validity: SignedDuration::from_mins(5),
        carrier: CarrierName::Smpp,
        take: 1,
        trace: String::new(),
    }
}

fn refused(outcome: Outcome) -> String {
    let Outcome::Failed { class, code } = outcome else { panic!("{outcome:?}") };
    assert_eq!(class, FailureClass::Configuration);
    code
}

#[tokio::test]
async fn texts_of_all_stores_go_by_one_warm_bind() {
    let smsc = Smsc::start(Vec::new()).await;
    let carrier = carrier(&smsc);
    for sender in [None, Some("Corner Shop"), Some("60777")] {
        let text = Outgoing { sender: sender.map(str::to_owned), ..text("teashop", &[]) };
        let taken = Outcome::Accepted { carrier_message_id: "id-1".to_owned() };
        assert_eq!(carrier.send(&text).await, taken);
    }
    assert_eq!(smsc.seen(), ["bind_transmitter", "submit_sm", "submit_sm", "submit_sm"]);
    assert_eq!(carrier.meter.take().services["smpp.submit_sm"].calls, 3);
}

#[tokio::test]
async fn a_changed_account_gives_its_bind_back_before_it_binds_anew() {
    let smsc = Smsc::start(Vec::new()).await;
    let carrier = carrier(&smsc);
    carrier.send(&text("teashop", &[])).await;
    carrier.send(&text("teashop", &[("password", "changed")])).await;
    let bound = ["bind_transmitter", "submit_sm"];
    assert_eq!(smsc.seen(), [&bound[..], &["unbind"], &bound].concat());
}

#[tokio::test]
async fn each_account_has_a_bind_of_its_own() {
    let smsc = Smsc::start(Vec::new()).await;
    let carrier = carrier(&smsc);
    for account in ["one", "two", "one"] {
        carrier.send(&text(account, &[])).await;
    }
    let binds = smsc.seen().iter().filter(|seen| *seen == "bind_transmitter").count();
    assert_eq!((binds, smsc.seen().len()), (2, 5));
}

#[tokio::test]
async fn what_cannot_be_sent_names_why_and_binds_nothing() {
    let smsc = Smsc::start(Vec::new()).await;
    let carrier = carrier(&smsc);
    for (text, code) in [
        (Outgoing { account: None, ..text("teashop", &[]) }, "no_account"),
        (text("teashop", &[("alphabet", "ebcdic")]), "account_alphabet"),
        (text("teashop", &[("password", "far-too-long")]), "account_password"),
        (text("a-system-id-of-17", &[]), "account_id"),
        (Outgoing { sender: Some("Twelve chars".into()), ..text("teashop", &[]) }, "sender"),
    ] {
        assert_eq!(refused(carrier.send(&text).await), code);
    }
    assert_eq!(smsc.seen(), [""; 0]);
}
