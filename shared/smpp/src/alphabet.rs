//! What a carrier's default alphabet really is.
//!
//! SMPP's `data_coding` 0 means "the carrier's default alphabet", and carriers differ: most read
//! GSM-7, where `@` is 0x00, some read ASCII or Latin-1, where it is 0x40. The wrong guess breaks
//! just the line that a phone fills codes in from: `@shop.example #123456`.

use std::{collections::HashMap, sync::LazyLock};

use rusmpp::values::DataCoding;

use doorstep_domain::gsm7;

/// How texts are written for a carrier. What an alphabet lacks goes out as UCS-2 in each of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Alphabet {
    /// The default alphabet is GSM-7, one septet to an octet. Most carriers.
    #[default]
    Gsm7,
    /// The default alphabet is ASCII in truth.
    Ascii,
    /// The default alphabet is Latin-1 in truth.
    Latin1,
    /// Latin-1, and said to be so (`data_coding` 3): for carriers that convert by that field.
    Latin1Named,
    /// UCS-2 always: right everywhere, and 70 characters to a segment.
    Ucs2,
}

/// A part of a text as it is on the wire.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) coding: DataCoding,
    pub(crate) octets: Vec<u8>,
}

/// In which parts, and how, a text goes out.
pub(crate) fn write(alphabet: Alphabet, text: &str) -> Vec<Written> {
    if !alphabet.has(text) {
        let parts = split_ucs2(text);
        return parts.into_iter().map(ucs2).collect();
    }
    gsm7::split(text)
        .into_iter()
        .map(|part| alphabet.write(part).unwrap_or_else(|| ucs2(part)))
        .collect()
}

/// The whole text as one run of octets.
pub(crate) fn write_whole(alphabet: Alphabet, text: &str) -> Written {
    alphabet.has(text).then(|| alphabet.write(text)).flatten().unwrap_or_else(|| ucs2(text))
}

/// A text that came from the carrier; what has no meaning becomes `U+FFFD`.
pub(crate) fn read(alphabet: Alphabet, coding: u8, octets: &[u8]) -> String {
    match (coding & 0x0F, alphabet) {
        (0x08, _) => read_ucs2(octets),
        (0x00, Alphabet::Gsm7 | Alphabet::Ucs2) => read_gsm7(octets),
        _ => octets.iter().map(|octet| char::from(*octet)).collect(),
    }
}

impl Alphabet {
    /// Whether the text can be written in it. It has to be in GSM-7 as well: that is what the
    /// handset gets, and what segments are counted in.
    fn has(self, text: &str) -> bool {
        gsm7::encode(text).is_some() && self.write(text).is_some()
    }

    fn write(self, text: &str) -> Option<Written> {
        let (coding, octets) = match self {
            Self::Gsm7 => (DataCoding::McSpecific, gsm7::encode(text)?),
            Self::Ascii => (DataCoding::McSpecific, octets(text, 0x7F)?),
            Self::Latin1 => (DataCoding::McSpecific, octets(text, 0xFF)?),
            Self::Latin1Named => (DataCoding::Latin1, octets(text, 0xFF)?),
            Self::Ucs2 => return None,
        };
        Some(Written { coding, octets })
    }
}

/// One octet per character, the first 128 or 256 of Unicode.
fn octets(text: &str, last: u8) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok().filter(|octet| *octet <= last)).collect()
}

fn ucs2(text: &str) -> Written {
    let octets = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    Written { coding: DataCoding::Ucs2, octets }
}

/// Parts of 67 units, or one of up to 70; surrogate pairs are never cut.
fn split_ucs2(text: &str) -> Vec<&str> {
    if text.encode_utf16().count() <= 70 {
        return vec![text];
    }
    let (mut parts, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        if used + c.len_utf16() > 67 {
            parts.push(&text[start..at]);
            (start, used) = (at, 0);
        }
        used += c.len_utf16();
    }
    parts.push(&text[start..]);
    parts
}

