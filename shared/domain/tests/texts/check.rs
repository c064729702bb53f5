use doorstep_domain::{
    gsm7::Encoding,
    template::{Checked, Identity, Kind, Trouble, Warning, check},
};

const SHOP: Identity<'_> = Identity { store: "Corner Shop", host: "shop.example" };

fn checked(kind: Kind, body: &str) -> Result<Checked, Vec<Trouble>> {
    check(kind, &"en-GB".parse().unwrap(), body, SHOP)
}

/// The codes of what is wrong.
fn troubles(kind: Kind, body: &str) -> Vec<&'static str> {
    checked(kind, body).err().unwrap_or_default().iter().map(Trouble::code).collect()
}

#[test]
fn a_code_text_is_one_segment_with_code_shop_and_bound_line() {
    let checked = checked(Kind::Otp, "{{ code }} is your {{ store }} code.").unwrap();
    assert_eq!((checked.encoding, checked.segments), (Encoding::Gsm7, 1));
    assert_eq!(checked.placeholders, ["code", "store"]);
    assert_eq!(checked.warnings, []);
}

#[test]
fn a_code_text_without_code_or_shop_is_refused() {
    assert_eq!(troubles(Kind::Otp, "Welcome"), ["code_missing", "store_missing"]);
    assert_eq!(troubles(Kind::Otp, "{{ code }} for Corner Shop"), ["store_missing"]);
}

#[test]
fn a_code_text_that_would_cost_a_second_segment_is_refused_with_how_much_to_cut() {
    let body = |n| format!("{{{{ code }}}} {{{{ store }}}} {}", "x".repeat(n));
    // 160 less "000000 Corner Shop " and "\n@shop.example #000000".
    assert_eq!(troubles(Kind::Otp, &body(119)), <[&str; 0]>::default());
    assert_eq!(checked(Kind::Otp, &body(120)), Err(vec![Trouble::TooManySegments(1)]));
    let ucs2 = format!("{{{{ code }}}} {{{{ store }}}} ŵ{}", "x".repeat(29));
    assert_eq!(checked(Kind::Otp, &ucs2), Err(vec![Trouble::TooManySegments(1)]));
}

#[test]
fn a_code_text_has_no_link() {
    for link in [
        "https://evil.example/x",
        "www.shop.co",
        "bit.ly/3xYz",
        "(shop.example)",
        "Shop.Example.",
        "x.io?a",
        "münchen.de",
    ] {
        let body = format!("{{{{ code }}}} {{{{ store }}}} {link}");
        assert_eq!(troubles(Kind::Otp, &body), ["link_not_allowed"], "{link}");
    }
    for plain in ["Valid until 10.30 p.m.", "e.g. this...", "10.5 min", "a / b", "Dr. Who"] {
        let body = format!("{{{{ code }}}} {{{{ store }}}} {plain}");
        assert_eq!(troubles(Kind::Otp, &body), <[&str; 0]>::default(), "{plain}");
    }
}

#[test]
fn no_text_writes_the_bound_line_itself() {
    let otp = "{{ code }} {{ store }}\n@shop.example #{{ code }}\n";
    assert!(troubles(Kind::Otp, otp).contains(&"bound_line_not_allowed"));
    let other = "Hello\n@{{ host }} #{{ number }}";
    assert_eq!(troubles(Kind::Transactional, other), ["bound_line_not_allowed"]);
}

#[test]
fn no_shoppers_words_go_to_a_number_that_is_not_proven() {
    let body = "{{ code }} {{ store }} {{ first_name }} {{ help_url }}";
    let refused = ["placeholder_not_allowed", "placeholder_not_allowed"];
    assert_eq!(troubles(Kind::Otp, body), refused);
}

#[test]
fn only_a_code_text_has_the_code() {
    assert_eq!(troubles(Kind::Transactional, "{{ code }}"), ["placeholder_not_allowed"]);
}

