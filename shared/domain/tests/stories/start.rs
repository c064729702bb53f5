//! A storefront sends a phone number.

use doorstep_domain::{
    Mode,
    access::Kind,
    carrier::CarrierName,
    consent::Wording,
    guard::signups_of,
    phone::{NumberType, PhoneError, Region},
    reach::NotReached,
    route::Lane,
    signup::{LIFE, State},
    start::{Start, StartError},
};
use doorstep_fakes::{sample, together};
use jiff::SignedDuration;

use crate::shop::{ADA, BOB, Shop};

/// Nothing was written, no event is on its way, and the key opens a sign-up afterwards.
async fn left_no_trace(shop: &Shop, key: &str, good: &str) {
    assert_eq!(shop.memory.signups(), 0);
    assert_eq!(shop.memory.events(), [""; 0]);
    shop.signs_up(good, key).await;
}

#[tokio::test]
async fn a_signup_waits_ten_minutes_for_its_code() {
    let shop = Shop::open();
    let started = shop.asks(shop.call(ADA, "one")).await.unwrap();
    let attempt = started.attempt;
    assert_eq!(attempt.state, State::Pending);
    assert_eq!(attempt.expires_at.duration_since(attempt.created_at), LIFE);
    assert_eq!(LIFE, SignedDuration::from_mins(10));
    assert_eq!(attempt.phone.masked(), "+44•••••••123");
    assert_eq!(shop.memory.events(), ["send/sandbox/0"]);
}

#[tokio::test]
async fn the_same_request_finds_the_same_signup() {
    let shop = Shop::open();
    let first = shop.asks(shop.call(ADA, "one")).await.unwrap();
    shop.pass_seconds(60);
    let again = shop.asks(shop.call(ADA, "one")).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.attempt.id, first.attempt.id);
    assert_eq!(again.attempt.seed, first.attempt.seed);
    assert_eq!(again.attempt.expires_at, first.attempt.expires_at);
    assert_eq!(shop.memory.events().len(), 1, "one text");
}

#[tokio::test]
async fn a_replay_tells_the_signup_as_it_was_when_it_was_started() {
    let shop = Shop::open();
    let first = shop.asks(shop.call(ADA, "one")).await.unwrap().attempt;
    shop.pass_seconds(30);
    shop.resends(first.id, "again").await.unwrap();
    shop.types_right(first.id).await.unwrap();
    let again = shop.asks(shop.call(ADA, "one")).await.unwrap().attempt;
    assert_eq!((again.state, again.sends), (first.state, first.sends));
}

#[tokio::test]
async fn the_same_request_six_times_at_once_is_one_signup_and_one_text() {
    let shop = Shop::open();
    let answers = together((0..6).map(|_| shop.asks(shop.call(ADA, "one")))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|started| !started.replayed).count(), 1);
    assert!(answers.iter().all(|started| started.attempt.seed == answers[0].attempt.seed));
    assert_eq!(shop.memory.signups(), 1);
    assert_eq!(shop.memory.events().len(), 1);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let shop = Shop::open();
    shop.signs_up(ADA, "one").await;
    let answer = shop.asks(shop.call(BOB, "one")).await;
    assert!(matches!(answer, Err(StartError::KeyReused)), "{answer:?}");
}

#[tokio::test]
async fn two_bodies_under_one_key_at_once_are_one_signup_and_one_refusal() {
    let shop = Shop::open();
    let answers =
        together([ADA, BOB].map(|phone| Box::pin(shop.asks(shop.call(phone, "one"))))).await;
    let refused = |answer: &&Result<_, _>| matches!(answer, Err(StartError::KeyReused));
    assert_eq!(answers.iter().filter(refused).count(), 1);
    assert_eq!(shop.memory.signups(), 1);
}

