//! Numbers that get no text: a clear answer, nothing written, nothing sent.

use doorstep_tests::{Answer, Shop, drama, emulator, mobile, post, unique};
use serde_json::json;

async fn live(shop: &Shop, phone: &str) -> Answer {
    let call = post("/signups").key(&shop.live_key).json(&json!({"phone": phone}));
    call.header("Idempotency-Key", &unique()).send().await
}

#[tokio::test]
async fn live_mode_says_why_it_refuses_a_number() {
    let shop = Shop::fresh().await;
    let before = emulator::items_of(&shop.id).await.len();
    for (phone, code) in [
        (drama(1).as_str(), "phone_invalid"),
        ("07700900123", "phone_invalid"),
        ("+442071838750", "number_type_not_allowed"),
        ("02071838750", "number_type_not_allowed"),
        ("+449098790000", "number_type_not_allowed"),
        ("07012345678", "number_type_not_allowed"),
        ("07640123456", "number_type_not_allowed"),
        ("+448081570000", "number_type_not_allowed"),
        ("+447797712345", "country_not_allowed"),
        ("+447624123456", "country_not_allowed"),
        ("+12025550123", "country_not_allowed"),
        ("+4915112345678", "country_not_allowed"),
        ("+44", "phone_invalid"),
        ("12", "phone_invalid"),
        ("+999123456789", "phone_invalid"),
        ("+4474001234567890", "phone_invalid"),
    ] {
        live(&shop, phone).await.refused(422, code);
    }
    assert_eq!(emulator::items_of(&shop.id).await.len(), before, "an item was written");
    for phone in ["+442071838750", "+449098790000", "+447797712345"] {
        assert_eq!(emulator::sms_to(phone).await.len(), 0, "{phone}");
    }
}

#[tokio::test]
async fn what_is_no_number_is_refused_clearly() {
    let shop = Shop::fresh().await;
    let before = emulator::items_of(&shop.id).await.len();
    let (long, longer) = ("7".repeat(4_096), "+44".repeat(30));
    for phone in [
        "",
        " ",
        "+",
        "0800 FLOWERS",
        "0740O123456",
        "٠٧٤٠٠١٢٣٤٥٦",
        "०७४००१२३४५६",
        "+44740012345６",
        "tel:+447400123456",
        "+447400123456;ext=1",
        "+447400123456,+447400123457",
        &long,
        &longer,
        "\u{202e}+447400123456",
        "+447400123456\u{0}",
        "null",
    ] {
        let answer = live(&shop, phone).await;
        let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
        let clear = [(422, "phone_invalid"), (400, "invalid_member")];
        assert!(clear.contains(&(answer.status, code.as_str())), "{phone:?}: {}", answer.text);
        answer.refused(answer.status, &code);
        assert!(phone.trim().len() < 5 || !answer.text.contains(phone), "it says {phone} back");
    }
    assert_eq!(emulator::items_of(&shop.id).await.len(), before, "an item was written");
}

#[tokio::test]
async fn a_test_key_takes_drama_numbers_only() {
    let shop = Shop::fresh().await;
    let before = emulator::items_of(&shop.id).await.len();
    for phone in
        [mobile().as_str(), "07400123456", "+442071838750", "+447700901000", "+12025550123"]
    {
        shop.starts(&json!({"phone": phone})).await.refused(422, "phone_invalid");
    }
    assert_eq!(emulator::items_of(&shop.id).await.len(), before, "an item was written");
}

#[tokio::test]
async fn jersey_is_served_where_the_store_allows_it() {
    let shop = Shop::fresh().await;
    let path = format!("/stores/{}", shop.id);
    let change = json!({"allowed_countries": ["GB", "JE"]});
    let _ = shop.asks(doorstep_tests::patch(&path)).json(&change).send().await.is(200);
    let call = || live(&shop, "+447797754321");
    doorstep_tests::eventually("Jersey is allowed", 12, || async {
        let answer = call().await;
        (answer.status == 202).then_some(())
    })
    .await;
}

#[tokio::test]
async fn search_finds_nobody_by_what_is_no_number() {
    let shop = Shop::fresh().await;
    let search = |phone| shop.asks(post("/signups/search")).json(&json!({"phone": phone})).send();
    for phone in ["0800 FLOWERS", "+447400123456"] {
        let answer = search(phone).await;
        let none = answer.status == 200 && answer.data().is_empty();
        assert!(none || answer.status == 422, "{phone}: {}", answer.text);
    }
    let to_a_real_number = shop.reads("/sandbox/messages?to=%2B447400123456").await;
    assert!([400, 422].contains(&to_a_real_number.status), "{}", to_a_real_number.text);
}
