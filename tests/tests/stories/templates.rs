//! A shop's own texts.

use doorstep_tests::{Answer, Shop, drama, eventually, get, patch, post, shop::new_key, unique};
use serde_json::{Value, json};

/// Saves a text with the shop's test key.
pub(crate) async fn save(shop: &Shop, text: &Value) -> Answer {
    shop.asks(post("/templates")).json(text).send().await
}

/// Changes the shop's settings.
pub(crate) async fn set(shop: &Shop, settings: &Value) -> Answer {
    shop.asks(patch(&format!("/stores/{}", shop.id))).json(settings).send().await
}

/// A text of kind `transactional`.
pub(crate) fn news(name: &str, locale: &str, body: &str) -> Value {
    json!({"name": name, "locale": locale, "kind": "transactional", "body": body})
}

fn code(locale: &str, body: &str) -> Value {
    json!({"name": "code", "locale": locale, "kind": "otp", "body": body})
}

const ORDER: &str = "{{ store }}: order {{ order }} is on its way.";

/// A shop whose codes go out in its own words.
async fn with_own_codes(locale: &str) -> Shop {
    let shop = Shop::fresh().await;
    let settings = json!({"templates": {"otp": "code"}, "locale": locale});
    let _ = set(&shop, &settings).await.is(200);
    shop
}

/// What a shopper with this language reads, the code as `0`.
async fn text_in(shop: &Shop, locale: &str, phone: u16) -> String {
    let body = json!({"phone": drama(phone), "locale": locale});
    let id = shop.starts(&body).await.is(202).text_at("/id").to_owned();
    let text = shop.text(&id).await;
    let code = doorstep_tests::shop::code_in(&text);
    text.replace(&code, "0")
}

#[tokio::test]
async fn a_text_is_saved_read_and_listed() {
    let shop = Shop::fresh().await;
    let saved = save(&shop, &news("order", "en-GB", ORDER)).await.is(201);
    let expected = json!({"name": "order", "locale": "en-GB", "version": 1, "kind": "transactional",
        "encoding": "gsm7", "segments": 1, "placeholders": ["store", "order"], "warnings": []});
    assert_eq!(saved.body, expected);
    for path in ["/templates/order", "/templates/order?locale=en-GB&version=1"] {
        let read = shop.reads(path).await.is(200);
        assert_eq!((read.text_at("/body"), &read.body["version"]), (ORDER, &json!(1)));
        assert_eq!(
            (&read.body["live_version"], &read.body["newest_version"]),
            (&json!(1), &json!(1))
        );
    }
    let _ = save(&shop, &news("bill", "cy", "{{ store }}: bil")).await.is(201);
    assert_eq!(shop.reads("/templates/bill").await.is(200).body["locale"], "cy");
    let listed = shop.reads("/templates").await.is(200);
    let names: Vec<_> = listed.data().iter().map(|text| text["name"].clone()).collect();
    assert_eq!(names, ["bill", "order"]);
    let first = shop.reads("/templates?limit=1").await.is(200);
    let next = first.text_at("/next_cursor");
    let second = shop.reads(&format!("/templates?limit=1&cursor={next}")).await.is(200);
    assert_eq!(
        (second.data()[0]["name"].as_str(), &second.body["next_cursor"]),
        (Some("order"), &Value::Null)
    );
}

#[tokio::test]
async fn another_body_is_another_version_and_the_same_is_none() {
    let shop = Shop::fresh().await;
    for (body, version) in [("one {{ store }}", 1), ("one {{ store }}", 1), ("two {{ store }}", 2)]
    {
        let saved = save(&shop, &news("order", "en", body)).await.is(201);
        assert_eq!(saved.body["version"], version, "{body}");
    }
    let old = shop.reads("/templates/order?locale=en&version=1").await.is(200);
    assert_eq!((old.text_at("/body"), &old.body["live_version"]), ("one {{ store }}", &json!(2)));
}

#[tokio::test]
async fn what_makes_a_text_dearer_is_told() {
    let shop = Shop::fresh().await;
    let saved = save(&shop, &news("order", "en", "{{ store }}: ŵ {{ order }}")).await.is(201);
    assert_eq!(
        (&saved.body["encoding"], saved.text_at("/warnings/0/code")),
        (&json!("ucs2"), "ucs2")
    );
    assert!(saved.text_at("/warnings/0/detail").contains('ŵ'), "{}", saved.text);
}