fn read_ucs2(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The writing table turned round, so that there is one table.
static READING: LazyLock<HashMap<Vec<u8>, char>> = LazyLock::new(|| {
    let candidates = ('\n'..='\u{3FF}').chain(['€']);
    let written = |c: char| gsm7::encode(c.encode_utf8(&mut [0; 4]));
    candidates.filter_map(|c| written(c).map(|septets| (septets, c))).collect()
});

fn read_gsm7(octets: &[u8]) -> String {
    let (mut text, mut rest) = (String::new(), octets);
    while let Some(first) = rest.first() {
        let length = if *first == 0x1B { 2.min(rest.len()) } else { 1 };
        let (septets, after) = rest.split_at(length);
        text.push(READING.get(septets).copied().unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = after;
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Alphabet; 5] =
        [Alphabet::Gsm7, Alphabet::Ascii, Alphabet::Latin1, Alphabet::Latin1Named, Alphabet::Ucs2];
    const CODE: &str = "123456 is your code\n@shop.example #123456";

    fn back(alphabet: Alphabet, parts: &[Written]) -> String {
        parts.iter().map(|part| read(alphabet, part.coding.into(), &part.octets)).collect()
    }

    #[test]
    fn an_at_sign_is_what_the_carrier_takes_for_one() {
        for (alphabet, coding, at) in [
            (Alphabet::Gsm7, 0, vec![0x00]),
            (Alphabet::Ascii, 0, vec![0x40]),
            (Alphabet::Latin1, 0, vec![0x40]),
            (Alphabet::Latin1Named, 3, vec![0x40]),
            (Alphabet::Ucs2, 8, vec![0x00, 0x40]),
        ] {
            let written = write(alphabet, "@");
            assert_eq!(u8::from(written[0].coding), coding, "{alphabet:?}");
            assert_eq!(written[0].octets, at, "{alphabet:?}");
        }
    }

    #[test]
    fn what_an_alphabet_lacks_goes_out_as_ucs2() {
        for (alphabet, text, coding) in [
            (Alphabet::Gsm7, "£5", 0),
            (Alphabet::Ascii, "£5", 8),
            (Alphabet::Latin1, "£5", 0),
            (Alphabet::Latin1, "€5", 8),
            (Alphabet::Latin1, "ŵ", 8),
            (Alphabet::Latin1, "á", 8),
            (Alphabet::Gsm7, "😀", 8),
        ] {
            assert_eq!(u8::from(write(alphabet, text)[0].coding), coding, "{alphabet:?} {text}");
        }
    }

    #[test]
    fn a_text_that_fits_as_gsm7_is_cut_where_it_goes_out_as_ucs2() {
        let text = "a".repeat(140);
        assert_eq!(write(Alphabet::Gsm7, &text).len(), 1);
        let parts = write(Alphabet::Ucs2, &text);
        assert_eq!(parts.iter().map(|part| part.octets.len()).collect::<Vec<_>>(), [134, 134, 12]);
    }

    proptest! {
        #[test]
        fn every_text_arrives_whole_in_every_alphabet(text in "[a-z@€£{}\\n😀ŵ0-9 ]{0,400}", at in 0..ALL.len()) {
            prop_assert_eq!(back(ALL[at], &write(ALL[at], &text)), text.clone());
            let whole = write_whole(ALL[at], &text);
            prop_assert_eq!(read(ALL[at], whole.coding.into(), &whole.octets), text);
        }

        #[test]
        fn no_part_is_longer_than_a_segment(text in "\\PC{0,400}", at in 0..ALL.len()) {
            let parts = write(ALL[at], &text);
            let several = parts.len() > 1;
            for part in parts {
                let limit = match (part.coding, several) {
                    (DataCoding::Ucs2, false) => 140,
                    (DataCoding::Ucs2, true) => 134,
                    (_, false) => 160,
                    (_, true) => 153,
                };
                prop_assert!(part.octets.len() <= limit);
            }
        }

        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), coding: u8, at in 0..ALL.len()) {
            let _ = read(ALL[at], coding, &octets);
        }
    }

    #[test]
    fn the_line_for_autofill_arrives_in_every_alphabet() {
        for alphabet in ALL {
            assert_eq!(back(alphabet, &write(alphabet, CODE)), CODE, "{alphabet:?}");
        }
    }
}
