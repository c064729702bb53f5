//! A shopper gets a link in place of a code.

use doorstep_domain::gsm7::{Encoding, Size, measure};
use doorstep_tests::{
    Answer, Call, Shop, drama, emulator, eventually, get, mobile, patch, post, unique,
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// A sign-up by link: what its text carries, and what the shop's page shows.
struct Link {
    started: Answer,
    id: String,
    path: String,
    digits: String,
}

impl Link {
    async fn of(shop: &Shop, body: Value) -> Self {
        let mut body = body;
        body["method"] = json!("link");
        let started = shop.starts(&body).await.is(202);
        let (id, digits) =
            (started.text_at("/id").to_owned(), started.text_at("/match").to_owned());
        let text = shop.text(&id).await;
        Self { started, id, path: path(&text, &shop.domain), digits }
    }

    async fn posts(&self, digits: &str) -> Answer {
        let call = post(&self.path).header("Content-Type", "application/x-www-form-urlencoded");
        call.raw(format!("match={digits}")).send().await
    }

    async fn status(&self, shop: &Shop) -> String {
        let read = shop.reads(&format!("/signups/{}", self.id)).await.is(200);
        read.text_at("/status").to_owned()
    }

    fn wrong(&self) -> String {
        let digits: u8 = self.digits.parse().expect("two digits");
        format!("{:02}", (digits + 1) % 100)
    }
}

/// The path of a text's link, which is on the shop's own host.
fn path(text: &str, domain: &str) -> String {
    let start = format!("https://{domain}");
    let path = text.lines().last().and_then(|line| line.strip_prefix(&start));
    let path = path.unwrap_or_else(|| panic!("no link in {text:?}"));
    assert!(path.starts_with("/l/"), "{path}");
    path.to_owned()
}

fn consents() -> Value {
    json!([
        {"purpose": "offers", "channel": "sms", "granted": true, "wording_version": "v1",
         "wording": "Text me <b>offers</b>."},
        {"purpose": "surveys", "channel": "sms", "granted": true, "wording_version": "v9"},
    ])
}

#[tokio::test]
async fn a_shopper_follows_a_link_and_is_verified() {
    let shop = Shop::fresh().await;
    let link = Link::of(&shop, json!({"phone": drama(20), "consents": consents()})).await;
    let told = &link.started.body;
    assert_eq!((&told["method"], &told["attempts_remaining"]), (&json!("link"), &json!(5)));
    assert!(link.digits.len() == 2 && link.digits.bytes().all(|b| b.is_ascii_digit()));

    let page = get(&link.path).send().await.is(200);
    assert!(page.text.contains("Text me &lt;b&gt;offers&lt;/b&gt;."), "{}", page.text);
    assert!(page.text.contains("Corner Shop") && !page.text.contains("<script"));
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
        ("content-type", "text/html"),
        ("content-security-policy", "form-action 'self'"),
    ] {
        assert!(page.header(name).is_some_and(|told| told.contains(value)), "{name}");
    }
    let done = link.posts(&link.digits).await.is(200);
    assert!(done.text.contains("Your number is confirmed"), "{}", done.text);

    let read = shop.reads(&format!("/signups/{}", link.id)).await.is(200);
    assert_eq!((&read.body["status"], &read.body["method"]), (&json!("verified"), &json!("link")));
    assert!(read.body.get("match").is_none());
    let kept: Vec<_> = read.body["consents"].as_array().into_iter().flatten().collect();
    assert_eq!(kept.len(), 1, "words that nobody could read are not agreed to");
    assert_eq!(kept[0]["purpose"], "offers");
    let timeline = shop.timeline(&link.id).await;
    assert!(timeline.contains(&"link.confirmed".to_owned()), "{timeline:?}");
}

