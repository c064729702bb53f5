//! Carriers, against the stand-ins of `infra/stand_ins`: what goes out, what each way of going
//! wrong means, and whether what comes back is believed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod eum;
mod http;
mod listener;
mod stand_in;
mod twilio;
mod vonage;
mod wire;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use doorstep_adapters::{
    Aws,
    carriers::{AnyCarrier, Ears, Settings, wire},
    system::SystemClock,
};
use doorstep_domain::{
    Mode,
    carrier::{Account, CarrierName, Content, FailureClass, Outcome, Outgoing, Spoken},
    egress::Reach,
    hear::{Callback, Heard, NotHeard},
    id::{SignupId, StoreId},
    phone::{NumberType, PhoneNumber, Region},
    ports::{Carrier, Clock, Hearing},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{listener::Request, stand_in::StandIn};

/// Longest that a carrier may keep us, in all.
const PATIENCE: Duration = Duration::from_millis(4500);

/// The trace of every text here.
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A carrier's account with these fields, of store 7.
fn account(carrier: CarrierName, id: &str, fields: &[(&str, &str)]) -> Arc<Account> {
    let fields: BTreeMap<_, _> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Arc::new(Account::new(carrier, id.to_owned(), StoreId::from_bits(7), fields))
}

/// A text to a made-up number, nine minutes before its code expires.
fn text(carrier: CarrierName, account: Option<&Arc<Account>>) -> Outgoing {
    Outgoing {
        message: SignupId::derived(16).message(1),
        scope: (StoreId::from_bits(7), Mode::Live),
        to: PhoneNumber::restore("+447400123456".to_owned(), Region::GB, NumberType::Mobile),
        content: Content::Text("012345 is your Corner Shop code. £1 & more".to_owned()),
        sender: None,
        account: account.cloned(),
        validity: SignedDuration::from_secs(540),
        carrier,
        take: 1,
        trace: TRACE.to_owned(),
    }
}

/// The same as a call.
fn call(carrier: CarrierName, account: Option<&Arc<Account>>) -> Outgoing {
    let spoken = Spoken {
        language: "en-GB".to_owned(),
        voice: "Amy".to_owned(),
        prompt: "This is Tom & Jerry's. To hear your code, press any key.".to_owned(),
        words: "0, 1, 2, 3, 4, 5,".to_owned(),
    };
    Outgoing { content: Content::Call(spoken), ..text(carrier, account) }
}

/// The carrier as a sender function has it, at its stand-in; callbacks go to `public_url`.
async fn at(stand_in: &StandIn, name: CarrierName, public_url: &str) -> AnyCarrier {
    let url = Some(stand_in.url.clone());
    let mut settings = Settings {
        public_url: public_url.to_owned(),
        twilio_base_url: url.clone(),
        vonage_base_url: url.clone(),
        http_carrier_url: url.clone(),
        ..Settings::default()
    };
    settings.eum.endpoint_url = url;
    settings.eum.origination = Some("CornerShop".to_owned());
    settings.eum.voice_origination = Some("+441632960000".to_owned());
    settings.eum.configuration_set = Some("receipts".to_owned());
    settings.eum.max_price_per_minute_usd = Some("0.20".to_owned());
    wire(&Aws::load().await, Some(name), settings)
}

/// Sends, and fails the test when that takes longer than a carrier may keep us.
async fn send(carrier: &AnyCarrier, message: &Outgoing) -> Outcome {
    tokio::time::timeout(PATIENCE, carrier.send(message)).await.expect("an outcome in time")
}

/// What every carrier's troubles mean.
async fn troubles(stand_in: &StandIn, carrier: &AnyCarrier, message: &Outgoing) {
    use FailureClass::{CarrierDown, MaybeSent, Throttled};
    for (mode, expected) in [
        ("refuse", CarrierDown),
        ("500", CarrierDown),
        ("429", Throttled),
        ("drop", MaybeSent),
        ("hang", MaybeSent),
    ] {
        let before = stand_in.received().await.len();
        stand_in.switch(json!({"mode": mode})).await;
        match send(carrier, message).await {
            Outcome::Failed { class, code } => {
                assert_eq!(class, expected, "{mode}");
                assert!(!code.contains("7400123456"), "{code}");
            }
            Outcome::Accepted { .. } => panic!("{mode} was accepted"),
        }
        let asked = stand_in.received().await.len() - before;
        assert_eq!(asked, usize::from(mode != "refuse"), "{mode}: asked once, never again");
    }
    stand_in.switch(json!({"mode": "ok"})).await;
}

/// What the carrier's own error means.
async fn error(
    stand_in: &StandIn,
    carrier: &AnyCarrier,
    message: &Outgoing,
    (code, class): (&str, FailureClass),
) {
    stand_in.switch(json!({"mode": "error", "code": code, "times": 1})).await;
    let expected = Outcome::Failed { class, code: code.to_owned() };
    assert_eq!(send(carrier, message).await, expected);
}

/// What `Ears` make of a request that came to the webhook.
fn hear(account: &Account, public_url: &str, request: &Request) -> Result<Vec<Heard>, NotHeard> {
    let url = format!("{public_url}{}", request.target);
    Ears.hear(account, &callback(&url, request)).map(|proved| proved.says)
}

fn callback<'a>(url: &'a str, request: &'a Request) -> Callback<'a> {
    Callback {
        url,
        method: &request.method,
        query: &request.query,
        headers: &request.headers,
        body: &request.body,
        inbound: request.path().ends_with("/inbound"),
        now: SystemClock.now(),
    }
}

/// The one receipt of a request.
fn receipt(
    account: &Account,
    public_url: &str,
    request: &Request,
) -> doorstep_domain::hear::CarrierReceipt {
    match hear(account, public_url, request).unwrap().remove(0) {
        Heard::Receipt(receipt) => receipt,
        Heard::Text(_) => panic!("that was a text"),
    }
}

/// The text of a member.
fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}
