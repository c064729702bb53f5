//! What shoppers text to the shop's number.

use doorstep_tests::{
    eventually, get, mobile, post,
    shop::code_in,
    stand_in::{TWILIO, turn},
    waiting,
};
use serde_json::{Value, json};

use crate::live::{Live, first, last};

const HELP_URL: &str = "https://shop.example/help";

/// A shop with a number for texts, of which Twilio brings them to the deployment's account.
struct Reachable {
    live: Live,
    number: String,
}

impl Reachable {
    async fn open() -> Self {
        let number = mobile();
        let settings = json!({"sender": {"inbound_number": number}, "help_url": HELP_URL,
            "purposes": ["offers"]});
        let live = Live::with(&settings, &[TWILIO]).await;
        for (name, kind, body) in [
            ("order", "transactional", "{{ store }}: order {{ order }} is on its way."),
            ("offer", "marketing", "{{ store }}: sale! {{ opt_out }}"),
        ] {
            let text = json!({"name": name, "locale": "en", "kind": kind, "body": body});
            let _ = live.asks(post("/templates")).json(&text).send().await.is(201);
        }
        Self { live, number }
    }

    /// The shopper texts the shop.
    async fn hears(&self, phone: &str, text: &str) {
        TWILIO.hears(phone, &self.number, text).await;
    }

    /// Until a text about an order is answered with this status, and this code if it is a refusal.
    async fn writing_is(&self, phone: &str, body: &Value, status: u16, code: Option<&str>) {
        let mut body = body.clone();
        body["to"] = phone.into();
        eventually(&format!("{status} {code:?} for {phone}"), 30, || async {
            let answer = self.live.writes(&body).await;
            (answer.status == status && answer.body["code"].as_str() == code).then_some(())
        })
        .await;
    }
}

fn order() -> Value {
    json!({"template": "order", "variables": {"order": "1042"}, "purpose": "transactional"})
}

fn offer() -> Value {
    json!({"template": "offer", "purpose": "offers"})
}

/// The texts that a number got of a shop's help.
async fn helped(phone: &str) -> Vec<Value> {
    let mut texts = TWILIO.received_for(phone).await;
    texts.retain(|text| text["text"].as_str().is_some_and(|text| text.contains(HELP_URL)));
    texts
}

#[tokio::test]
async fn stop_in_any_spelling_ends_texts() {
    let _turn = turn().await;
    let shop = Reachable::open().await;
    for text in
        ["STOP", " stop. ", "St0p!!", "please stop texting me", "unsubscrbe", "Wrong number"]
    {
        let phone = mobile();
        shop.hears(&phone, text).await;
        shop.writing_is(&phone, &order(), 403, Some("suppressed")).await;
        assert_eq!(helped(&phone).await.len(), 0, "{text:?} is no cry for help");
    }
}

#[tokio::test]
async fn after_stop_a_sign_up_is_taken_and_nothing_is_sent() {
    let _turn = turn().await;
    let (shop, phone) = (Reachable::open().await, mobile());
    shop.hears(&phone, "STOP").await;
    shop.writing_is(&phone, &order(), 403, Some("suppressed")).await;
    let before = TWILIO.received_for(&phone).await.len();
    let id = shop.live.signs_up(&phone).await;
    let told = shop.live.becomes(&id, "failed", 30).await;
    assert_eq!(last(&told)["class"], "opted_out", "{told}");
    assert_eq!(TWILIO.received_for(&phone).await.len(), before, "nothing went out");
}

#[tokio::test]
async fn start_opens_what_stop_closed() {
    let _turn = turn().await;
    let (shop, phone) = (Reachable::open().await, mobile());
    shop.hears(&phone, "STOP").await;
    shop.writing_is(&phone, &order(), 403, Some("suppressed")).await;
    shop.hears(&phone, "start").await;
    shop.writing_is(&phone, &order(), 202, None).await;
    let id = shop.live.signs_up(&phone).await;
    shop.live.becomes(&id, "delivered", 30).await;
}

#[tokio::test]
async fn start_never_gives_a_consent_back() {
    let _turn = turn().await;
    let (shop, phone) = (Reachable::open().await, mobile());
    let consent =
        json!({"purpose": "offers", "channel": "sms", "granted": true, "wording_version": "v1"});
    let started = shop.live.starts(&json!({"phone": phone, "consents": [consent]})).await.is(202);
    let code = code_in(first(TWILIO, &phone).await["text"].as_str().unwrap());
    let _ = shop.live.types(started.text_at("/id"), &code).await.is(200);
    shop.writing_is(&phone, &offer(), 202, None).await;
    shop.hears(&phone, "STOP").await;
    shop.writing_is(&phone, &order(), 403, Some("suppressed")).await;
    shop.hears(&phone, "START").await;
    shop.writing_is(&phone, &order(), 202, None).await;
    shop.writing_is(&phone, &offer(), 403, Some("consent_required")).await;
}

#[tokio::test]
async fn who_asks_anything_is_told_once_where_help_is() {
    let _turn = turn().await;
    let shop = Reachable::open().await;
    for text in ["HELP", "Where is my parcel? It was due on Monday."] {
        let phone = mobile();
        shop.hears(&phone, text).await;
        let said = eventually("an answer", 30, || async { helped(&phone).await.pop() }).await;
        assert!(said["text"].as_str().unwrap().starts_with("Corner Shop:"), "{said}");
        for again in ["help", "HELP!!", "Hello?"] {
            shop.hears(&phone, again).await;
        }
        waiting::seconds(6).await;
        assert_eq!(helped(&phone).await.len(), 1, "one answer a day: {text}");
    }
}

#[tokio::test]
async fn a_text_to_the_shop_is_no_try_of_a_code() {
    let _turn = turn().await;
    let (shop, phone) = (Reachable::open().await, mobile());
    let id = shop.live.signs_up(&phone).await;
    let code = code_in(first(TWILIO, &phone).await["text"].as_str().unwrap());
    for text in [code.as_str(), "000000", "is this my code?"] {
        shop.hears(&phone, text).await;
    }
    eventually("an answer", 30, || async { helped(&phone).await.pop() }).await;
    let read = shop.live.asks(get(&format!("/signups/{id}"))).send().await.is(200);
    assert_eq!((read.text_at("/status"), &read.body["attempts_remaining"]), ("pending", &json!(5)));
    let _ = shop.live.types(&id, &code).await.is(200);
}

#[tokio::test]
async fn a_forged_text_is_refused_and_changes_nothing() {
    let _turn = turn().await;
    let (shop, phone) = (Reachable::open().await, mobile());
    let url = format!("{}/inbound", TWILIO.told("webhook_url"));
    let form = [
        ("AccountSid", TWILIO.told("account")),
        ("MessageSid", "SM00000000000000000000000000000001"),
        ("From", &phone),
        ("To", &shop.number),
        ("Body", "STOP"),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    for signature in [None, Some(""), Some("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")] {
        let call = post(&url)
            .raw(body.clone())
            .header("Content-Type", "application/x-www-form-urlencoded");
        let call = signature.map_or(call.clone(), |it| call.header("X-Twilio-Signature", it));
        call.send().await.refused(401, "unauthenticated");
    }
    waiting::seconds(4).await;
    shop.writing_is(&phone, &order(), 202, None).await;
}