#[tokio::test]
async fn a_scanner_that_reads_like_a_browser_changes_nothing() {
    let shop = Shop::fresh().await;
    let link = Link::of(&shop, json!({"phone": drama(21)})).await;
    let before = emulator::items_of(&shop.id).await.len();
    let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                  Chrome/141.0.0.0 Safari/537.36";
    for method in [Method::HEAD, Method::GET, Method::GET, Method::HEAD] {
        let call = Call::new(method, &link.path).header("User-Agent", chrome);
        let call = call.header("Accept", "text/html,*/*;q=0.8").header("Sec-Purpose", "prefetch");
        let _ = call.send().await.is(200);
    }
    assert_eq!(link.status(&shop).await, "pending");
    assert_eq!(emulator::items_of(&shop.id).await.len(), before);
    let _ = link.posts(&link.digits).await.is(200);
    assert_eq!(link.status(&shop).await, "verified");
}

#[tokio::test]
async fn wrong_digits_are_the_one_try_and_every_dead_link_looks_alike() {
    let shop = Shop::fresh().await;
    let wrong = Link::of(&shop, json!({"phone": drama(22)})).await;
    let used = Link::of(&shop, json!({"phone": drama(23)})).await;
    let late = Link::of(&shop, json!({"phone": drama(24)})).await;
    let refused = wrong.posts(&wrong.wrong()).await.is(410);
    let _ = used.posts(&used.digits).await.is(200);
    emulator::age(&shop.id, &late.id).await;
    let mut unknown = used.path.clone();
    unknown.replace_range(3..4, if &unknown[3..4] == "A" { "B" } else { "A" });
    for path in [&wrong.path, &used.path, &late.path, &unknown, &"/l/x".to_owned()] {
        let seen = get(path).send().await.is(410);
        assert_eq!(seen.text, refused.text);
    }
    assert_eq!(wrong.posts(&wrong.digits).await.is(410).text, refused.text);
    let json = post(&late.path).json(&json!({"match": late.digits})).send().await;
    json.refused(410, "signup_expired");
    assert_eq!(wrong.status(&shop).await, "pending");
    let timeline = shop.timeline(&wrong.id).await;
    assert!(timeline.contains(&"link.match_wrong".to_owned()), "{timeline:?}");
}

#[tokio::test]
async fn posts_at_once_confirm_once() {
    let shop = Shop::fresh().await;
    let link = Link::of(&shop, json!({"phone": drama(25), "consents": consents()})).await;
    let answers = join_all((0..6).map(|_| link.posts(&link.digits))).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    let items = emulator::items().await;
    let mine = |kind: &str| {
        let found = |item: &&Value| {
            let pk = item["pk"]["S"].as_str().unwrap_or_default();
            pk.contains(&shop.id) && pk.contains(kind)
        };
        items.iter().filter(found).count()
    };
    assert_eq!(mine("#USR#"), 2, "the user and one consent");
}

#[tokio::test]
async fn a_replay_shows_the_same_digits_and_a_resend_sends_the_same_link() {
    let shop = Shop::fresh().await;
    let (key, body) = (unique(), json!({"phone": drama(26), "method": "link"}));
    let first = shop.starts_as(&key, &body).await.is(202);
    let again = shop.starts_as(&key, &body).await.is(202);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, Some("true")));
    let id = first.text_at("/id");
    let link = shop.text(id).await;
    let one = Size { encoding: Encoding::Gsm7, segments: 1 };
    assert!(measure(&link.replace(&shop.domain, "shop.example")) == one, "{link}");
    doorstep_tests::waiting::seconds(31).await;
    let resent = shop.resends(id, &unique()).await.is(202);
    assert!(resent.body["method"] == "link" && resent.body.get("match").is_none());
    let both = eventually("two texts", 20, || async {
        let texts = shop.texts(id).await;
        (texts.len() == 2).then_some(texts)
    });
    assert!(both.await.iter().all(|text| text["text"] == link.as_str()));
}

