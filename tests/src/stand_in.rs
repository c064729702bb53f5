//! Carriers' stand-ins, as tests play with them. `infra/stand_ins/control.py` says how.

use serde_json::{Value, json};

use crate::{get, post, stack};

/// One carrier's stand-in.
#[derive(Debug, Clone, Copy)]
pub struct StandIn(&'static str);

/// Twilio's.
pub const TWILIO: StandIn = StandIn("twilio");
/// Vonage's.
pub const VONAGE: StandIn = StandIn("vonage");
/// End User Messaging's.
pub const EUM: StandIn = StandIn("eum");
/// The HTTP carrier's, which speaks as MMG does.
pub const HTTP: StandIn = StandIn("http");

impl StandIn {
    /// The carrier's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Something that stack.json tells of its account.
    #[must_use]
    pub fn told(self, name: &str) -> &'static str {
        stack().text(&format!("/carriers/{}/{name}", self.0))
    }

    fn control(self, call: &str) -> String {
        format!("{}/_stand-in/{call}", self.told("control_url"))
    }

    /// From now on it behaves like this, such as `{"mode": "hang"}`.
    pub async fn plays(self, order: &Value) {
        let _ = post(&self.control("switch")).json(order).send().await.is(200);
    }

    /// It forgets what it received, and behaves.
    pub async fn resets(self) {
        let _ = post(&self.control("reset")).json(&json!({})).send().await.is(200);
    }

    /// What it received so far, oldest first; not what it refused without reading.
    pub async fn received(self) -> Vec<Value> {
        let answer = get(&self.control("received")).send().await.is(200);
        answer.body["messages"].as_array().cloned().unwrap_or_default()
    }

    /// What it received for this number, with or without `+`.
    pub async fn received_for(self, phone: &str) -> Vec<Value> {
        let digits = phone.trim_start_matches('+');
        let mut all = self.received().await;
        all.retain(|text| text["to"].as_str().is_some_and(|to| to.ends_with(digits)));
        all
    }

    /// A shopper writes to the shop's number.
    pub async fn hears(self, from: &str, to: &str, text: &str) {
        let body = json!({"from": from, "to": to, "text": text});
        let _ = post(&self.control("inbound")).json(&body).send().await.is(200);
    }
}

/// The stand-ins are one for all: who switches them takes turns.
pub async fn turn() -> tokio::sync::MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    TURN.lock().await
}
