//! A shopper who agreed to two of three purposes, in a language of theirs.

use doorstep_tests::{Shop, drama, emulator, get, patch, post};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{here, scans};

/// The languages that the pages are looked at in.
pub(crate) const LOCALES: [&str; 3] = ["en-GB", "cy-GB", "ar"];

pub(crate) struct Shopper {
    shop: String,
    /// The page of their preferences.
    pub(crate) url: String,
    path: String,
}

/// A shop with a purpose that nobody was asked for yet, and one without words.
async fn shop(locale: &str) -> Shop {
    let shop = Shop::fresh().await;
    let page = |name| format!("https://{}/{name}", shop.domain);
    let settings = json!({
        "purposes": ["offers", "surveys", "news", "partners"],
        "wordings": {"offers-1": words(locale, 0), "surveys-1": words(locale, 1), "news-1": words(locale, 2)},
        "help_url": page("help"), "privacy_url": page("privacy"), "locale": locale,
    });
    let path = format!("/stores/{}", shop.id);
    let _ = patch(&path).key(&shop.test_key).json(&settings).send().await.is(200);
    shop
}

fn words(locale: &str, at: usize) -> &'static str {
    let all = match locale {
        "cy-GB" => [
            "Anfonwch gynigion ataf drwy neges destun, hyd at ddwy waith yr wythnos.",
            "Gofynnwch i mi beth rwy'n ei feddwl ar ôl prynu rhywbeth.",
            "Dywedwch wrthyf pan fydd y siop yn agor cangen newydd.",
        ],
        "ar" => [
            "أرسلوا إليّ العروض في رسائل نصية، مرتين في الأسبوع على الأكثر.",
            "اسألوني عن رأيي بعد كل شراء.",
            "أخبروني حين يفتح المتجر فرعًا جديدًا.",
        ],
        _ => [
            "Text me offers from Corner Shop, up to twice a week.",
            "Ask me what I think after I bought something.",
            "Tell me when the shop opens a new branch.",
        ],
    };
    all[at]
}

fn consents() -> Value {
    let yes = |purpose: &str| json!({"purpose": purpose, "channel": "sms", "granted": true, "wording_version": format!("{purpose}-1")});
    json!([yes("offers"), yes("surveys")])
}

impl Shopper {
    pub(crate) async fn of(locale: &str) -> Self {
        let shop = shop(locale).await;
        let body = json!({"phone": drama(30), "locale": locale, "consents": consents()});
        let id = shop.starts(&body).await.is(202).text_at("/id").to_owned();
        let code = shop.code(&id).await;
        let verified = shop.types(&id, &code).await.is(200);
        let user = verified.text_at("/user/id").to_owned();
        let call = shop.asks(post(&format!("/users/{user}/preference-link")));
        let made = call.send().await.is(201);
        let url = made.text_at("/url");
        let path = url.strip_prefix(&format!("https://{}", shop.domain)).expect("the shop's host");
        let (url, path) = (here(path), path.to_owned());
        Self { shop: shop.id, url, path }
    }

    /// All that the page shows.
    pub(crate) async fn preferences(&self) -> Value {
        let call = get(&self.path).header("Accept", "application/json");
        call.send().await.is(200).body
    }

    /// What is on.
    pub(crate) async fn on(&self) -> Vec<String> {
        let all = self.preferences().await;
        let all = all["purposes"].as_array().expect("a list").iter();
        let on = all.filter(|it| it["on"] == true).map(|it| it["purpose"].as_str());
        on.map(|it| it.unwrap_or_default().to_owned()).collect()
    }

    /// How much is at rest of the shop, test and live.
    pub(crate) async fn items(&self) -> usize {
        emulator::items_of(&self.shop).await.len()
    }

    /// The link of a text and the one that the shop hands on, as scanners read them.
    pub(crate) async fn is_scanned(&self) {
        let short = self.path.replace("/preferences/", "/p/");
        for method in [Method::HEAD, Method::GET, Method::GET, Method::HEAD] {
            for path in [&self.path, &short] {
                let _ = scans(method.clone(), path).send().await.is(200);
            }
        }
    }
}

/// The page of a sign-up by link.
pub(crate) async fn link(locale: &str) -> String {
    let shop = shop(locale).await;
    let mut consents = consents();
    consents[1]["granted"] = json!(false);
    let body =
        json!({"phone": drama(31), "locale": locale, "method": "link", "consents": consents});
    let id = shop.starts(&body).await.is(202).text_at("/id").to_owned();
    let text = shop.text(&id).await;
    let host = format!("https://{}", shop.domain);
    let path = text.lines().last().and_then(|line| line.strip_prefix(&host));
    here(path.expect("a link in the text"))
}
