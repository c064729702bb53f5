//! Shoppers who ask for their data, or to be forgotten.

use serde_json::{Value, json};

use crate::{
    Answer, Shop, delete, eventually,
    leaks::Needle,
    patch, post,
    shop::{nonce, wrong},
    waiting::unique,
};

/// A shopper whose every datum is found by chance nowhere.
#[derive(Debug)]
pub struct Shopper {
    /// Their number.
    pub phone: String,
    /// `usr_…`
    pub user: String,
    /// Their sign-ups; the last one verified them.
    pub signups: Vec<String>,
    /// What the shop told of them: name, e-mail, its own id, its session.
    pub told: [String; 4],
}

impl Shopper {
    /// Everything that must be nowhere in clear.
    #[must_use]
    pub fn needles(&self) -> Vec<Needle> {
        let told = self.told.iter().map(|value| Needle::new("what the shop told", value));
        Needle::phone(&self.phone).into_iter().chain(told).collect()
    }
}

/// What an item of somebody's says: what an export tells of it, and what it does not.
struct Attributes {
    kind: &'static str,
    told: &'static [&'static str],
    /// Not of the person: keys and lists, copies of what is told, and how the work goes.
    untold: &'static [&'static str],
}

/// Of every item.
const PLUMBING: [&str; 10] =
    ["pk", "sk", "l_pk", "l_sk", "x_pk", "x_sk", "out", "h", "trace", "ttl"];

const ATTRIBUTES: [Attributes; 4] = [
    Attributes {
        kind: "USR",
        told: &[
            "phone",
            "external_id",
            "name",
            "email",
            "verified_at",
            "first_verified_at",
            "signup",
            "brought_at",
        ],
        untold: &[],
    },
    Attributes {
        kind: "PH",
        told: &[
            "user",
            "signups",
            "letters",
            "tries",
            "row",
            "suppressed",
            "objected",
            "erased",
            "lifted",
            "replied",
            "last_call",
            "marketing",
        ],
        // Who suppressed is a STOP always; ids of an answer and a call that are told by their times.
        untold: &["rev", "suppressed_by", "reply", "called_by"],
    },
    Attributes {
        kind: "SGN",
        told: &[
            "state", "ended", "user", "method", "phone", "route", "sends", "why", "created",
            "expires", "sealed",
        ],
        // Keyed digests of the call, the address and the digits; what the code is derived from.
        untold: &[
            "tries", "tried", "tried_at", "body", "nonce", "code_key", "by", "drawn", "ip", "told",
        ],
    },
    Attributes {
        kind: "MSG",
        told: &[
            "status", "history", "channel", "price", "purpose", "created", "expires", "after",
            "sealed", "phone",
        ],
        // Carriers are named by the history; the store's account with them is the store's.
        untold: &[
            "rank",
            "leg",
            "take",
            "until",
            "carrier",
            "region",
            "accounts",
            "carrier_message_id",
            "route",
            "body",
            "counted",
        ],
    },
];

/// The attributes of an item that nobody has decided about: whether an export tells them.
#[must_use]
pub fn undecided(item: &Value) -> Vec<String> {
    let pk = item["pk"]["S"].as_str().unwrap_or_default();
    let kind = pk.split('#').nth(2).unwrap_or_default();
    let Some(known) = ATTRIBUTES.iter().find(|known| known.kind == kind) else { return Vec::new() };
    // A user's entries in the ledger are told whole.
    if kind == "USR" && item["sk"]["S"] != "-" {
        return Vec::new();
    }
    let names = item.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let decided = |name: &str| {
        let all = known.told.iter().chain(known.untold).chain(&PLUMBING);
        all.copied().any(|known| known == name) || (kind == "PH" && name.starts_with("n_"))
    };
    names.filter(|name| !decided(name)).map(str::to_owned).collect()
}

fn body(phone: &str, [name, email, customer, session]: &[String; 4]) -> Value {
    json!({
        "phone": phone,
        "customer": {"external_id": customer, "name": name, "email": email},
        "context": {"ip": "198.51.100.77", "session_id": session,
            "page_url": "https://shop.example/join"},
        "consents": [{"purpose": "offers", "channel": "sms", "granted": true,
            "wording_version": "v1", "wording": "Text me offers."}],
        "metadata": {"basket": "b-7"},
    })
}

