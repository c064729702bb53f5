//! The calls that take JSON, each with a body that is whole.

use doorstep_tests::{Call, Shop, patch, post, put, shop::operator, unique};
use serde_json::{Value, json};

/// A call, and a good body for it.
pub(crate) struct Taker {
    pub(crate) name: &'static str,
    pub(crate) call: Call,
    pub(crate) body: Value,
}

/// Every call that takes JSON, of a shop that has a sign-up and a text.
pub(crate) async fn takers(shop: &Shop) -> Vec<Taker> {
    let signup = shop.signs_up("+447700900007").await;
    let text = json!({"name": "order-shipped", "locale": "en-GB", "kind": "transactional",
        "body": "{{ store }}: your order {{ order }} is on its way."});
    let _ = shop.asks(post("/templates")).json(&text).send().await.is(201);
    let mut takers = of_shoppers(shop, &signup);
    takers.extend(of_texts(shop, text));
    takers.extend(of_settings(shop));
    takers.extend(of_carriers(shop));
    takers
}

fn taker(name: &'static str, call: Call, body: Value) -> Taker {
    Taker { name, call, body }
}

fn of_shoppers(shop: &Shop, signup: &str) -> Vec<Taker> {
    let start = json!({
        "phone": "+447700900001", "country": "GB", "locale": "en-GB", "purpose": "registration",
        "method": "code", "channel": "sms",
        "customer": {"external_id": "c-1", "name": "Anna", "email": "anna@shop.example"},
        "consents": [{"purpose": "news", "channel": "sms", "granted": true, "wording_version": "v1",
            "wording": "Texts about news."}],
        "context": {"ip": "203.0.113.7", "user_agent": "curl", "device": "phone", "region": "London",
            "session_id": "s-1", "page_url": "https://shop.example/"},
        "return_url": "https://shop.example/back", "metadata": {"basket": "7"},
        "challenge_token": "none",
    });
    let of = |what: &str| shop.asks(post(&format!("/signups/{signup}/{what}")));
    vec![
        taker("start", shop.asks(post("/signups")), start),
        taker(
            "search by phone",
            shop.asks(post("/signups/search")),
            json!({"phone": "+447700900001"}),
        ),
        taker("search by id", shop.asks(post("/signups/search")), json!({"external_id": "c-1"})),
        taker("verify", of("verify"), json!({"code": "000000"})),
        taker("resend", of("resend"), json!({"channel": "sms"})),
    ]
}

fn of_texts(shop: &Shop, text: Value) -> Vec<Taker> {
    let variables = json!({"order": "1042"});
    let letter = json!({"to": "+447700900001", "template": "order-shipped", "locale": "en-GB",
        "purpose": "transactional", "variables": variables, "send_after": "2026-01-01T00:00:00Z"});
    let of = |what: &str| shop.asks(post(&format!("/templates/order-shipped/{what}")));
    vec![
        taker("write", shop.asks(post("/messages")), letter),
        taker("save", shop.asks(post("/templates")), text),
        taker("preview", of("preview"), json!({"locale": "en-GB", "variables": variables})),
        taker("roll back", of("rollback"), json!({"locale": "en-GB", "version": 1})),
    ]
}

fn of_settings(shop: &Shop) -> Vec<Taker> {
    let settings = json!({
        "name": "Corner Shop", "domain": "shop.example", "origins": ["https://shop.example"],
        "return_urls": ["https://shop.example/"], "locale": "en-GB", "country": "GB",
        "allowed_countries": ["GB"], "sender": {"id": "Corner Shop", "inbound_number": "+447400123456"},
        "templates": {"otp": "code", "welcome": "hello"}, "purposes": ["news"],
        "wordings": {"v1": "Texts about news."}, "help_url": "https://shop.example/help",
        "privacy_url": "https://shop.example/privacy", "tags": {"team": "north"},
    });
    // What all stores inherit is not to change here: the member that nobody knows refuses the rest.
    let mut defaults = settings.clone();
    defaults["unknown"] = true.into();
    let key = json!({"name": "test", "role": "storefront", "scopes": ["signups:read"], "kind": "secret",
        "mode": "test", "store_id": shop.id, "expires_at": "2030-01-01T00:00:00Z"});
    let pin = json!({"country": "GB", "carriers": ["sandbox"], "until": "2030-01-01T00:00:00Z"});
    vec![
        taker("add a store", post("/stores").key(operator()), settings),
        taker("change defaults", patch("/defaults").key(operator()), defaults),
        taker("make a key", shop.asks(post("/api-keys")), key),
        taker("pin a route", shop.asks(put("/routes")), pin),
    ]
}

fn of_carriers(shop: &Shop) -> Vec<Taker> {
    let account =
        |carrier: &str| put(&format!("/stores/{}/carriers/{carrier}", shop.id)).key(&shop.live_key);
    let (twilio, id) = (account("twilio"), unique());
    let twilios = json!({"account": id, "auth_token": "t", "from": "Shop",
        "messaging_service_sid": "MG1", "voice_from": "+447400123456", "webhook_secret": "w"});
    let any = json!({"account": id, "shape": "mmg", "url": "https://sms.example", "from": "Shop",
        "webhook_secret": "w", "secrets": {"api_key": "k", "webhook_user": "u", "webhook_password": "p"}});
    let event = json!({"type": "message.delivered", "timestamp": "2027-01-01T00:00:00Z",
        "data": {"account": id, "message_id": "msg_1", "carrier_message_id": "1", "code": "0"}});
    let signed = post("/webhooks").header("webhook-id", "1").header("webhook-timestamp", "1");
    vec![
        taker("put Twilio's account", twilio, twilios),
        taker("put any account", account("http"), any),
        taker("report an event", signed.header("webhook-signature", "v1,AAAA"), event),
    ]
}
