use doorstep_domain::gsm7::{
    Encoding::{Gsm7, Ucs2},
    Size, decode, encode, expensive, extended, measure, split, transliterate, units,
};
use proptest::prelude::*;

/// Counted by hand after 3GPP TS 23.038 and 23.040: text, encoding, units, segments.
#[test]
fn segments_are_counted_as_carriers_do() {
    let (a, y, euro, smile) = ("a", "ŷ", "€", "😀");
    for (text, encoding, size, segments) in [
        (String::new(), Gsm7, 0, 0),
        (a.repeat(160), Gsm7, 160, 1),
        (a.repeat(161), Gsm7, 161, 2),
        (a.repeat(306), Gsm7, 306, 2),
        (a.repeat(307), Gsm7, 307, 3),
        (euro.repeat(80), Gsm7, 160, 1),
        (euro.repeat(81), Gsm7, 162, 2),
        (a.repeat(152) + euro + &a.repeat(152), Gsm7, 306, 3),
        (y.repeat(70), Ucs2, 70, 1),
        (y.repeat(71), Ucs2, 71, 2),
        (y.repeat(134), Ucs2, 134, 2),
        (smile.repeat(35), Ucs2, 70, 1),
        (smile.repeat(36), Ucs2, 72, 2),
        (smile.repeat(67), Ucs2, 134, 3),
        (y.repeat(66) + smile + &y.repeat(66), Ucs2, 134, 3),
        ("`".to_owned(), Ucs2, 1, 1),
        ("Ç".to_owned(), Gsm7, 1, 1),
        ("ç".to_owned(), Ucs2, 1, 1),
        ("\t".to_owned(), Ucs2, 1, 1),
        ("654321 is your Parcel Shop code.\n\n@pay.shop.example #654321".to_owned(), Gsm7, 59, 1),
        (format!("{}’", a.repeat(69)), Ucs2, 70, 1),
        (format!("{}’", a.repeat(70)), Ucs2, 71, 2),
    ] {
        assert_eq!(measure(&text), Size { encoding, segments }, "{text}");
        assert_eq!(units(&text), size, "{text}");
    }
}

#[test]
fn an_at_sign_is_septet_zero_and_the_euro_is_an_escape_pair() {
    assert_eq!(encode("@a€\n").unwrap(), [0x00, 0x61, 0x1B, 0x65, 0x0A]);
    assert_eq!(encode("Ŵ"), None);
    assert_eq!(decode(&[0x00, 0x1B, 0x3D]).unwrap(), "@~");
}

#[test]
fn what_is_no_septet_and_an_escape_to_nowhere_are_refused() {
    for septets in [&[0x80][..], &[0x1B], &[0x1B, 0x1B], &[0x61, 0x1B, 0x00]] {
        assert_eq!(decode(septets), None, "{septets:x?}");
    }
}

#[test]
fn every_septet_has_a_character_and_every_character_its_septet() {
    for septet in (0..0x80).filter(|septet| *septet != 0x1B) {
        let text = decode(&[septet]).unwrap();
        assert_eq!(encode(&text).unwrap(), [septet]);
    }
}

#[test]
fn the_characters_that_raise_the_price_are_named_once_each() {
    assert_eq!(expensive("It’s Tŷ’s, à la carte – £5"), ['’', 'ŷ', '–']);
    assert!(expensive("£5 [now]").is_empty());
    assert_eq!(extended("£5 [now] €3 [then]"), ['[', ']', '€']);
    assert!(extended("’[now]").is_empty(), "in UCS-2 a bracket costs no more than a letter");
}

#[test]
fn look_alikes_and_lost_accents_become_cheap() {
    for (text, plain) in [
        ("10–12 — “yes”, it’s… ‘fine’", "10-12 - \"yes\", it's... 'fine'"),
        ("a\u{200b}b\u{200d}c\u{feff}d", "abcd"),
        ("1\u{a0}000\u{202f}£\tnow", "1 000 £ now"),
        ("Zażółć Łódź", "Zazolc Lodz"),
        ("código ação", "codigo acao"),
        ("cafe\u{301} e\u{302}", "café ê"),
        ("ŵ Ŷ Môn", "ŵ Ŷ Môn"),
        ("漢 😀 ø ß", "漢 😀 ø ß"),
    ] {
        assert_eq!(transliterate(text), plain);
    }
}

/// Text with many of the characters that are hard to cut.
fn hard_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z€\\[\\]|@\n]{0,500}", "[aŷ€😀]{0,250}", "\\PC{0,300}"]
}

proptest! {
    #[test]
    fn splitting_and_joining_is_identity(text in hard_text()) {
        prop_assert_eq!(split(&text).concat(), text);
    }

    #[test]
    fn no_part_exceeds_its_limit_and_no_pair_is_cut(text in hard_text()) {
        let Size { encoding, segments } = measure(&text);
        let parts = split(&text);
        prop_assert_eq!(parts.len(), segments);
        let limit = match (encoding, parts.len()) { (Gsm7, 1) => 160, (Gsm7, _) => 153, (Ucs2, 1) => 70, (Ucs2, _) => 67 };
        for part in parts {
            let size = match encoding {
                Gsm7 => {
                    let septets = encode(part).unwrap();
                    prop_assert!(septets.last() != Some(&0x1B));
                    septets.len()
                }
                Ucs2 => {
                    let units: Vec<u16> = part.encode_utf16().collect();
                    prop_assert!(String::from_utf16(&units).is_ok());
                    units.len()
                }
            };
            prop_assert!(size > 0 && size <= limit, "{} of {}", size, limit);
        }
    }

    #[test]
    fn a_part_could_not_have_taken_the_next_character(text in hard_text()) {
        let limit = if measure(&text).encoding == Gsm7 { 153 } else { 67 };
        for pair in split(&text).windows(2) {
            let next: String = pair[1].chars().take(1).collect();
            let size = |part: &str| if limit == 153 { units(part) } else { part.encode_utf16().count() };
            prop_assert!(size(pair[0]) + size(&next) > limit);
        }
    }

    #[test]
    fn encoding_and_decoding_is_identity(text in "[a-zÆ£@€\\[\\]{}|\n ]{0,200}") {
        prop_assert_eq!(decode(&encode(&text).unwrap()), Some(text));
    }

    #[test]
    fn decoding_takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(text) = decode(&bytes) {
            prop_assert_eq!(encode(&text), Some(bytes));
        }
    }

    #[test]
    fn a_longer_text_never_has_fewer_segments(text in "\\PC{0,400}", more in "[a-z€]{0,20}") {
        let (short, long) = (measure(&text), measure(&format!("{text}{more}")));
        prop_assert!(short.encoding != long.encoding || short.segments <= long.segments);
    }

    #[test]
    fn making_a_text_cheaper_twice_changes_nothing_more(text in hard_text()) {
        let once = transliterate(&text);
        prop_assert_eq!(transliterate(&once), once.clone());
        prop_assert!(encode(&text).is_none() || once == text, "a cheap text stays as it is");
    }
}