#[tokio::test]
async fn what_is_wrong_with_a_text_is_told_at_its_member() {
    let shop = Shop::fresh().await;
    let marketing =
        |body: &str| json!({"name": "m", "locale": "en", "kind": "marketing", "body": body});
    for (text, pointer) in [
        (code("en", "Your code for {{ store }}"), "/body"),
        (code("en", "{{ code }} for you"), "/body"),
        (code("en", "{{ code }} {{ store }} https://shop.example"), "/body"),
        (code("en", "{{ code }} {{ store }} {{ name }}"), "/body"),
        (code("en", &format!("{{{{ code }}}} {{{{ store }}}} {}", "long ".repeat(40))), "/body"),
        (news("n", "en", "Sale! 20% off"), "/body"),
        (news("n", "en", "{{ open"), "/body"),
        (news("n", "en", ""), "/body"),
        (marketing("{{ store }}: offers"), "/body"),
        (news("No Name", "en", "x"), "/name"),
        (news("n", "english", "x"), "/locale"),
        (json!({"name": "n", "locale": "en", "kind": "sms", "body": "x"}), "/kind"),
        (json!({"name": "n", "locale": "en", "kind": "otp"}), "/body"),
        (json!({"locale": "en", "kind": "otp", "body": "x"}), "/name"),
        (json!({"name": "n", "locale": "en", "kind": "otp", "body": 7}), "/body"),
    ] {
        let answer = save(&shop, &text).await;
        answer.refused(400, "invalid_member");
        answer.points_at(pointer);
    }
    let mut unknown = news("n", "en", "x");
    unknown["colour"] = "red".into();
    let answer = save(&shop, &unknown).await;
    answer.refused(400, "unknown_member");
    answer.points_at("/colour");
    assert_eq!(shop.reads("/templates").await.is(200).data(), [Value::Null; 0]);
}

#[tokio::test]
async fn a_preview_shows_the_text_and_its_cost() {
    let shop = Shop::fresh().await;
    let _ = save(&shop, &news("order", "en", ORDER)).await.is(201);
    let preview = |body: Value| shop.asks(post("/templates/order/preview")).json(&body).send();
    let shown = preview(json!({"locale": "cy-GB", "variables": {"order": "1042"}})).await.is(200);
    let expected = json!({"text": "Corner Shop: order 1042 is on its way.", "encoding": "gsm7",
        "segments": 1, "estimated_cost": {"amount": "0.024", "currency": "GBP"}});
    assert_eq!(shown.body, expected);
    for (variables, pointer) in [
        (json!({}), "/variables/order"),
        (json!({"order": "1", "colour": "red"}), "/variables/colour"),
        (json!({"order": "1", "store": "Evil"}), "/variables/store"),
    ] {
        let answer = preview(json!({"locale": "en", "variables": variables})).await;
        answer.refused(400, "invalid_member");
        answer.points_at(pointer);
    }
    let _ = save(&shop, &code("en", "{{ code }} for {{ store }}")).await.is(201);
    let call = shop.asks(post("/templates/code/preview")).json(&json!({"locale": "en"}));
    let text = call.send().await.is(200).text_at("/text").to_owned();
    assert_eq!(text, format!("123456 for Corner Shop\n@{} #123456", shop.domain));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let shop = Shop::fresh().await;
    let _ = save(&shop, &news("order", "en", ORDER)).await.is(201);
    for path in [
        "/templates/other",
        "/templates/order?locale=cy",
        "/templates/order?locale=en&version=2",
        "/templates/No%20Name",
    ] {
        shop.reads(path).await.refused(404, "not_found");
    }
    let other = Shop::fresh().await;
    other.reads("/templates/order").await.refused(404, "not_found");
    let live = get("/templates/order").key(&shop.live_key).send().await;
    live.refused(404, "not_found");
    for query in ["version=0", "version=x", "locale=english"] {
        let answer = shop.reads(&format!("/templates/order?{query}")).await;
        answer.refused(400, "invalid_member");
    }
    for (body, status, refusal) in [
        (json!({"locale": "en", "version": 2}), 404, "not_found"),
        (json!({"locale": "cy", "version": 1}), 404, "not_found"),
        (json!({"locale": "en"}), 400, "invalid_member"),
        (json!({"locale": "en", "version": "1"}), 400, "invalid_member"),
    ] {
        let answer = shop.asks(post("/templates/order/rollback")).json(&body).send().await;
        answer.refused(status, refusal);
    }
}

#[tokio::test]
async fn a_text_is_saved_once_per_idempotency_key() {
    let shop = Shop::fresh().await;
    let (key, text) = (unique(), news("order", "en", ORDER));
    let save = |text: &Value| {
        shop.asks(post("/templates")).header("Idempotency-Key", &key).json(text).send()
    };
    let first = save(&text).await.is(201);
    let again = save(&text).await.is(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &first.body));
    save(&news("order", "en", "other")).await.refused(422, "idempotency_key_reused");
    // The same key and body for another text is another call.
    let _ = self::save(&shop, &news("bill", "en", "bill {{ order }}")).await.is(201);
    let key = unique();
    let preview = |name: &str| {
        let call = shop.asks(post(&format!("/templates/{name}/preview")));
        let body = json!({"locale": "en", "variables": {"order": "1"}});
        call.header("Idempotency-Key", &key).json(&body).send()
    };
    assert!(preview("order").await.is(200).text_at("/text").ends_with("way."));
    assert_eq!(preview("bill").await.is(200).text_at("/text"), "bill 1");
}

