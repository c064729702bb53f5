//! A shop: what a storefront's server does, and what its shopper's phone shows.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    Answer, Call, eventually, get, post, stack,
    waiting::{serial, unique},
};

/// A store of the deployment, with its keys.
#[derive(Debug, Clone)]
pub struct Shop {
    /// `sto_…`
    pub id: String,
    /// The host in its texts.
    pub domain: String,
    /// Role owner, test mode.
    pub test_key: String,
    /// Role owner, live mode.
    pub live_key: String,
    /// For browsers, test mode.
    pub publishable_key: String,
}

/// A drama number by its last three digits.
#[must_use]
pub fn drama(n: u16) -> String {
    format!("+447700900{n:03}")
}

/// A mobile number that could be real, another one each time.
#[must_use]
pub fn mobile() -> String {
    // Twenty thousand ranges. By the golden ratio even numbers of one moment are far apart, so
    // that no range has many texts; 74576 is the Isle of Man's.
    let number = 300_000_000 + (serial().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % 200_000_000;
    format!("+447{}", if number / 100_000 == 4_576 { number - 100_000_000 } else { number })
}

/// Another code than this one; another one for each `n` below 999999.
#[must_use]
pub fn wrong(code: &str, n: u32) -> String {
    let right: u32 = code.parse().expect("a code is six digits");
    format!("{:06}", (right + 1 + n) % 1_000_000)
}

impl Shop {
    /// The store that `make up` seeded.
    #[must_use]
    pub fn demo() -> Self {
        let text = |name| stack().text(name).to_owned();
        Self {
            id: text("/store_id"),
            domain: "shop.example".to_owned(),
            test_key: text("/test_key"),
            live_key: text("/live_key"),
            publishable_key: text("/test_publishable_key"),
        }
    }

    /// A new store that is ready for live mode, made by the operator.
    pub async fn fresh() -> Self {
        let domain = format!("{}.example", unique());
        let store = json!({
            "name": "Corner Shop", "domain": domain, "origins": [format!("https://{domain}")],
            "locale": "en-GB", "country": "GB", "allowed_countries": ["GB"],
            "privacy_url": format!("https://{domain}/privacy"),
        });
        let made = post("/stores").key(operator()).json(&store).send().await.is(201);
        let id = made.text_at("/id").to_owned();
        let owner = |mode| json!({"kind": "secret", "role": "owner", "mode": mode});
        let wishes = [owner("test"), owner("live"), json!({"kind": "publishable", "mode": "test"})];
        let keys = join_all(wishes.iter().map(|wish| new_key(&id, wish))).await;
        let [test_key, live_key, publishable_key] = keys.try_into().expect("three keys");
        Self { id, domain, test_key, live_key, publishable_key }
    }

    /// A new store that takes sign-ups though texts wait, as where senders die.
    pub async fn patient() -> Self {
        let shop = Self::fresh().await;
        let patience = json!({"busy_after_seconds": 300});
        let path = format!("/stores/{}", shop.id);
        let _ = crate::patch(&path).key(&shop.live_key).json(&patience).send().await.is(200);
        shop
    }

    /// A new store whose live shoppers verify nothing, as where carriers are tried: the rules that
    /// take that for an attack observe.
    pub async fn of_silent_shoppers() -> Self {
        let shop = Self::fresh().await;
        let until = (crate::waiting::now() + jiff::SignedDuration::from_hours(2)).to_string();
        for rule in ["unverified_country", "prefix_conversion"] {
            let lever = json!({"rule": rule, "mode": "observe", "until": until});
            let _ = crate::put("/limits").key(&shop.live_key).json(&lever).send().await.is(200);
        }
        shop
    }

    /// A call with the test key.
    #[must_use]
    pub fn asks(&self, call: Call) -> Call {
        call.key(&self.test_key)
    }

    /// Reads something with the test key.
    pub async fn reads(&self, path: &str) -> Answer {
        self.asks(get(path)).send().await
    }

    /// Starts a sign-up with this body, under a new idempotency key.
    pub async fn starts(&self, body: &Value) -> Answer {
        self.starts_as(&unique(), body).await
    }

    /// Starts a sign-up with this body, under this idempotency key.
    pub async fn starts_as(&self, idempotency_key: &str, body: &Value) -> Answer {
        let call = self.asks(post("/signups")).json(body);
        call.header("Idempotency-Key", idempotency_key).send().await
    }

    /// Signs a number up, and tells the sign-up's id.
    pub async fn signs_up(&self, phone: &str) -> String {
        let answer = self.starts(&json!({"phone": phone})).await.is(202);
        answer.text_at("/id").to_owned()
    }

    /// Signs a number up, waits for the text, and tells id and code.
    pub async fn signs_up_and_reads(&self, phone: &str) -> (String, String) {
        let id = self.signs_up(phone).await;
        let code = self.code(&id).await;
        (id, code)
    }

    /// The shopper typed a code.
    pub async fn types(&self, id: &str, code: &str) -> Answer {
        let call = self.asks(post(&format!("/signups/{id}/verify")));
        call.json(&json!({"code": code})).send().await
    }

    /// The shopper asked for the text once more.
    pub async fn resends(&self, id: &str, idempotency_key: &str) -> Answer {
        let call = self.asks(post(&format!("/signups/{id}/resend")));
        call.header("Idempotency-Key", idempotency_key).send().await
    }

    /// The texts of a sign-up so far, the newest first.
    pub async fn texts(&self, id: &str) -> Vec<Value> {
        let path = format!("/sandbox/messages?signup_id={id}");
        self.reads(&path).await.is(200).data().to_vec()
    }

    /// The first text of a sign-up, waited for.
    pub async fn text(&self, id: &str) -> String {
        let first = || async { self.texts(id).await.pop() };
        let found = eventually("a text", 20, first).await;
        found["text"].as_str().expect("a text has a text").to_owned()
    }

    /// The code in the first text of a sign-up, waited for.
    pub async fn code(&self, id: &str) -> String {
        code_in(&self.text(id).await)
    }

    /// What became of a sign-up's message.
    pub async fn delivery(&self, id: &str) -> Answer {
        self.reads(&format!("/delivery-status?signup_id={id}")).await.is(200)
    }

    /// What became of a sign-up's message, once it has this status.
    pub async fn delivery_is(&self, id: &str, status: &str, within: u64) -> Answer {
        let what = format!("{id} {status}");
        eventually(&what, within, || async {
            let answer = self.delivery(id).await;
            (answer.body["status"] == status).then_some(answer)
        })
        .await
    }

    /// What happened to a sign-up: the types, oldest first.
    pub async fn timeline(&self, id: &str) -> Vec<String> {
        let answer = self.reads(&format!("/signups/{id}/timeline")).await.is(200);
        let types = answer.data().iter().map(|entry| entry["type"].as_str());
        types.map(|text| text.unwrap_or_default().to_owned()).collect()
    }
}

/// The deployment's key.
#[must_use]
pub fn operator() -> &'static str {
    stack().text("/operator_key")
}

/// Leave for one sensitive call, for the key that will make it.
pub async fn nonce(key: &str, action: &str) -> String {
    let asked = post("/nonces").key(key).json(&json!({"action": action})).send().await.is(201);
    asked.text_at("/nonce").to_owned()
}

/// A key of a store, made by the operator.
pub async fn new_key(store: &str, wish: &Value) -> String {
    let mut body = wish.clone();
    body["name"] = "test".into();
    body["store_id"] = store.into();
    let answer = post("/api-keys").key(operator()).json(&body).send().await;
    answer.is(201).text_at("/key").to_owned()
}

/// The code of a text: what its last line binds to the shop.
#[must_use]
pub fn code_in(text: &str) -> String {
    let last = text.lines().last().unwrap_or_default();
    let code = last.rsplit_once(" #").map(|(_, code)| code.to_owned());
    code.unwrap_or_else(|| panic!("no code in the last line of {text:?}"))
}