#[tokio::test]
async fn a_link_has_no_code_and_is_not_read_out() {
    let shop = Shop::fresh().await;
    let link = Link::of(&shop, json!({"phone": drama(27)})).await;
    shop.types(&link.id, "123456").await.refused(409, "conflict");
    let spoken = json!({"phone": drama(27), "method": "link", "channel": "voice"});
    let answer = shop.starts(&spoken).await;
    answer.refused(400, "invalid_member");
    answer.points_at("/channel");
    let call = shop.asks(post(&format!("/signups/{}/resend", link.id)));
    let call = call.header("Idempotency-Key", &unique()).json(&json!({"channel": "voice"}));
    let answer = call.send().await;
    answer.refused(400, "invalid_member");
    answer.points_at("/channel");
}

#[tokio::test]
async fn exhausted_codes_leave_a_link_open() {
    let shop = Shop::fresh().await;
    for number in 0..3 {
        let (id, code) = shop.signs_up_and_reads(&drama(28)).await;
        for n in 0..5 {
            let answer = shop.types(&id, &doorstep_tests::wrong(&code, n)).await;
            assert!(answer.status == 422 || answer.status == 429, "{number}: {}", answer.text);
        }
    }
    let (id, code) = shop.signs_up_and_reads(&drama(28)).await;
    shop.types(&id, &code).await.refused(429, "attempts_exhausted");
    let link = Link::of(&shop, json!({"phone": drama(28)})).await;
    let _ = link.posts(&link.digits).await.is(200);
    assert_eq!(link.status(&shop).await, "verified");
}

#[tokio::test]
async fn a_shop_leads_back_only_where_it_lists() {
    let shop = Shop::fresh().await;
    let wish = |url: &str| json!({"phone": drama(29), "method": "link", "return_url": url});
    let home = format!("https://{}/join", shop.domain);
    let answer = shop.starts(&wish(&home)).await;
    answer.refused(400, "invalid_member");
    answer.points_at("/return_url");
    let lists = patch(&format!("/stores/{}", shop.id)).key(&shop.live_key);
    let _ = lists.json(&json!({"return_urls": [home]})).send().await.is(200);
    doorstep_tests::waiting::seconds(11).await;
    for wrong in ["https://evil.example/", &format!("{home}ed"), &format!("{home}/../admin")] {
        shop.starts(&wish(wrong)).await.refused(400, "invalid_member");
    }
    let link = Link::of(&shop, wish(&format!("{home}/done"))).await;
    let done = post(&link.path).header("Accept", "application/json");
    let done = done.json(&json!({"match": link.digits})).send().await.is(200);
    assert_eq!(done.body, json!({"status": "verified"}));
}

#[tokio::test]
async fn a_live_link_is_one_of_live_mode() {
    let shop = Shop::fresh().await;
    let phone = mobile();
    let call = post("/signups").key(&shop.live_key).header("Idempotency-Key", &unique());
    let started = call.json(&json!({"phone": phone, "method": "link"})).send().await.is(202);
    let sent = || async { emulator::sms_to(&phone).await.pop() };
    let text = eventually("a text by SNS", 20, sent).await;
    let path = path(&text, &shop.domain);
    let confirmed = post(&path).json(&json!({"match": started.text_at("/match")})).send().await;
    assert_eq!(confirmed.is(200).body["status"], "verified");
    let path = format!("/signups/{}", started.text_at("/id"));
    shop.reads(&path).await.refused(404, "not_found");
    let live = get(&path).key(&shop.live_key).send().await.is(200);
    assert_eq!(live.body["status"], "verified");
}

#[tokio::test]
async fn a_browser_shows_the_digits_to_its_shopper() {
    let shop = Shop::fresh().await;
    let call = post("/signups").key(&shop.publishable_key).header("Idempotency-Key", &unique());
    let call = call.header("Origin", &format!("https://{}", shop.domain));
    let started = call.json(&json!({"phone": drama(30), "method": "link"})).send().await.is(202);
    assert_eq!(started.text_at("/match").len(), 2);
    assert!(started.body["attempt_secret"].is_string());
}