#[tokio::test]
async fn a_yes_is_to_a_purpose_that_the_store_names_if_it_names_any() {
    let mut shop = Shop::open();
    let mut no = sample::consent("prizes");
    no.asked.granted = false;
    let asks = |key: &str, consents| Start { consents, ..shop.call(ADA, key) };
    let slip = asks("one", vec![no.clone(), sample::consent("ofers")]);
    let (open, good) = (asks("two", slip.consents.clone()), asks("one", vec![no]));
    shop.asks(open.clone()).await.unwrap();
    shop.store.settings.purposes = Some(vec!["offers".to_owned()]);
    let refused = shop.asks(slip).await;
    assert!(matches!(refused, Err(StartError::Purpose(1))), "{refused:?}");
    shop.asks(good).await.unwrap();
    assert!(shop.asks(open).await.unwrap().replayed, "whatever changed since");
}

#[tokio::test]
async fn two_requests_for_one_phone_are_two_signups_with_codes_of_their_own() {
    let shop = Shop::open();
    let first = shop.signs_up(ADA, "one").await;
    let second = shop.signs_up(ADA, "two").await;
    assert_ne!(first, second);
    assert!(!shop.code(first).await.matches(&shop.code(second).await));
    assert_eq!(shop.overview(first).await.phone.signups, [first, second]);
}

#[tokio::test]
async fn live_mode_refuses_what_must_not_be_texted_and_writes_nothing() {
    for (number, refusal) in [
        (ADA, "Phone(DramaNumber)"),
        ("07700 900123", "Phone(DramaNumber)"),
        ("+442071838750", "NumberType(FixedLine)"),
        ("+449098790000", "NumberType(Other)"),
        ("+447012345678", "NumberType(Other)"),
        ("+447640123456", "NumberType(Other)"),
        ("+447797712345", "Country(Region([74, 69]))"),
        ("+33612345678", "Country(Region([70, 82]))"),
        ("0800 FLOWERS", "Phone(Malformed)"),
        ("٠٧٤٠٠١٢٣٤٥٦", "Phone(Malformed)"),
        (&"7".repeat(4096), "Phone(Malformed)"),
        ("+44740012345", "Phone(Invalid)"),
    ] {
        let shop = Shop::in_mode(Mode::Live);
        let answer = shop.asks(shop.call(number, "one")).await;
        let refusal = format!("NotReached({refusal})");
        assert_eq!(format!("{:?}", answer.unwrap_err()), refusal, "{number}");
        left_no_trace(&shop, "one", "+447400123456").await;
    }
}

#[tokio::test]
async fn test_mode_refuses_real_numbers_and_writes_nothing() {
    for number in ["+447400123456", "07400 123456", "+12025550123"] {
        let shop = Shop::open();
        let answer = shop.asks(shop.call(number, "one")).await;
        let refused = matches!(
            answer,
            Err(StartError::NotReached(NotReached::Phone(PhoneError::NotADramaNumber)))
        );
        assert!(refused, "{number}: {answer:?}");
        left_no_trace(&shop, "one", ADA).await;
    }
}

#[tokio::test]
async fn a_store_that_lacks_settings_says_which_and_writes_nothing() {
    for (mode, number) in [(Mode::Live, "+447400123456"), (Mode::Test, ADA)] {
        let mut shop = Shop::in_mode(mode);
        let ready = std::mem::take(&mut shop.store.settings);
        match shop.asks(shop.call(number, "one")).await {
            Err(StartError::NotReady(missing)) => assert_eq!(missing, ["name", "domain"]),
            other => panic!("{other:?}"),
        }
        shop.store.settings = ready;
        left_no_trace(&shop, "one", number).await;
    }
}

