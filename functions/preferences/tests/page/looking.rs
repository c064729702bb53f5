//! What a shopper sees, and that looking changes nothing.

use doorstep_domain::{
    Mode,
    access::{Kind, Role},
    id::UserId,
    ports::{Stores, Suppressions},
    store::{Settings, Store},
    token::PlainKey,
};
use doorstep_edge::{Call, call::Caller, http::Routes};
use doorstep_fakes::{Seeded, sample};
use serde_json::json;

use crate::world::{JSON, World, header, html, store};

#[tokio::test]
async fn looking_in_any_way_changes_nothing() {
    let world = World::new().await;
    let before = (world.entries().await, world.ports().signups(), world.ports().events());
    let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36";
    let looks = [("user-agent", chrome), ("sec-purpose", "prefetch"), ("accept", "text/html")];
    for method in ["GET", "HEAD", "GET", "HEAD"] {
        let answer = world.routes.answer(&world.call(method, &looks)).await.unwrap();
        assert_eq!((answer.status, answer.text.is_some()), (200, method == "GET"));
    }
    let after = (world.entries().await, world.ports().signups(), world.ports().events());
    assert_eq!(before, after);
    assert_eq!(world.live().await, ["offers"]);
}

#[tokio::test]
async fn stopping_everything_is_the_first_control_and_needs_no_script() {
    let page = World::new().await.looks().await;
    let text = html(&page);
    let first = text.find("<button").unwrap();
    assert!(text[first..].starts_with("<button type=\"submit\" name=\"stop_all\""));
    assert!(!text[..first].contains("<a ") && !text[..first].contains("<textarea"));
    for part in ["<script", "src=", "onclick", "<img", "action="] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
}

#[tokio::test]
async fn a_page_keeps_its_address_to_itself() {
    let world = World::new().await;
    for answer in [world.looks().await, world.presses("stop_all=true").await] {
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
        assert!(header(&answer, "x-robots-tag").contains("noindex"));
        let policy = header(&answer, "content-security-policy");
        for part in ["default-src 'none'", "form-action 'self';", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!html(&answer).contains(&world.token));
        assert!(html(&answer).contains(
            "<a href=\"https://shop.example/help?a=1&amp;b=2\" rel=\"noreferrer\">Help</a>"
        ));
    }
}

#[tokio::test]
async fn each_purpose_is_on_or_off_with_its_words_and_what_happened_is_told() {
    let world = World::new().await;
    let text = html(&world.looks().await).to_owned();
    for part in [
        "Corner Shop",
        "<legend dir=\"auto\">Offers (SMS)</legend>",
        "Text me offers from Corner Shop.",
        "name=\"off\" value=\"offers/sms\" aria-label=\"Switch off: Offers (SMS)\"",
        "Ask me &lt;b&gt;what&lt;/b&gt; I think.",
        "name=\"on\" value=\"surveys/sms\"",
        "<bdi>Offers (SMS)</bdi>: <strong>You agreed</strong> with a code",
        "Europe/London",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(!text.contains("value=\"news/sms\""), "there are no words to agree to");
    assert!(text.contains("This cannot be switched on here."));
}

#[tokio::test]
async fn a_program_reads_the_same() {
    let world = World::new().await;
    let read = world.reads().await;
    assert_eq!(read["store"], "Corner Shop");
    let seen: Vec<_> = read["purposes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            json!([it["purpose"], it["channel"], it["state"], it["on"], it["can_be_granted"]])
        })
        .collect();
    assert_eq!(
        json!(seen),
        json!([
            ["offers", "sms", "granted", true, true],
            ["surveys", "sms", "unasked", false, true],
            ["news", "sms", "unasked", false, false],
        ])
    );
    assert_eq!(read["purposes"][0]["wording"], "Text me offers from Corner Shop.");
    let event = &read["history"][0];
    assert_eq!((&event["event"], &event["door"]), (&json!("granted"), &json!("signup_code")));
    assert_eq!(event["wording"], "Text me offers from Corner Shop.");
    assert!(read["expires_at"].is_string() && read.get("changed").is_none());
}

#[tokio::test]
async fn the_words_shown_are_those_that_were_agreed_to_not_those_of_today() {
    let world = World::new().await;
    let own = Settings {
        wordings: Some(vec![("offers-2".to_owned(), "Other words.".to_owned())]),
        ..store().own
    };
    let changed = Store { revision: 1, own, ..store() };
    world.ports().save(&changed).await.unwrap();
    let read = world.reads().await;
    assert_eq!(read["purposes"][0]["wording"], "Text me offers from Corner Shop.");
}

#[tokio::test]
async fn a_page_speaks_the_language_that_the_shopper_was_asked_in() {
    let world = World::of(store(), |mut call| {
        call.locale = Some("ar-SA".to_owned());
        call
    });
    let world = world.await;
    let call = world.call("GET", &[("accept-language", "fr")]);
    let answer = world.routes.answer(&call).await.unwrap();
    assert!(html(&answer).contains("<html lang=\"ar\" dir=\"rtl\">"));
    assert!(html(&answer).contains("أوقف كل شيء"));
}

#[tokio::test]
async fn who_texted_stop_is_told_and_offered_nothing_to_switch_on() {
    let world = World::new().await;
    let keys = sample::data_keys(Mode::Test);
    let phone = keys.phone_index(
        &doorstep_domain::phone::PhoneNumber::parse("+447700900123", None, Mode::Test).unwrap(),
    );
    let now = doorstep_domain::ports::Clock::now(world.ports());
    assert!(world.ports().suppress(&keys, &phone, now, "").await.unwrap());
    let text = html(&world.looks().await).to_owned();
    assert!(text.contains("Text START to the shop"), "{text}");
    assert!(!text.contains("name=\"on\""), "{text}");
    let body = r#"{"consents":[{"purpose":"surveys","channel":"sms","granted":true}]}"#;
    assert_eq!(world.posts(body).await.unwrap_err().status, 409);
    assert_eq!(world.ports().signups(), 1);
}

#[tokio::test]
async fn a_shop_gets_a_link_for_its_own_user_alone() {
    let world = World::new().await;
    let ask = async |user: String, role| {
        let plain = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(9));
        let key = sample::api_key(&plain, Some(sample::STORE), role).into();
        let call = Call {
            route: "POST /users/{id}/preference-link".to_owned(),
            path: [("id".to_owned(), user)].into(),
            caller: Some(Caller { key, replay: None }),
            ..Call::default()
        };
        world.routes.answer(&call).await
    };
    for unknown in [UserId::from_bits(9).to_string(), "x".to_owned()] {
        assert_eq!(ask(unknown, Role::Owner).await.unwrap_err().status, 404);
    }
    let user = || world.user.to_string();
    assert_eq!(ask(user(), Role::Finance).await.unwrap_err().status, 403);
    let made = ask(user(), Role::Owner).await.unwrap();
    let body = made.body.unwrap();
    let url = format!("https://shop.example/preferences/{}", world.token);
    assert_eq!((made.status, body["url"].as_str()), (201, Some(url.as_str())));
    let call = world.call("GET", &[("accept", JSON)]);
    let call = Call { route: "GET /preferences/{token}".to_owned(), ..call };
    let read = world.routes.answer(&call).await.unwrap().body.unwrap();
    assert_eq!(read["expires_at"], body["expires_at"]);
}
