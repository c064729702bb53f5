//! How a text goes on the air: 3GPP TS 23.038's default alphabet, else UCS-2.

mod plain;

pub use plain::transliterate;

/// The default alphabet in order, without the escape at 0x1B.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension table: the escape and one more septet each.
const EXTENDED: [(char, u8); 10] = [
    ('\u{c}', 0x0A),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2F),
    ('[', 0x3C),
    ('~', 0x3D),
    (']', 0x3E),
    ('|', 0x40),
    ('€', 0x65),
];
/// Announces a septet of the extension table.
const ESCAPE: u8 = 0x1B;

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

impl Encoding {
    /// What one segment holds when it is alone, and when it is one of several: septets of GSM-7,
    /// UTF-16 units of UCS-2. 3GPP TS 23.040 §9.2.3.24.1: six bytes go to a part's header.
    const fn limits(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    /// How much of a segment a character takes; `None` where the alphabet lacks it.
    fn width(self, c: char) -> Option<usize> {
        match self {
            Self::Gsm7 => Some(if code(c)? & 0xFF00 == 0 { 1 } else { 2 }),
            Self::Ucs2 => Some(c.len_utf16()),
        }
    }
}

/// Measures a text as carriers bill it: escape and surrogate pairs are never cut.
#[must_use]
pub fn measure(text: &str) -> Size {
    Size { encoding: encoding(text), segments: split(text).len() }
}

/// What a text takes of its segments: septets of GSM-7, UTF-16 units of UCS-2.
#[must_use]
pub fn units(text: &str) -> usize {
    let encoding = encoding(text);
    text.chars().filter_map(|c| encoding.width(c)).sum()
}

/// Cuts a text into the parts that it is sent as: itself where it fits into one segment, else parts
/// of at most 153 septets or 67 UTF-16 units, each as long as can be. No escape or surrogate pair is
/// cut, and the parts joined are the text. An empty text has no parts.
#[must_use]
pub fn split(text: &str) -> Vec<&str> {
    let encoding = encoding(text);
    let (single, part) = encoding.limits();
    if units(text) <= single {
        return if text.is_empty() { vec![] } else { vec![text] };
    }
    let (mut parts, mut from, mut used) = (vec![], 0, 0);
    for (at, c) in text.char_indices() {
        let width = encoding.width(c).unwrap_or_default();
        if used + width > part {
            parts.push(&text[from..at]);
            (from, used) = (at, 0);
        }
        used += width;
    }
    parts.push(&text[from..]);
    parts
}

/// The septets of a text, one a byte and not packed, an extended character as the escape and its
/// septet. `None` where the text needs UCS-2.
#[must_use]
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut septets = Vec::with_capacity(text.len());
    for c in text.chars() {
        let [escape, septet] = code(c)?.to_be_bytes();
        septets.extend((escape != 0).then_some(escape));
        septets.push(septet);
    }
    Some(septets)
}

/// The text of unpacked septets, as [`encode`] makes them. `None` where a byte is no septet, or
/// where an escape is followed by nothing that the extension table has.
#[must_use]
pub fn decode(septets: &[u8]) -> Option<String> {
    let mut septets = septets.iter().copied();
    let mut text = String::with_capacity(septets.len());
    while let Some(septet) = septets.next() {
        text.push(if septet == ESCAPE {
            let extended = septets.next()?;
            EXTENDED.iter().find(|(_, code)| *code == extended)?.0
        } else {
            basic(septet)?
        });
    }
    Some(text)
}

/// The characters that force a text into UCS-2, each once, in their order: what to replace so that
/// a segment holds 160 characters and not 70.
#[must_use]
pub fn expensive(text: &str) -> Vec<char> {
    distinct(text, |c| code(c).is_none())
}

/// The characters that take two septets, each once, in their order. Empty where the text is UCS-2.
#[must_use]
pub fn extended(text: &str) -> Vec<char> {
    let gsm7 = encoding(text) == Encoding::Gsm7;
    distinct(text, |c| gsm7 && Encoding::Gsm7.width(c) == Some(2))
}

fn distinct(text: &str, wanted: impl Fn(char) -> bool) -> Vec<char> {
    let mut found = vec![];
    for c in text.chars() {
        if wanted(c) && !found.contains(&c) {
            found.push(c);
        }
    }
    found
}

fn encoding(text: &str) -> Encoding {
    if text.chars().all(|c| code(c).is_some()) { Encoding::Gsm7 } else { Encoding::Ucs2 }
}

/// A character's septet, with the escape in the high byte where it has one.
fn code(c: char) -> Option<u16> {
    if let Some((_, septet)) = EXTENDED.iter().find(|(extended, _)| *extended == c) {
        return Some(u16::from_be_bytes([ESCAPE, *septet]));
    }
    let place = u8::try_from(BASIC.chars().position(|basic| basic == c)?).ok()?;
    Some(u16::from(if place < ESCAPE { place } else { place + 1 }))
}

/// The character of a septet of the basic table.
fn basic(septet: u8) -> Option<char> {
    let place = if septet < ESCAPE { septet } else { septet - 1 };
    BASIC.chars().nth(usize::from(place))
}
