//! A shop in live mode, whose messages go to stand-ins.

use doorstep_tests::{
    Answer, Call, Shop, eventually, get, patch, post, put, stand_in::StandIn, unique, waiting::now,
};
use serde_json::{Value, json};

/// A shop that is asked with its live key.
pub(crate) struct Live {
    pub(crate) shop: Shop,
}

impl Live {
    /// A new shop whose messages to Britain go to these carriers and no others, in this order.
    pub(crate) async fn pinned(carriers: &[StandIn]) -> Self {
        let live = Self { shop: Shop::fresh().await };
        live.pin(carriers).await;
        live
    }

    /// The same with these settings. Nobody has read them yet.
    pub(crate) async fn with(settings: &Value, carriers: &[StandIn]) -> Self {
        let live = Self { shop: Shop::fresh().await };
        let path = format!("/stores/{}", live.shop.id);
        let _ = live.asks(patch(&path)).json(settings).send().await.is(200);
        live.pin(carriers).await;
        live
    }

    pub(crate) async fn pin(&self, carriers: &[StandIn]) {
        let names: Vec<_> = carriers.iter().map(|carrier| carrier.name()).collect();
        let until = (now() + jiff::SignedDuration::from_hours(1)).to_string();
        let pin = json!({"country": "GB", "carriers": names, "until": until});
        let _ = self.asks(put("/routes")).json(&pin).send().await.is(200);
    }

    /// A call with the live key.
    pub(crate) fn asks(&self, call: Call) -> Call {
        call.key(&self.shop.live_key)
    }

    /// Starts a sign-up with this body.
    pub(crate) async fn starts(&self, body: &Value) -> Answer {
        let call = self.asks(post("/signups")).json(body);
        call.header("Idempotency-Key", &unique()).send().await
    }

    /// Signs a number up, and tells the sign-up's id.
    pub(crate) async fn signs_up(&self, phone: &str) -> String {
        let answer = self.starts(&json!({"phone": phone})).await.is(202);
        answer.text_at("/id").to_owned()
    }

    /// The shopper typed a code.
    pub(crate) async fn types(&self, id: &str, code: &str) -> Answer {
        let call = self.asks(post(&format!("/signups/{id}/verify")));
        call.json(&json!({"code": code})).send().await
    }

    /// Writes a message to a shopper.
    pub(crate) async fn writes(&self, body: &Value) -> Answer {
        let call = self.asks(post("/messages")).json(body);
        call.header("Idempotency-Key", &unique()).send().await
    }

    /// What became of a sign-up's message, once it has this status.
    pub(crate) async fn becomes(&self, id: &str, status: &str, within: u64) -> Value {
        let path = format!("/delivery-status?signup_id={id}");
        eventually(&format!("{id} {status}"), within, || async {
            let told = self.asks(get(&path)).send().await.is(200).body;
            (told["status"] == status).then_some(told)
        })
        .await
    }
}

/// The first message for this number at this carrier.
pub(crate) async fn first(carrier: StandIn, phone: &str) -> Value {
    nth(carrier, phone, 0).await
}

/// The message for this number that this carrier got after so many others.
pub(crate) async fn nth(carrier: StandIn, phone: &str, before: usize) -> Value {
    let what = format!("{} has message {before} for {phone}", carrier.name());
    eventually(&what, 30, || async { carrier.received_for(phone).await.into_iter().nth(before) })
        .await
}

/// The last line of a message's history.
pub(crate) fn last(told: &Value) -> Value {
    told["history"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default()
}
