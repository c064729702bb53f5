use doorstep_domain::{
    code::Code,
    gsm7::{Encoding, Size, measure},
    link::LinkToken,
    signup::Purpose,
    template::{Identity, Kind, check, fits_one_segment, verification_text},
    text::{
        builtin::{built_in, otp_text},
        link::link_text,
        locale::Language,
        reply,
        spoken::spoken,
        webotp::{Bound, parse},
    },
};

/// Twenty characters.
const STORE: &str = "The Old Corner Shop.";
const SHOP: Identity<'_> = Identity { store: STORE, host: "shop.example" };

fn code() -> Code {
    Code::parse("012345").unwrap()
}

fn all() -> impl Iterator<Item = (Language, Purpose)> {
    let languages = Language::ALL.iter();
    languages.flat_map(|language| Purpose::ALL.iter().map(|purpose| (*language, *purpose)))
}

fn encoding(language: Language) -> Encoding {
    if language == Language::Arabic { Encoding::Ucs2 } else { Encoding::Gsm7 }
}

#[test]
fn every_built_in_text_is_one_segment() {
    assert_eq!(STORE.chars().count(), 20);
    for (language, purpose) in all() {
        let text = otp_text(purpose, language, SHOP, &code());
        let size = Size { encoding: encoding(language), segments: 1 };
        assert_eq!(measure(&text), size, "{text}");
    }
}

#[test]
fn every_built_in_text_keeps_the_rules_of_its_kind() {
    for (language, purpose) in all() {
        let locale = language.as_str().parse().unwrap();
        let checked = check(Kind::Otp, &locale, built_in(purpose, language), SHOP);
        let placeholders = checked.unwrap().placeholders;
        assert_eq!(placeholders, ["code", "store"], "{language:?} {purpose:?}");
    }
}

#[test]
fn every_built_in_text_begins_with_the_code_and_ends_with_the_bound_line() {
    for (language, purpose) in all() {
        let text = otp_text(purpose, language, SHOP, &code());
        assert!(text.starts_with("012345 "), "{text}");
        assert!(text.contains("10"), "how long it is valid: {text}");
        let bound = Bound { host: "shop.example", code: "012345", embedded: None };
        assert_eq!(parse(&text), Some(bound));
    }
}

#[test]
fn every_purpose_has_its_own_text() {
    for language in Language::ALL {
        let [a, b, c] = [Purpose::Registration, Purpose::Login, Purpose::Checkout]
            .map(|purpose| built_in(purpose, *language));
        assert!(a != b && b != c && a != c, "{language:?}");
    }
}

/// The text with a link of the usual length.
fn link(language: Language, identity: Identity<'_>) -> String {
    let token = LinkToken::parse(&"A".repeat(64)).unwrap();
    link_text(language, identity, &token)
}

#[test]
fn a_links_text_is_one_segment_and_two_in_arabic_alone() {
    for language in Language::ALL {
        let segments = if *language == Language::Arabic { 2 } else { 1 };
        let text = link(*language, SHOP);
        assert_eq!(measure(&text), Size { encoding: encoding(*language), segments }, "{text}");
    }
}

#[test]
fn a_links_text_names_the_shop_and_how_long_and_ends_with_the_link() {
    for language in Language::ALL {
        let text = link(*language, SHOP);
        let (words, url) = text.rsplit_once('\n').unwrap();
        assert!(words.contains(STORE) && words.contains("10"), "{text}");
        assert_eq!(url, format!("https://shop.example/l/{}", "A".repeat(64)));
        assert!(parse(&text).is_none(), "a link binds no code: {text}");
    }
}

#[test]
fn a_shops_name_is_data_in_a_links_text() {
    let identity = Identity { store: "{{code}}\n@evil.example #1", ..SHOP };
    let text = link(Language::English, identity);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("{{code}}"), "{text}");
}

/// UAX #9 gives each line the direction of its first strong character.
#[test]
fn arabic_reads_from_the_right_and_its_host_line_from_the_left() {
    for purpose in Purpose::ALL {
        let identity = Identity { store: "Shop", ..SHOP };
        let text = otp_text(*purpose, Language::Arabic, identity, &code());
        let (words, line) = text.split_once('\n').unwrap();
        let first = words.chars().find(|c| c.is_alphabetic()).unwrap();
        assert!(('\u{600}'..='\u{6ff}').contains(&first), "{words}");
        assert!(line.is_ascii());
    }
}

#[test]
fn the_english_texts_read_well() {
    insta::assert_snapshot!(verification_text("Corner Shop", "shop.example", &code()), @r"
    012345 is your Corner Shop code. It is valid for 10 minutes. Do not share it with anyone.
    @shop.example #012345
    ");
}

#[test]
fn a_name_that_would_cost_a_second_segment_does_not_fit() {
    assert!(fits_one_segment("Café Été", "shop.example"));
    assert!(!fits_one_segment("Siop Tŷ", "shop.example"), "UCS-2");
    // The longest text is the one for a checkout: 160 less its words and the host.
    assert!(fits_one_segment(&"n".repeat(51), "shop.example"));
    assert!(!fits_one_segment(&"n".repeat(52), "shop.example"), "two segments");
}

#[test]
fn every_answer_to_a_shopper_is_one_segment() {
    for language in Language::ALL {
        let help = reply::help(*language, STORE, "https://shop.example/help");
        assert!(help.contains("https://shop.example/help ") || help.contains("/help."), "{help}");
        assert!(help.contains("STOP"), "{help}");
        for text in [help, reply::stopped(*language, STORE)] {
            assert!(text.contains(STORE));
            let size = Size { encoding: encoding(*language), segments: 1 };
            assert_eq!(measure(&text), size, "{text}");
        }
    }
}

#[test]
fn a_call_says_the_digits_apart_twice_and_only_after_a_key() {
    for language in Language::ALL {
        let spoken = spoken(*language, "Corner\nShop", &code());
        assert_eq!(spoken.words.matches("0, 1, 2, 3, 4, 5").count(), 2, "{}", spoken.words);
        assert!(spoken.words.contains("Corner Shop"));
        assert!(spoken.prompt.contains("Corner Shop"));
        assert!(!spoken.prompt.contains(|c: char| c.is_ascii_digit()), "{}", spoken.prompt);
        assert!(spoken.language.starts_with(language.as_str()), "{}", spoken.language);
    }
}

#[test]
fn a_spoken_code_does_not_print_itself() {
    let spoken = spoken(Language::Welsh, "Siop Tŷ", &code());
    assert_eq!(format!("{spoken:?}"), "Spoken(cy-GB)");
}
