//! Stands in for `doorstep_domain::gsm7::{encode, split}` until they are there: the same
//! signatures, to be deleted then.

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
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

/// The text in septets, one to an octet, escape pairs for the extension table; `None` when a
/// character has no place in the alphabet.
pub(crate) fn encode(text: &str) -> Option<Vec<u8>> {
    let mut septets = Vec::with_capacity(text.len());
    for c in text.chars() {
        if let Some(at) = BASIC.chars().position(|b| b == c && b != '\u{1b}') {
            septets.push(u8::try_from(at).ok()?);
        } else {
            let (_, code) = EXTENDED.iter().find(|(extended, _)| *extended == c)?;
            septets.extend([0x1B, *code]);
        }
    }
    Some(septets)
}

/// The text in parts of 153 septets or 67 UTF-16 units, or in one part if it fits.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let gsm = encode(text).is_some();
    let (single, multi) = if gsm { (160, 153) } else { (70, 67) };
    let cost = |c: char| {
        if gsm { encode(c.encode_utf8(&mut [0; 4])).map_or(1, |s| s.len()) } else { c.len_utf16() }
    };
    if text.chars().map(cost).sum::<usize>() <= single {
        return vec![text];
    }
    let (mut parts, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        if used + cost(c) > multi {
            parts.push(&text[start..at]);
            (start, used) = (at, 0);
        }
        used += cost(c);
    }
    parts.push(&text[start..]);
    parts
}