#[tokio::test]
async fn a_store_may_allow_other_countries() {
    let mut shop = Shop::in_mode(Mode::Live);
    shop.store.settings.allowed_countries = Some([Region::parse("JE").unwrap()].into());
    shop.signs_up("+447797712345", "one").await;
    let answer = shop.asks(shop.call("+447400123456", "two")).await;
    assert!(
        matches!(answer, Err(StartError::NotReached(NotReached::Country(Region::GB)))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_national_number_is_read_in_the_country_that_the_call_or_the_store_names() {
    let mut shop = Shop::in_mode(Mode::Live);
    shop.signs_up("07400 123456", "one").await;
    shop.store.settings.country = None;
    let unknown = shop.asks(shop.call("07400 123456", "two")).await;
    assert!(
        matches!(unknown, Err(StartError::NotReached(NotReached::Phone(PhoneError::Invalid)))),
        "{unknown:?}"
    );
    let named = Start { country: Some(Region::GB), ..shop.call("07400 123456", "two") };
    let attempt = shop.asks(named).await.unwrap().attempt;
    assert_eq!(attempt.phone.expose(), "+447400123456");
    assert_eq!(attempt.phone.kind(), NumberType::Mobile);
}

#[tokio::test]
async fn a_number_has_one_index_however_it_is_written() {
    let shop = Shop::in_mode(Mode::Live);
    let first = shop.signs_up("+447400123456", "one").await;
    let second = shop.signs_up("0044 (0)7400 123-456", "two").await;
    let phone = shop.attempt(first).await.phone;
    let found = signups_of(&*shop.memory, &shop.whole().shared, &phone).await.unwrap();
    assert_eq!(found, [second, first]);
}

#[tokio::test]
async fn live_texts_never_go_to_the_sandbox_and_test_texts_go_nowhere_else() {
    let route = [CarrierName::Sandbox, CarrierName::Eum, CarrierName::Sandbox2];
    let route: Vec<_> = route.map(Lane::from).into();
    let shop = Shop::in_mode(Mode::Live);
    let live = Start { live_route: route.clone(), ..shop.call("+447400123456", "one") };
    assert_eq!(shop.asks(live).await.unwrap().attempt.route, [CarrierName::Eum]);
    let shop = Shop::open();
    let test = Start { live_route: route, ..shop.call(ADA, "one") };
    let sandboxes = [CarrierName::Sandbox, CarrierName::Sandbox2];
    assert_eq!(shop.asks(test).await.unwrap().attempt.route, sandboxes);
}

#[tokio::test]
async fn live_mode_without_a_carrier_starts_and_counts_nothing() {
    let shop = Shop::in_mode(Mode::Live);
    let number = "+447400123456";
    // More often than a number gets texts in an hour.
    for route in [None, Some(CarrierName::Sandbox), Some(CarrierName::Twilio)].repeat(3) {
        let live_route = route.map(Lane::from).into_iter().collect();
        match shop.asks(Start { live_route, ..shop.call(number, "one") }).await {
            Err(StartError::NotReady(missing)) => assert_eq!(missing, ["carrier"]),
            other => panic!("{other:?}"),
        }
    }
    left_no_trace(&shop, "one", number).await;
    let shop = Shop::open();
    let test = Start { live_route: vec![], ..shop.call(ADA, "one") };
    shop.asks(test).await.expect("test mode goes to the sandbox");
}

#[tokio::test]
async fn a_consent_keeps_the_hash_of_the_words_that_were_shown() {
    let mut shop = Shop::open();
    let shown = Wording("Text me offers from Corner Shop.".to_owned());
    let attempt = shop.asks(shop.call(ADA, "one")).await.unwrap().attempt;
    assert_eq!(attempt.consents[0].wording, Some(shown.hash()));
    let own = "Offers by text, twice a month.";
    shop.store.settings.wordings = Some(vec![("2027-01".to_owned(), own.to_owned())]);
    let mut call = shop.call(ADA, "two");
    call.consents[0].wording = None;
    let attempt = shop.asks(call).await.unwrap().attempt;
    assert_eq!(attempt.consents[0].wording, Some(Wording(own.to_owned()).hash()));
}

#[tokio::test]
async fn nothing_of_the_shopper_is_printed() {
    let shop = Shop::open();
    let call = Start { started_by: Kind::Publishable, ..shop.call(ADA, "one") };
    let started = shop.asks(call).await.unwrap();
    let printed = format!("{started:?} {:?}", sample::data_keys(Mode::Test));
    for secret in ["7700900123", "Ada", "ada@", "cust-42"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
