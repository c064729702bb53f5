//! A live sign-up over SMPP, from request to receipt, with an SMSC that shares no code with us.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

#[path = "../../shared/smpp/tests/carrier/node.rs"]
mod node;

use std::process::Child;

use doorstep_tests::{
    Shop, aws, eventually, get, post, put,
    shop::{code_in, mobile},
    stack, unique,
    waiting::now,
};
use serde_json::{Value, json};

/// Where the SMSC is, from this package.
const SCRIPTS: &str = "../shared/smpp/tests/smsc";

/// The SMSC, where the stack's functions look for it, until this value ends.
struct Smsc {
    process: Child,
    control: String,
    account: String,
}

impl Drop for Smsc {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

impl Smsc {
    /// With an account of nobody else's, whose id has room for 15 characters.
    fn start() -> Self {
        let port = stack().text("/carriers/smpp/base_url").rsplit(':').next().unwrap();
        let (process, ports) = node::start(&["--smpp", port]);
        let control = format!("http://127.0.0.1:{}", ports["control"]);
        let id = unique();
        Self { process, control, account: id[id.len() - 12..].to_owned() }
    }

    async fn told(&self, call: &str, mut body: Value) {
        body["system_id"] = json!(self.account);
        let _ = post(&format!("{}/{call}", self.control)).json(&body).send().await.is(200);
    }

    /// What of this kind it saw, in order.
    async fn saw(&self, event: &str) -> Vec<Value> {
        let url = format!("{}/received?system_id={}", self.control, self.account);
        let mut events = get(&url).send().await.is(200).body["events"].as_array().unwrap().clone();
        events.retain(|seen| seen["event"] == event);
        events
    }
}

/// A shop that sends by the SMSC alone.
async fn shop(smsc: &Smsc) -> Shop {
    let shop = Shop::fresh().await;
    let account = json!({
        "account": smsc.account, "password": "secret", "from": "Teashop",
        "response_ids": "hex", "receipt_ids": "decimal",
    });
    let path = format!("/stores/{}/carriers/smpp", shop.id);
    let _ = put(&path).key(&shop.live_key).json(&account).send().await.is(200);
    let until = (now() + jiff::SignedDuration::from_hours(1)).to_string();
    let pin = json!({"country": "GB", "carriers": ["smpp"], "until": until});
    let _ = put("/routes").key(&shop.live_key).json(&pin).send().await.is(200);
    shop
}

/// Fetches what the SMSC holds, as the schedule does; tells when it is done.
async fn fetches() {
    let function = stack().text("/functions/ReceiveSmpp");
    let url =
        format!("{}/2015-03-31/functions/{function}/invocations", stack().text("/emulator_url"));
    let _ = aws::signed(post(&url), "lambda").json(&json!({})).send().await.is(200);
}

#[tokio::test]
async fn a_code_goes_out_over_smpp_and_its_receipt_comes_back() {
    let smsc = Smsc::start();
    let habits = json!({"receipt": "after", "ids": {"response": "hex", "receipt": "decimal"}});
    smsc.told("control", habits).await;
    let (shop, phone) = (shop(&smsc).await, mobile());
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
    let answer = call.header("Idempotency-Key", &unique()).send().await.is(202);
    let id = answer.text_at("/id").to_owned();

    let submitted = async || smsc.saw("submit_sm").await.pop();
    let text = eventually("the text at the SMSC", 20, submitted).await;
    assert_eq!(text["to"], json!([1, 1, phone.trim_start_matches('+')]));
    assert_eq!(text["from"], json!([5, 0, "Teashop"]));
    let code = code_in(text["text"].as_str().unwrap());

    let status = async || {
        let call = get(&format!("/delivery-status?signup_id={id}")).key(&shop.live_key);
        call.send().await.is(200).text_at("/status").to_owned()
    };
    let receipt = async || {
        fetches().await;
        (status().await == "delivered").then_some(())
    };
    eventually("the receipt", 60, receipt).await;
    assert!(smsc.saw("deliver_sm_resp").await.iter().all(|answer| answer["status"] == 0));
    assert_eq!(smsc.saw("bind_transmitter").await.len(), 1);

    let call = post(&format!("/signups/{id}/verify")).key(&shop.live_key);
    let _ = call.json(&json!({"code": code})).send().await.is(200);
}
