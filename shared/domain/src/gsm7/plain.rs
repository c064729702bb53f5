//! Cheaper characters for those that force a text into UCS-2.

use unicode_normalization::{UnicodeNormalization, char::decompose_canonical};

use super::code;

/// Welsh letters that GSM-7 lacks. They stay, as GOV.UK Notify keeps them: a text in Welsh without
/// its circumflexes is misspelt.
const WELSH: &str = "ÂâÊêÎîÔôÛûŴŵŶŷ";

/// A text with cheaper characters where readers see no difference: typographic dashes, quotes and
/// spaces, and letters whose accent GSM-7 lacks. The rules are those GOV.UK Notify publishes in its
/// guidance on text-message characters, but a character without an equal stays as it is, where
/// Notify writes `?`.
///
/// A shop asks for this, and only for its own words: the line that binds a code to a host is never
/// passed through it, since another letter is another host.
#[must_use]
pub fn transliterate(text: &str) -> String {
    text.nfc().fold(String::with_capacity(text.len()), |mut plain, c| {
        match c {
            _ if code(c).is_some() || WELSH.contains(c) => plain.push(c),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '…' => plain.push_str("..."),
            '‘' | '’' | '‚' | '‛' | '′' | '`' => plain.push('\''),
            '“' | '”' | '„' | '‟' | '″' => plain.push('"'),
            '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => plain.push(' '),
            'Ł' => plain.push('L'),
            'ł' => plain.push('l'),
            _ => plain.push(base(c)),
        }
        plain
    })
}

/// The letter below the accents where GSM-7 has it, else the letter itself.
fn base(c: char) -> char {
    let mut first = None;
    decompose_canonical(c, |part| first = first.or(Some(part)));
    first.filter(|letter| code(*letter).is_some()).unwrap_or(c)
}