/// Signs up twice, mistypes, registers.
pub async fn registers(shop: &Shop, phone: &str) -> Shopper {
    let name = format!("Zebedee {}", unique());
    let told = [name, format!("{}@letters.example", unique()), unique(), unique()];
    let start = async || {
        let started = shop.starts(&body(phone, &told)).await.is(202);
        started.text_at("/id").to_owned()
    };
    let signups = vec![start().await, start().await];
    let code = shop.code(&signups[1]).await;
    shop.types(&signups[1], &wrong(&code, 1)).await.refused(422, "code_incorrect");
    let verified = shop.types(&signups[1], &code).await.is(200);
    for id in &signups {
        shop.delivery_is(id, "delivered", 30).await;
    }
    let user = verified.text_at("/user/id").to_owned();
    Shopper { phone: phone.to_owned(), user, signups, told }
}

/// Asks for an export and waits for it.
pub async fn exports(shop: &Shop, user: &str) -> Value {
    let leave = nonce(&shop.test_key, "export.create").await;
    let call = shop.asks(post("/exports")).json(&json!({"user_id": user}));
    let started = call.header("Audit-Nonce", &leave).send().await.is(202);
    let path = format!("/exports/{}", started.text_at("/id"));
    eventually("the export", 30, || async {
        let read = shop.reads(&path).await.is(200).body;
        (read["status"] != "running").then_some(read)
    })
    .await
}

/// Asks for an erasure and waits for its end.
pub async fn erases(shop: &Shop, user: &str) -> Answer {
    let leave = nonce(&shop.test_key, "user.erase").await;
    let path = format!("/users/{user}");
    let asked = shop.asks(delete(&path)).header("Audit-Nonce", &leave).send().await.is(202);
    assert_eq!(asked.body["status"], "running");
    eventually("the erasure", 30, || async {
        let asked = shop.asks(delete(&path)).send().await;
        (asked.status == 202 && asked.body["status"] == "erased").then_some(asked)
    })
    .await
}

/// The shop brings a row of its list, and waits until it is worked through.
pub async fn brings(shop: &Shop, row: &Value) {
    let call = shop.asks(post("/imports")).raw(row.to_string());
    let call = call.header("Content-Type", "application/x-ndjson");
    let started = call.header("Idempotency-Key", &unique()).send().await.is(202);
    let path = format!("/imports/{}", started.text_at("/id"));
    eventually("the import's end", 30, || async {
        let read = shop.reads(&path).await.is(200).body;
        (read["status"] == "done").then(|| assert_eq!(read["accepted"], 1, "{read}"))
    })
    .await;
}

/// The shop tells of an order.
pub async fn texts(shop: &Shop, to: &Value) -> Answer {
    let draft = json!({"name": "note", "locale": "en", "kind": "transactional",
        "body": "Your order is on its way."});
    let _ = shop.asks(post("/templates")).json(&draft).send().await.is(201);
    let mut letter = json!({"template": "note", "locale": "en", "purpose": "transactional"});
    for (name, value) in to.as_object().into_iter().flatten() {
        letter[name] = value.clone();
    }
    let call = shop.asks(post("/messages")).json(&letter);
    call.header("Idempotency-Key", &unique()).send().await
}

/// Brings a shopper along whose carrier then tells that they want no texts: a number that ends in
/// 87. Tells the user's id.
pub async fn stopped(shop: &Shop, phone: &str) -> String {
    brought(shop, phone).await;
    refuses(shop, phone).await;
    let search = shop.asks(post("/users/search")).json(&json!({"phone": phone}));
    search.send().await.is(200).data()[0]["id"].as_str().expect("an id").to_owned()
}

/// A shopper of a shop's list, who agreed to offers.
pub async fn brought(shop: &Shop, phone: &str) {
    let purposes = json!({"purposes": ["offers"]});
    let path = format!("/stores/{}", shop.id);
    let _ = patch(&path).key(&shop.live_key).json(&purposes).send().await.is(200);
    let row = json!({"phone": phone, "consents": [{"purpose": "offers", "channel": "sms",
        "granted": true, "occurred_at": "2025-11-28T09:30:00Z", "wording_version": "v1",
        "wording": "Text me offers.", "method": "checkout"}]});
    brings(shop, &row).await;
}

/// A text to a number that ends in 87: its carrier tells that it wants none.
pub async fn refuses(shop: &Shop, phone: &str) {
    let _ = texts(shop, &json!({"to": phone})).await.is(202);
    eventually("the suppression", 30, || async {
        (texts(shop, &json!({"to": phone})).await.status == 403).then_some(())
    })
    .await;
}
