//! How long a text is on the air: 3GPP TS 23.038's default alphabet, else UCS-2.

/// The default alphabet, without the escape at 0x1B.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension table: two septets each.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Septets of the default alphabet: 160 in one segment, 153 in each of several.
    Gsm7,
    /// UTF-16 units: 70 in one segment, 67 in each of several.
    Ucs2,
}

impl Encoding {
    /// `gsm7` or `ucs2`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }
}

/// A text's encoding and number of segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How it is encoded.
    pub encoding: Encoding,
    /// How many segments it is billed as; 0 for an empty text.
    pub segments: usize,
}

/// Measures a text as carriers bill it: escape and surrogate pairs are never cut.
#[must_use]
pub fn measure(text: &str) -> Size {
    if let Some(units) = text.chars().map(septets).collect::<Option<Vec<_>>>() {
        return Size { encoding: Encoding::Gsm7, segments: split(&units, 160, 153) };
    }
    let units: Vec<usize> = text.chars().map(char::len_utf16).collect();
    Size { encoding: Encoding::Ucs2, segments: split(&units, 70, 67) }
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) { Some(1) } else { EXTENDED.contains(c).then_some(2) }
}

fn split(units: &[usize], single: usize, multi: usize) -> usize {
    if units.iter().sum::<usize>() <= single {
        return usize::from(!units.is_empty());
    }
    let (mut segments, mut room) = (1, multi);
    for unit in units {
        if *unit > room {
            (segments, room) = (segments + 1, multi);
        }
        room -= unit;
    }
    segments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Cases computed from 3GPP TS 23.038 by hand: text, encoding, segments.
    #[test]
    fn segments_are_counted_as_carriers_do() {
        use Encoding::{Gsm7, Ucs2};
        let a = |n| "a".repeat(n);
        for (text, encoding, segments) in [
            (String::new(), Gsm7, 0),
            (a(160), Gsm7, 1),
            (a(161), Gsm7, 2),
            (a(306), Gsm7, 2),
            (a(307), Gsm7, 3),
            ("€".repeat(80), Gsm7, 1),
            ("€".repeat(81), Gsm7, 2),
            (format!("{}€{}", a(152), a(152)), Gsm7, 3),
            (format!("{}’", a(69)), Ucs2, 1),
            (format!("{}’", a(70)), Ucs2, 2),
            ("😀".repeat(35), Ucs2, 1),
            ("😀".repeat(36), Ucs2, 2),
            ("😀".repeat(67), Ucs2, 3),
            ("ŵ".to_owned(), Ucs2, 1),
        ] {
            assert_eq!(
                measure(&text),
                Size { encoding, segments },
                "{} characters",
                text.chars().count()
            );
        }
    }

    proptest! {
        #[test]
        fn a_longer_text_never_has_fewer_segments(text in "\\PC{0,400}", more in "[a-z€]{0,20}") {
            let longer = format!("{text}{more}");
            let (short, long) = (measure(&text), measure(&longer));
            prop_assert!(short.encoding != long.encoding || short.segments <= long.segments);
        }
    }
}