#[test]
fn promotion_is_marketing() {
    for words in [
        "Big SALE",
        "20% off",
        "20 % back",
        "a free gift",
        "Buy now!",
        "our offers",
        "Half-Price",
        "black friday",
        "a % of 20%",
    ] {
        let service = format!("Your parcel is here. {words}");
        assert_eq!(troubles(Kind::Transactional, &service), ["promotion_not_allowed"], "{words}");
        let code = format!("{{{{ code }}}} {{{{ store }}}} {words}");
        assert_eq!(troubles(Kind::Otp, &code), ["promotion_not_allowed"], "{words}");
        let marketing = format!("{{{{ store }}}}: {words} {{{{ opt_out }}}}");
        assert_eq!(troubles(Kind::Marketing, &marketing), <[&str; 0]>::default(), "{words}");
    }
    for words in ["wholesale order", "Feel free to call", "order 20 is here", "100 % of 0"] {
        let found = troubles(Kind::Transactional, words);
        assert_eq!(found.is_empty(), !words.contains('%'), "{words}");
    }
}

#[test]
fn words_sell_in_their_own_language() {
    let of = |locale: &str, body: &str| {
        check(Kind::Transactional, &locale.parse().unwrap(), body, SHOP).is_ok()
    };
    assert!(of("it", "Il sale è nel pacco"), "salt");
    assert!(!of("it-IT", "Sconto per te"));
    assert!(!of("pl", "Zniżka dla ciebie"));
    assert!(!of("fr", "Réduction !"));
    assert!(!of("de", "Schnäppchen"));
    assert!(!of("ar", "عرض خاص"));
    assert!(!of("ja", "20%オフ"), "a percentage sells in any language");
}

#[test]
fn marketing_names_the_shop_and_the_way_out() {
    let of = |body: &str| troubles(Kind::Marketing, body);
    assert_eq!(of("New shoes!"), ["store_missing", "opt_out_missing"]);
    assert_eq!(of("CORNER SHOP: new shoes! {{ opt_out }}"), <[&str; 0]>::default());
    let stop = "{{ store }}: new shoes! Text STOP to {{ inbound_number }}";
    assert_eq!(of(stop), <[&str; 0]>::default());
    assert_eq!(of("{{ store }}: new shoes! Reply STOP"), ["opt_out_missing"], "to which number?");
    assert_eq!(of("{{ store }}: new! {{ inbound_number }}"), ["opt_out_missing"]);
    let nameless = Identity { store: "", ..SHOP };
    let found = check(Kind::Marketing, &"en".parse().unwrap(), "New! {{ opt_out }}", nameless);
    assert_eq!(found, Err(vec![Trouble::StoreMissing]));
}

#[test]
fn what_raises_the_price_is_told() {
    let warnings = |body: &str| checked(Kind::Transactional, body).unwrap().warnings;
    assert_eq!(warnings("Plain text, £5"), []);
    assert_eq!(warnings("It’s – here"), [Warning::Ucs2(vec!['’', '–'])]);
    assert_eq!(warnings("[here] €"), [Warning::Doubled(vec!['[', ']', '€'])]);
    assert_eq!(warnings(&"x".repeat(161)), [Warning::Segments(2)]);
    let both = warnings(&format!("’{}", "x".repeat(140)));
    assert_eq!(both, [Warning::Ucs2(vec!['’']), Warning::Segments(3)]);
    assert_eq!(
        both.iter().map(|warning| (warning.code(), warning.to_string())).collect::<Vec<_>>(),
        [
            ("ucs2", "a segment holds 70 characters instead of 160, because of ’".to_owned()),
            ("segments", "about 3 segments, each of which is paid for".to_owned()),
        ]
    );
}

#[test]
fn a_value_that_is_not_known_yet_counts_as_twenty_letters() {
    let body = |n| format!("{{{{ name }}}}{}", "x".repeat(n));
    assert_eq!(checked(Kind::Transactional, &body(140)).unwrap().segments, 1);
    assert_eq!(checked(Kind::Transactional, &body(141)).unwrap().segments, 2);
}

#[test]
fn a_trouble_says_where_and_what_to_do() {
    let said = |body: &str| {
        let troubles = checked(Kind::Otp, body).unwrap_err();
        (troubles[0].pointer(), troubles[0].code(), troubles[0].to_string())
    };
    assert_eq!(
        said("Hi {{ code"),
        (
            "/body",
            "body_malformed",
            r"close the placeholder at character 4 with }}, or write \{{ for two braces".to_owned()
        )
    );
    assert_eq!(
        said("{{ store }}").2,
        "put {{ code }} where the six digits belong, best at the beginning"
    );
}
