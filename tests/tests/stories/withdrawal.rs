//! Fifty shoppers who change their minds, with texts on the way: over HTTP, as a store sees it.

use doorstep_tests::{Shop, delete, drama, eventually, post, shop::nonce, unique, waiting::now};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    consents::{asking, tells, user_of},
    imports::brings_one,
};

/// When all that waits goes out, after the first deed.
const HOUR: SignedDuration = SignedDuration::from_secs(100);
/// What one shopper does.
const DEEDS: usize = 8;

/// What holds of a shopper: see the domain's `withdrawal` stories. Times are numbers of deeds.
#[derive(Debug, Default)]
struct Shopper {
    phone: String,
    known: bool,
    erased: bool,
    deeds: u32,
    yes: Option<u32>,
    told: bool,
    no: Option<u32>,
    started: Vec<(String, bool, u32)>,
    waiting: Vec<String>,
    forgotten: Vec<String>,
}

impl Shopper {
    fn allows(&self) -> bool {
        self.yes > self.no || (self.told && self.no.is_none())
    }

    fn takes_back(&mut self) {
        self.no = Some(self.deeds);
    }

    async fn does(&mut self, shop: &Shop, deed: u64, hour: Timestamp) {
        self.deeds += 1;
        match deed {
            0 | 1 => self.starts(shop, deed == 0).await,
            7..10 if !self.started.is_empty() => self.types(shop).await,
            2 if self.known => {
                let no = json!({"purpose": "offers", "channel": "sms", "granted": false});
                let user = self.user(shop).await;
                let _ = tells(shop, &user, &json!({"consents": [no]})).await.is(200);
                self.takes_back();
            }
            3 if self.known => self.stops_all(shop).await,
            4 => {
                brings_one(shop, &self.phone).await;
                // What a list says of the time before an erasure brings nobody back.
                if !self.erased {
                    (self.known, self.told) = (true, true);
                }
            }
            5 if self.known => self.is_erased(shop).await,
            _ => self.is_written_to(shop, hour).await,
        }
    }

    async fn user(&self, shop: &Shop) -> String {
        user_of(shop, &self.phone).await["id"].as_str().unwrap_or_default().to_owned()
    }

    async fn starts(&mut self, shop: &Shop, yes: bool) {
        let consent = json!({"purpose": "offers", "channel": "sms", "granted": yes,
            "wording_version": "v1"});
        let started = shop.starts(&json!({"phone": self.phone, "consents": [consent]})).await;
        self.started.push((started.is(202).text_at("/id").to_owned(), yes, self.deeds));
    }

    /// The oldest one's code: what was said is as old as the sign-up.
    async fn types(&mut self, shop: &Shop) {
        let (id, yes, deed) = self.started.remove(0);
        let code = shop.code(&id).await;
        let _ = shop.types(&id, &code).await.is(200);
        self.known = true;
        let said = if yes { &mut self.yes } else { &mut self.no };
        *said = (*said).max(Some(deed));
    }

    /// By the page, as a browser without JavaScript sends it.
    async fn stops_all(&mut self, shop: &Shop) {
        let user = self.user(shop).await;
        let link = shop.asks(post(&format!("/users/{user}/preference-link"))).send().await.is(201);
        let token = link.text_at("/url").rsplit('/').next().unwrap_or_default().to_owned();
        let page = post(&format!("/p/{token}")).raw("stop_all=true");
        let page = page.header("Content-Type", "application/x-www-form-urlencoded").send().await;
        let _ = page.is(200);
        self.takes_back();
    }

    async fn is_erased(&mut self, shop: &Shop) {
        let user = self.user(shop).await;
        let leave = nonce(&shop.test_key, "user.erase").await;
        let call = shop.asks(delete(&format!("/users/{user}"))).header("Audit-Nonce", &leave);
        let _ = call.send().await.is(202);
        eventually("nobody is left", 60, || async {
            let gone = shop.reads(&format!("/users/{user}")).await.status == 404;
            gone.then_some(())
        })
        .await;
        self.started.clear();
        self.forgotten.append(&mut self.waiting);
        (self.known, self.told, self.erased) = (false, false, true);
        self.takes_back();
    }

    async fn is_written_to(&mut self, shop: &Shop, hour: Timestamp) {
        let body = json!({"to": self.phone, "template": "offer", "purpose": "offers",
            "send_after": hour.to_string()});
        let call = shop.asks(post("/messages")).json(&body);
        let answer = call.header("Idempotency-Key", &unique()).send().await;
        if self.allows() {
            self.waiting.push(answer.is(202).text_at("/id").to_owned());
        } else {
            answer.refused(403, "consent_required");
        }
    }

    /// All that waited goes out, or nothing of it.
    async fn gets_what_they_agreed_to(&self, shop: &Shop) {
        let expected = if self.allows() { "delivered" } else { "failed" };
        for message in &self.waiting {
            eventually(&format!("{expected} to {self:?}"), 240, || async {
                let read = shop.reads(&format!("/messages/{message}")).await.is(200).body;
                let told = read["status"].as_str().unwrap_or_default();
                let over = ["delivered", "failed"].contains(&told);
                assert!(!over || told == expected, "{told}, not {expected}: {self:?}");
                over.then_some(())
            })
            .await;
        }
        for message in &self.forgotten {
            shop.reads(&format!("/messages/{message}")).await.refused(404, "not_found");
        }
        let path = format!("/sandbox/messages?to={}", self.phone.replace('+', "%2B"));
        let texts = shop.reads(&path).await.is(200);
        let offer = |text: &&Value| text["text"].as_str().is_some_and(|it| it.contains("sale!"));
        let sent = texts.data().iter().filter(offer).count();
        assert_eq!(sent, if self.allows() { self.waiting.len() } else { 0 }, "{self:?}");
    }
}

/// The next of a row of numbers that looks like chance and is always the same (`SplitMix64`).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

#[tokio::test]
async fn fifty_shoppers_who_change_their_minds_get_no_offer_that_they_do_not_want() {
    let shop = asking().await;
    let hour = now() + HOUR;
    let shoppers = (0..50_u16).map(|number| {
        let shop = &shop;
        async move {
            let mut state = u64::from(number);
            let mut shopper = Shopper { phone: drama(number), ..Shopper::default() };
            for _ in 0..DEEDS {
                shopper.does(shop, next(&mut state) % 12, hour).await;
            }
            shopper
        }
    });
    let shoppers: Vec<_> = stream::iter(shoppers).buffer_unordered(6).collect().await;
    let late = now() > hour;
    let checks = shoppers.iter().map(|shopper| shopper.gets_what_they_agreed_to(&shop));
    futures::future::join_all(checks).await;
    assert!(!late, "the deeds lasted longer than the texts waited: make HOUR longer");
    let asked: usize = shoppers.iter().map(|shopper| shopper.waiting.len()).sum();
    assert!(asked > 10, "{asked} texts waited");
    assert!(shoppers.iter().any(|it| it.allows() && !it.waiting.is_empty()), "nobody got any");
}
