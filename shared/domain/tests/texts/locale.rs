use doorstep_domain::text::locale::{Language, Locale};
use proptest::prelude::*;

fn locale(text: &str) -> Locale {
    text.parse().unwrap()
}

#[test]
fn a_locale_is_written_in_one_way() {
    for (text, written) in [
        ("en", "en"),
        ("EN-gb", "en-GB"),
        ("de_AT", "de-AT"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("cym-GB", "cym-GB"),
    ] {
        assert_eq!(locale(text).as_str(), written);
    }
}

#[test]
fn what_is_no_locale_is_refused() {
    for text in [
        "",
        "e",
        "engl",
        "en-",
        "-GB",
        "en-GBR",
        "en-GB-oxendict",
        "en-u-ca-gregory",
        "e1",
        "en GB",
        "ęn",
        "*",
    ] {
        assert!(text.parse::<Locale>().is_err(), "{text}");
    }
}

#[test]
fn a_text_is_looked_for_in_the_shoppers_language_then_the_shops_then_english() {
    let chain = |shopper: &str, shop: Option<&str>| {
        let chain = locale(shopper).fallbacks(shop.map(locale).as_ref());
        chain.iter().map(Locale::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(chain("cy-GB", Some("de-AT")), "cy-GB cy de-AT de en");
    assert_eq!(chain("zh-Hant-TW", None), "zh-Hant-TW zh-Hant zh en");
    assert_eq!(chain("en-GB", Some("en-GB")), "en-GB en");
    assert_eq!(chain("fr", Some("fr-CA")), "fr fr-CA en");
}

#[test]
fn the_first_language_with_built_in_texts_is_taken() {
    let chosen = |shopper: &str, shop: &str| {
        Language::choose(&locale(shopper).fallbacks(Some(&locale(shop))))
    };
    assert_eq!(chosen("cy-GB", "en-GB"), Language::Welsh);
    assert_eq!(chosen("ja", "de-AT"), Language::German);
    assert_eq!(chosen("ja", "ko"), Language::English);
    assert_eq!(Language::choose([]), Language::English);
}

proptest! {
    #[test]
    fn any_text_may_be_asked_for(text in "\\PC{0,20}") {
        if let Ok(locale) = text.parse::<Locale>() {
            prop_assert_eq!(locale.as_str().parse::<Locale>(), Ok(locale.clone()));
        }
    }
}