#[tokio::test]
async fn who_may_not_write_texts_may_read_them_or_neither() {
    let shop = Shop::fresh().await;
    let _ = save(&shop, &news("order", "en", ORDER)).await.is(201);
    let role = |role: &str| json!({"kind": "secret", "role": role, "mode": "test"});
    for (name, writes, reads) in [
        ("marketer", true, true),
        ("developer", true, true),
        ("auditor", false, true),
        ("storefront", false, false),
    ] {
        let key = new_key(&shop.id, &role(name)).await;
        let answer = post("/templates").key(&key).json(&news("order", "en", ORDER)).send().await;
        assert_eq!(answer.status, if writes { 201 } else { 403 }, "{name}: {}", answer.text);
        let answer = get("/templates").key(&key).send().await;
        assert_eq!(answer.status, if reads { 200 } else { 403 }, "{name}: {}", answer.text);
    }
    get("/templates").send().await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn each_purpose_has_its_own_built_in_text() {
    let shop = Shop::fresh().await;
    for (purpose, said) in [
        ("registration", "Corner Shop code"),
        ("login", "sign-in code"),
        ("checkout", "checkout code"),
    ] {
        let body = json!({"phone": drama(40), "purpose": purpose});
        let id = shop.starts(&body).await.is(202).text_at("/id").to_owned();
        let text = shop.text(&id).await;
        assert!(text.contains(said), "{purpose}: {text}");
    }
}

#[tokio::test]
async fn a_code_goes_out_in_the_shops_words_of_the_shoppers_language() {
    let shop = with_own_codes("de-AT").await;
    assert!(text_in(&shop, "cy-GB", 41).await.starts_with("0 yw eich cod"), "still built in");
    for (locale, phone) in [("en", 42), ("de", 43), ("cy", 44), ("cy-GB", 45)] {
        let _ = save(&shop, &code(locale, &format!("{{{{ code }}}} {locale} {{{{ store }}}}")))
            .await
            .is(201);
        // A sender may know an older choice for 10 s.
        let said = format!("0 {locale} Corner Shop\n@{} #0", shop.domain);
        eventually(&said, 14, || async {
            (text_in(&shop, "cy-GB", phone).await == said).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_changed_text_is_in_codes_within_ten_seconds_and_so_is_the_old_one_again() {
    let shop = with_own_codes("en-GB").await;
    let says = async |words: &str, phone: u16| {
        eventually(words, 14, || async {
            text_in(&shop, "en", phone).await.starts_with(&format!("0 {words}")).then_some(())
        })
        .await;
    };
    let _ = save(&shop, &code("en", "{{ code }} one {{ store }}")).await.is(201);
    says("one", 46).await;
    let _ = save(&shop, &code("en", "{{ code }} two {{ store }}")).await.is(201);
    says("two", 47).await;
    let back = json!({"locale": "en", "version": 1});
    let back = shop.asks(post("/templates/code/rollback")).json(&back).send().await.is(200);
    assert_eq!((&back.body["live_version"], &back.body["newest_version"]), (&json!(1), &json!(2)));
    assert_eq!(back.text_at("/body"), "{{ code }} one {{ store }}");
    says("one", 48).await;
}

#[tokio::test]
async fn a_senders_name_that_networks_block_is_refused_before_a_text_is_lost() {
    let shop = Shop::fresh().await;
    for id in ["AB", "InfoSMS", "Much-Too-Long", "12345", "Shöp"] {
        let answer = set(&shop, &json!({"sender": {"id": id}})).await;
        answer.refused(400, "invalid_member");
        answer.points_at("/sender/id");
    }
    let fine = set(&shop, &json!({"sender": {"id": "CornerShop"}})).await.is(200);
    assert_eq!(fine.body["warnings"], json!([]), "{}", fine.text);
    let doubtful = set(&shop, &json!({"sender": {"id": "RoyalMail"}})).await.is(200);
    assert_eq!(doubtful.text_at("/warnings/0/code"), "protected_brand");
    assert!(doubtful.body["warnings"][0]["detail"].is_string());
}

#[tokio::test]
async fn settings_name_texts_and_when_to_call() {
    let shop = Shop::fresh().await;
    let wish = json!({"templates": {"otp": "code", "welcome": "hello"}, "voice_after_seconds": 30});
    let answer = set(&shop, &wish).await.is(200);
    for member in ["templates", "voice_after_seconds"] {
        assert_eq!(answer.body[member], wish[member]);
    }
    for (body, pointer) in [
        (json!({"templates": {"otp": "No Name"}}), "/templates/otp"),
        (json!({"templates": "code"}), "/templates"),
        (json!({"voice_after_seconds": 9}), "/voice_after_seconds"),
        (json!({"voice_after_seconds": 541}), "/voice_after_seconds"),
        (json!({"voice_after_seconds": "30"}), "/voice_after_seconds"),
    ] {
        let answer = set(&shop, &body).await;
        answer.refused(400, "invalid_member");
        answer.points_at(pointer);
    }
    let unset = set(&shop, &json!({"templates": null, "voice_after_seconds": null})).await.is(200);
    assert!(unset.body["templates"].is_null() && unset.body["voice_after_seconds"].is_null());
}
