//! Starts the switchable SMSC as a child process, tells it what to do, and ends it.

use std::{process::Child, sync::Arc, time::Duration};

use doorstep_domain::{Mode, carrier::Outcome, phone::PhoneNumber};
use doorstep_fakes::{Seeded, StillClock};
use doorstep_smpp::{Direct, Endpoint, Password, Receiver, Settings, Source, Submit, Transmitter};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::node;

/// The account that tests use.
pub(crate) const ACCOUNT: &str = "teashop";

/// An SMSC of one test's own, and an account with it.
pub(crate) struct Smsc {
    process: Child,
    ports: Value,
    http: reqwest::Client,
    pub(crate) clock: Arc<StillClock>,
}

impl Smsc {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Ends when this value or the whole test process does.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let (process, ports) = node::start(options);
        Self {
            process,
            ports,
            http: reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap(),
            clock: Arc::default(),
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(&format!("smpp://127.0.0.1:{}", self.ports["smpp"]))
    }

    pub(crate) fn secure_settings(&self) -> Settings {
        settings(&format!("smpps://127.0.0.1:{}", self.ports["smpps"]))
    }

    pub(crate) fn transmitter(&self, settings: &Settings) -> Transmitter<Direct> {
        let chance = Arc::new(Seeded::new(1));
        Transmitter::new(settings, Direct, self.clock.clone(), chance).unwrap()
    }

    /// Changes what the SMSC does with the account.
    pub(crate) async fn does(&self, habits: Value) {
        self.call("control", habits).await;
    }

    pub(crate) async fn call(&self, path: &str, mut body: Value) -> Value {
        body["system_id"] = json!(ACCOUNT);
        let url = format!("http://127.0.0.1:{}/{path}", self.ports["control"]);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}");
        answer.json().await.unwrap()
    }

    pub(crate) async fn received(&self) -> Value {
        let port = &self.ports["control"];
        let url = format!("http://127.0.0.1:{port}/received?system_id={ACCOUNT}");
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// What of this kind the SMSC has seen, in order.
    pub(crate) async fn saw(&self, event: &str) -> Vec<Value> {
        let mut events = self.received().await["events"].as_array().unwrap().clone();
        events.retain(|seen| seen["event"] == event);
        events
    }

    /// Everything that the SMSC has seen, by name.
    pub(crate) async fn story(&self) -> Vec<String> {
        let received = self.received().await;
        let events = received["events"].as_array().unwrap().iter();
        events.map(|seen| seen["event"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn passes(&self, seconds: i64) {
        self.clock.pass(SignedDuration::from_secs(seconds));
    }
}

impl Drop for Smsc {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).unwrap();
    }
}

fn settings(url: &str) -> Settings {
    let (endpoint, source) = (Endpoint::parse(url).unwrap(), Source::parse("Teashop").unwrap());
    let mut settings =
        Settings::new(endpoint, ACCOUNT.to_owned(), Password::new("secret".to_owned()), source);
    // The machine that tests run on may be busier than a carrier.
    settings.timeouts.connect = Duration::from_secs(5);
    settings
}

/// A receiver of the account.
pub(crate) fn receiver(settings: &Settings) -> Receiver<Direct> {
    Receiver::new(settings, Direct).unwrap()
}

/// Submits a text to a number of nobody's.
pub(crate) async fn send(transmitter: &Transmitter<Direct>, text: &str) -> Outcome {
    let to = PhoneNumber::parse("+447700900001", None, Mode::Test).unwrap();
    let validity = SignedDuration::from_mins(5);
    transmitter.submit(&Submit { to: &to, text, validity, from: None }).await
}

/// The id under which the carrier took it.
pub(crate) async fn sent(transmitter: &Transmitter<Direct>, text: &str) -> String {
    match send(transmitter, text).await {
        Outcome::Accepted { carrier_message_id } => carrier_message_id,
        Outcome::Failed { class, code } => panic!("{} {code}", class.as_str()),
    }
}
